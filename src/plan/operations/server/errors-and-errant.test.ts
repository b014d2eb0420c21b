import { describe, expect, it } from 'vitest';
import type { CheckState } from '../../../model/server-record.ts';
import { uuidOf } from '../../../model/testing/instances.ts';
import { allSteps, keyOf, tree } from '../testing/ask.ts';
import {
  AT_REST,
  BROKEN,
  both,
  pair,
  plan,
  reason,
  rule,
  STOPPED,
  stepOf,
  U,
  wayBack,
  words,
} from '../testing/one-server.ts';

const STUCK = { replication: { applier: BROKEN } };
const blocked = { evidence: { blockedGtid: `${U}:7` } };

describe('skip-query', () => {
  it('MySQL by GTID: an empty transaction takes the place of the blocked one', () => {
    const made = plan('skip-query', pair('gtid', STUCK), blocked);
    expect(words('skip-query', pair('gtid', STUCK), blocked)).toEqual(['inject-empty', 'start-applier']);
    expect(stepOf(made, 'inject-empty')).toMatchObject({
      action: { command: { gtids: [`${U}:7`] } },
      requires: { kind: 'applier-stopped' },
      ensures: { kind: 'has-executed', gtid: `${U}:7` },
      isDestructive: true,
    });
    // It may stop at the next transaction at once: that it went on is what is verified.
    expect(stepOf(made, 'start-applier').ensures).toMatchObject({ kind: 'executed-to', place: { position: 101 } });
    expect(reason('skip-query', pair('gtid', STUCK))).toMatch(/does not tell at which transaction/);
  });

  it('MariaDB, and by coordinates: one transaction is counted past', () => {
    for (const kind of ['mariadb', 'mariadb-coordinates', 'coordinates', '5.6-coordinates'] as const)
      expect([kind, words('skip-query', pair(kind, STUCK))]).toEqual([kind, ['skip-transaction', 'start-applier']]);
    // Where transactions have GTIDs without auto-position the counter is refused as well.
    const named = pair('coordinates', { ...STUCK, gtidMode: 'ON' });
    expect(words('skip-query', named, blocked)[0]).toBe('inject-empty');
    expect(rule('skip-query', named)).toBe('blocked-gtid-unknown');
  });

  it('starts a receiver that rests; MariaDB by GTID keeps its relay log for that', () => {
    const silent = both(STUCK, { replication: { receiver: STOPPED } });
    expect(words('skip-query', pair('gtid', silent), blocked)).toEqual([
      'inject-empty',
      'start-applier',
      'start-receiver',
    ]);
    expect(words('skip-query', pair('mariadb', silent)).slice(0, 3)).toEqual([
      'use-relay-log',
      'skip-transaction',
      'start-applier',
    ]);
    expect(words('skip-query', pair('mariadb', silent)).slice(-3)).toEqual([
      'use-relay-log at noted',
      'start-applier',
      'start-receiver',
    ]);
  });

  it('is refused in the historic words', () => {
    expect(reason('skip-query', pair('gtid'), blocked)).toBe('Replication SQL thread is running on 10.0.0.1:2');
    expect(reason('skip-query', pair('gtid', AT_REST), blocked)).toBe('No SQL error on 10.0.0.1:2');
    expect(reason('skip-query', tree('gtid', { 2: 0 }), blocked)).toBe('10.0.0.1:2 is not a replica');
  });
});

const OWN = uuidOf(2);
const ERRANT = { errant: `${OWN}:1-3`, executedGtid: `${U}:1-9,${OWN}:1-3` };

describe.each(['gtid-errant-reset-master', 'gtid-errant-inject-empty'] as const)('%s', (kind) => {
  const ruleWhere = (source: (check: CheckState) => Partial<CheckState>): string =>
    rule(
      kind,
      pair('gtid', ERRANT).map((record) =>
        record.key.port === 1 ? { ...record, check: { ...record.check, ...source(record.check) } } : record,
      ),
    );

  it('is refused where the source did not answer, or was read before: what was errant once may be there by now', () => {
    const later = ({ lastSeenAtMs }: CheckState, byMs: number): number => (lastSeenAtMs ?? 0) + byMs;
    expect(ruleWhere((check) => ({ failure: 'refused', lastCheckedAtMs: later(check, 1) }))).toBe('not-valid');
    const before = (check: CheckState) => ({ lastSeenAtMs: later(check, -1), lastCheckedAtMs: later(check, -1) });
    expect(ruleWhere(before)).toBe('read-earlier');
  });
});

