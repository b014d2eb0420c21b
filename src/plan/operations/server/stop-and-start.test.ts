import { describe, expect, it } from 'vitest';
import { allSteps, keyOf, planned, tree } from '../testing/ask.ts';
import {
  AT_REST,
  BACKLOG,
  BROKEN,
  both,
  pair,
  plan,
  reason,
  rule,
  STOPPED,
  stepOf,
  wayBack,
  words,
} from '../testing/one-server.ts';

const KINDS = ['gtid', '5.6', 'mariadb', 'coordinates', 'mariadb-coordinates'] as const;
const RESTING_BACKLOG = both(BACKLOG.mariadb, AT_REST);
const KEPT = [
  'use-relay-log',
  'start-applier',
  'wait has-executed',
  'wait has-read-all',
  'stop-applier',
  'note relay',
  'use-relay-log at noted',
  'start-applier',
];
const SOURCE_HAS_ALL = { executedGtid: '0-1-9' };
const SOURCE_IS_DEAD = { ...SOURCE_HAS_ALL, valid: false };

describe('stop-replica', () => {
  it.each(KINDS)('%s: both threads at once, the applier beside its receiver', (kind) => {
    const made = plan('stop-replica', pair(kind, BACKLOG[kind]));
    expect(allSteps(made).map(({ action }) => action)).toMatchObject([
      { command: { kind: 'stop-applier' } },
      { command: { kind: 'stop-receiver' } },
    ]);
    expect(made.locks).toEqual([]);
    expect(made.effects).toEqual([{ kind: 'replicating', server: keyOf(2), replicating: false }]);
  });

  it('on MariaDB what was stopped is started again only beside the other thread', () => {
    const made = plan('stop-replica', pair('mariadb'));
    expect(stepOf(made, 'stop-applier').undo[0]?.requires).toEqual({ kind: 'receiver-started' });
    expect(stepOf(made, 'stop-receiver').undo).toEqual([]);
    expect(wayBack(plan('stop-replica', pair('gtid')))).toEqual(['start-receiver', 'start-applier']);
  });

  it('warns where a plain START would lose what is not executed', () => {
    expect(plan('stop-replica', pair('mariadb', BACKLOG.mariadb)).reasons).toEqual([
      expect.stringContaining('start-replica'),
    ]);
    expect(plan('stop-replica', pair('mariadb')).reasons).toEqual([]);
    expect(plan('stop-replica', pair('mariadb-coordinates', BACKLOG['mariadb-coordinates'])).reasons).toEqual([]);
  });

  it('touches only what runs, and says when nothing does', () => {
    expect(words('stop-replica', pair('gtid', { replication: { applier: BROKEN } }))).toEqual(['stop-receiver']);
    expect(words('stop-replica', pair('gtid', AT_REST))).toEqual([]);
    expect(plan('stop-replica', pair('gtid', AT_REST)).reasons).toEqual(['10.0.0.1:2 is stopped already']);
    expect(reason('stop-replica', tree('gtid', { 2: 0 }))).toBe('10.0.0.1:2 is not a replica');
    expect(rule('stop-replica', pair('gtid', { valid: false }))).toBe('not-valid');
  });
});

describe('stop-replica-nice', () => {
  it.each(KINDS)('%s: the receiver, then the applier when everything is executed', (kind) => {
    expect(words('stop-replica-nice', pair(kind, BACKLOG[kind]))).toEqual([
      'stop-receiver',
      'wait drained',
      'stop-applier',
    ]);
    expect(wayBack(plan('stop-replica-nice', pair(kind)))).toEqual(['start-applier', 'start-receiver']);
  });

  it('starts an applier that rests, beside the receiver', () => {
    const made = plan(
      'stop-replica-nice',
      pair('mariadb', both(BACKLOG.mariadb, { replication: { applier: STOPPED } })),
    );
    expect(stepOf(made, 'start-applier').requires).toEqual({ kind: 'receiver-started' });
    expect(words('stop-replica-nice', pair('mariadb', RESTING_BACKLOG)).slice(0, KEPT.length)).toEqual(KEPT);
  });

  it('does not wait for a delayed replica', () => {
    expect(words('stop-replica-nice', pair('gtid', both(BACKLOG.gtid, { delay: 600 })))).toEqual([
      'stop-applier',
      'stop-receiver',
    ]);
  });

  it('refuses a broken applier, which would never come to the end', () => {
    expect(rule('stop-replica-nice', pair('gtid', both(BACKLOG.gtid, { replication: { applier: BROKEN } })))).toBe(
      'applier-error',
    );
  });
});