describe('gtid-errant-reset-master', () => {
  it('notes at rest what is executed, resets, and sets it again without the errant', () => {
    const made = plan('gtid-errant-reset-master', pair('gtid', ERRANT));
    expect(words('gtid-errant-reset-master', pair('gtid', ERRANT))).toEqual([
      'stop-receiver',
      'wait drained',
      'stop-applier',
      'note executed-gtid',
      'note executed-gtid',
      'reset-binary-logs',
      'set-purged-gtid at noted',
      'start-applier',
      'start-receiver',
    ]);
    const [all, kept] = allSteps(made).filter(({ action }) => action.kind === 'note');
    expect([all?.action, kept?.action]).toMatchObject([{ without: '' }, { without: `${OWN}:1-3` }]);
    const reset = stepOf(made, 'reset-binary-logs');
    expect(reset).toMatchObject({ isDestructive: true, ensures: { kind: 'executed-gtid', gtid: '' } });
    expect(reset.requires).toEqual({ kind: 'executed-gtid', gtid: { note: 'executed by 10.0.0.1:2' } });
    // For the preview; what was noted at rest takes its place.
    expect(stepOf(made, 'set-purged-gtid at noted').action).toMatchObject({ command: { gtid: `${U}:1-9` } });
    expect(made.locks).toEqual([keyOf(2)]);
  });

  it('its way back restores the whole history', () => {
    expect(wayBack(plan('gtid-errant-reset-master', pair('gtid', ERRANT)))).toEqual([
      'stop-receiver',
      'wait drained',
      'stop-applier',
      'reset-binary-logs',
      'set-purged-gtid at noted',
      'start-applier',
      'start-receiver',
    ]);
  });

  it('leaves what rested at rest, unless an error had stopped the receiver', () => {
    expect(words('gtid-errant-reset-master', pair('gtid', both(ERRANT, AT_REST))).at(-1)).toBe(
      'set-purged-gtid at noted',
    );
    const gaveUp = { replication: { receiver: { ...STOPPED, errorNumber: 13114 }, applier: STOPPED } };
    expect(words('gtid-errant-reset-master', pair('gtid', both(ERRANT, gaveUp))).slice(-2)).toEqual([
      'start-applier',
      'start-receiver',
    ]);
  });

  it('is refused without errant ones, with replicas, without GTIDs, with a broken applier', () => {
    expect(reason('gtid-errant-reset-master', pair('gtid'))).toBe(
      'gtid-errant-reset-master will not operate on 10.0.0.1:2 because no errant GTID is found',
    );
    expect(rule('gtid-errant-reset-master', tree('gtid', { 1: 0, 2: 1, 3: 2 }, { 2: ERRANT }))).toBe('has-replicas');
    expect(
      rule('gtid-errant-reset-master', pair('gtid', { ...ERRANT, instance: { attachedReplicas: [keyOf(7)] } })),
    ).toBe('has-replicas');
    expect(rule('gtid-errant-reset-master', pair('mariadb'))).toBe('no-oracle-gtid');
    expect(rule('gtid-errant-reset-master', pair('gtid', both(ERRANT, STUCK)))).toBe('applier-error');
  });
});

describe('gtid-errant-inject-empty', () => {
  const family = (errant: string, above: object = {}) =>
    tree(
      'gtid',
      { 1: 0, 2: 1 },
      { 1: { readOnly: false, cluster: 'c', ...above }, 2: { errant, cluster: 'c', depth: 1 } },
    );

  it('one empty transaction each, tags too, on the open primary of the cluster', () => {
    const made = plan('gtid-errant-inject-empty', family(`${OWN}:1-2:5:tag:7`));
    expect(allSteps(made)).toHaveLength(1);
    expect(allSteps(made)[0]).toMatchObject({
      server: keyOf(1),
      action: { command: { gtids: [`${OWN}:1`, `${OWN}:2`, `${OWN}:5`, `${OWN}:tag:7`] } },
      requires: { kind: 'read-only', readOnly: false },
      ensures: { kind: 'has-executed', gtid: `${OWN}:1-2:5:tag:7` },
      isDestructive: true,
    });
    expect(made.subject).toEqual(keyOf(2));
  });

  it('in batches, without those that the primary has, and not without end', () => {
    expect(allSteps(plan('gtid-errant-inject-empty', family(`${OWN}:1-450`)))).toHaveLength(3);
    const some = plan('gtid-errant-inject-empty', family(`${OWN}:1-3`, { executedGtid: `${OWN}:1-2` }));
    expect(allSteps(some)[0]?.action).toMatchObject({ command: { gtids: [`${OWN}:3`] } });
    expect(plan('gtid-errant-inject-empty', family(`${OWN}:1-3`, { executedGtid: `${OWN}:1-9` })).stages).toEqual([]);
    expect(rule('gtid-errant-inject-empty', family(`${OWN}:1-30000`))).toBe('too-many');
  });

  it('is refused without errant ones, and without an open primary', () => {
    expect(reason('gtid-errant-inject-empty', pair('gtid'))).toMatch(/no errant GTID is found/);
    expect(rule('gtid-errant-inject-empty', family(`${OWN}:1`, { readOnly: true }))).toBe('primary-read-only');
    expect(rule('gtid-errant-inject-empty', family(`${OWN}:1`, { valid: false }))).toBe('not-valid');
  });
});