describe('start-replica', () => {
  it.each(KINDS)('%s: the applier first, then the receiver, and it must replicate', (kind) => {
    const made = plan('start-replica', pair(kind, AT_REST));
    expect(words('start-replica', pair(kind, AT_REST))).toEqual(['start-applier', 'start-receiver']);
    expect(stepOf(made, 'start-receiver').ensures).toEqual({ kind: 'replicating-from', source: keyOf(1) });
    expect(wayBack(made)).toEqual(['stop-receiver', 'stop-applier']);
  });

  it('starts what rests, and says when nothing does', () => {
    expect(words('start-replica', pair('gtid', { applier: 'stopped' }))).toEqual(['start-applier']);
    expect(words('start-replica', pair('gtid', { receiver: 'stopped' }))).toEqual(['start-receiver']);
    expect(words('start-replica', pair('gtid', { receiver: 'other' }))).toEqual(['wait replicating-from']);
    expect(plan('start-replica', pair('gtid')).reasons).toEqual(['10.0.0.1:2 replicates already']);
  });

  it('MariaDB by GTID: executes its relay log first when its source cannot give it again', () => {
    expect(words('start-replica', pair('mariadb', RESTING_BACKLOG, SOURCE_IS_DEAD))).toEqual([
      ...KEPT,
      'start-receiver',
    ]);
    const behind = { executedGtid: '0-1-7' };
    expect(words('start-replica', pair('mariadb', RESTING_BACKLOG, behind))).toEqual([...KEPT, 'start-receiver']);
    expect(
      stepOf(plan('start-replica', pair('mariadb', RESTING_BACKLOG, behind)), 'wait has-executed').ensures,
    ).toEqual({
      kind: 'has-executed',
      gtid: '0-1-9',
    });
  });

  it('MariaDB by GTID: fetches it again from a source that answers and has it', () => {
    const made = plan('start-replica', pair('mariadb', RESTING_BACKLOG, SOURCE_HAS_ALL));
    expect(made.reasons[0]).toMatch(/fetched again/);
    expect(words('start-replica', pair('mariadb', RESTING_BACKLOG, SOURCE_HAS_ALL))).toEqual([
      'start-applier',
      'start-receiver',
    ]);
  });

  it('MariaDB by GTID: refuses to throw away the only copy of what a delay keeps from being executed', () => {
    const delayed = both(RESTING_BACKLOG, { delay: 3_600 });
    expect(rule('start-replica', pair('mariadb', delayed, SOURCE_IS_DEAD))).toBe('delayed');
    expect(words('start-replica', pair('mariadb', delayed, SOURCE_HAS_ALL))).toEqual([
      'start-applier',
      'start-receiver',
    ]);
    expect(words('start-replica', pair('mariadb', both(RESTING_BACKLOG, { delay: 5 }), SOURCE_IS_DEAD))[0]).toBe(
      'use-relay-log',
    );
    // The others keep their relay log.
    for (const kind of ['gtid', '5.6', 'mariadb-coordinates'] as const) {
      const said = both(both(BACKLOG[kind], AT_REST), { delay: 3_600 });
      expect([kind, words('start-replica', pair(kind, said, { valid: false }))]).toEqual([
        kind,
        ['start-applier', 'start-receiver'],
      ]);
    }
  });

  it('MariaDB by GTID: one thread is started only while the other runs', () => {
    const made = plan('start-replica', pair('mariadb', both(BACKLOG.mariadb, { applier: 'stopped' })));
    expect(stepOf(made, 'start-applier').requires).toEqual({ kind: 'receiver-started' });
    const other = plan('start-replica', pair('mariadb', both(BACKLOG.mariadb, { receiver: 'stopped' })));
    expect(stepOf(other, 'start-receiver').requires).toEqual({ kind: 'applier-running' });
  });

  it('refuses a detached replica', () => {
    const key = { hostname: '//10.0.0.1', port: 1 };
    expect(reason('start-replica', pair('gtid', { replication: { configuredSource: key, source: key } }))).toMatch(
      /is detached; reattach it/,
    );
  });
});

describe('semi-sync at the start (DetectSemiSyncEnforcedQuery)', () => {
  const semiSync = (on: { source: boolean; replica: boolean }, priority: number) => {
    const [record] = pair('gtid');
    if (record?.instance == null) throw new Error('invented');
    return {
      semiSync: { available: true, sourceEnabled: on.source, replicaEnabled: on.replica },
      instance: { classification: { ...record.instance.classification, semiSyncPriority: priority } },
    };
  };
  const neither = { source: false, replica: false };

  it('only where the server has a priority', () => {
    expect(words('start-replica', pair('gtid', both(semiSync({ source: true, replica: false }, 0), AT_REST)))).toEqual([
      'start-applier',
      'start-receiver',
    ]);
  });

  it('a replica acknowledges and waits for nobody', () => {
    const made = plan('start-replica', pair('gtid', both(semiSync({ source: true, replica: false }, 1), AT_REST)));
    expect(allSteps(made).map(({ action }) => (action.kind === 'command' ? action.command : action))).toMatchObject([
      { kind: 'start-applier' },
      { kind: 'set-semi-sync', side: 'source', enabled: false },
      { kind: 'set-semi-sync', side: 'replica', enabled: true },
      { kind: 'start-receiver' },
    ]);
    expect(new Set(allSteps(made).map(({ id }) => id)).size).toBe(4);
  });

  it('one that must not be promoted does not; a running receiver connects anew to heed it', () => {
    const said = { ...semiSync({ source: false, replica: true }, 1), promotionRule: 'must_not' as const };
    expect(words('start-replica', pair('gtid', said))).toEqual(['stop-receiver', 'set-semi-sync', 'start-receiver']);
    expect(words('start-replica', pair('gtid', { ...semiSync(neither, 1), promotionRule: 'must_not' }))).toEqual([]);
  });
});

describe('semi-sync at the start, seen beside the siblings', () => {
  const classified = (port: number, priority: number) => {
    const record = tree('gtid', { [port]: 1 })[0];
    if (record?.instance == null) throw new Error('invented');
    return { instance: { classification: { ...record.instance.classification, semiSyncPriority: priority } } };
  };
  /** Server 2, of this priority, is started; server 3, of priority 1, acknowledges already. Their source waits for one. */
  const startOf = (priority: number, isOn: boolean, semiSyncMode: 'exact' | 'enough') => {
    const semiSync = { available: true, replicaEnabled: true };
    const records = tree(
      'gtid',
      { 1: 0, 2: 1, 3: 1 },
      {
        1: { semiSync: { available: true, sourceEnabled: true, waitForReplicaCount: 1 } },
        2: { ...classified(2, priority), ...AT_REST, semiSync: { ...semiSync, replicaEnabled: isOn } },
        3: { ...classified(3, 1), semiSync },
      },
    );
    return planned('start-replica', 2, records, { settings: { semiSyncMode } });
  };
  const switchOf = (...given: Parameters<typeof startOf>) =>
    allSteps(startOf(...given)).flatMap(({ action }) =>
      action.kind === 'command' && action.command.kind === 'set-semi-sync' ? [action.command.enabled] : [],
    );

  it('exact: on for one of the first, off for the others', () => {
    expect(switchOf(5, false, 'exact')).toEqual([true]);
    expect(switchOf(1, true, 'exact')).toEqual([]);
    expect(switchOf(5, true, 'exact')).toEqual([]);
    // Server 3 comes after server 2 by name: server 2 is the first.
    expect(switchOf(1, false, 'exact')).toEqual([true]);
  });

  it('enough: left as it is while others are enough', () => {
    expect(switchOf(5, false, 'enough')).toEqual([]);
    expect(switchOf(1, true, 'enough')).toEqual([]);
  });
});

describe('restart-replica', () => {
  it.each(KINDS)('%s: never both threads at rest', (kind) => {
    const made = plan('restart-replica', pair(kind, BACKLOG[kind]));
    expect(words('restart-replica', pair(kind, BACKLOG[kind]))).toEqual([
      'stop-applier',
      'start-applier',
      'stop-receiver',
      'start-receiver',
    ]);
    expect(allSteps(made).at(-1)?.ensures).toEqual({ kind: 'replicating-from', source: keyOf(1) });
  });

  it('starts what rested, and restarts the other beside it', () => {
    expect(words('restart-replica', pair('mariadb', { applier: 'stopped' }))).toEqual([
      'start-applier',
      'stop-receiver',
      'start-receiver',
    ]);
    expect(words('restart-replica', pair('mariadb', { receiver: 'stopped' }))).toEqual([
      'start-receiver',
      'stop-applier',
      'start-applier',
    ]);
    expect(words('restart-replica', pair('mariadb', RESTING_BACKLOG, SOURCE_IS_DEAD))).toEqual([
      ...KEPT,
      'start-receiver',
    ]);
    expect(words('restart-replica', pair('gtid', AT_REST))).toEqual(['start-applier', 'start-receiver']);
  });
});
