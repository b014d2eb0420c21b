import { describe, expect, it } from 'vitest';
import { allSteps, keyOf, tree, wordOf } from '../testing/ask.ts';
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

const DETACHED_KEY = { hostname: '//10.0.0.1', port: 1 };
const DETACHED = { configuredSource: DETACHED_KEY, source: DETACHED_KEY, receiver: STOPPED };

describe('detach-replica', () => {
  it('MySQL by GTID: the receiver alone, beside a running applier; auto-position stays', () => {
    const made = plan('detach-replica', pair('gtid', BACKLOG.gtid));
    expect(allSteps(made).map(({ action }) => (action.kind === 'command' ? action.command.kind : action.kind))).toEqual(
      ['stop-receiver', 'change-source', 'wait'],
    );
    const change = stepOf(made, 'change-source');
    expect(change.action).toMatchObject({
      command: { source: DETACHED_KEY, receiverOnly: true, positioning: null, credentials: null },
    });
    expect(change.requires).toEqual({ kind: 'applier-running' });
    expect(change.undo).toMatchObject([
      { action: { command: { source: keyOf(1) } }, requires: { kind: 'applier-running' } },
    ]);
    expect(wayBack(made)).toEqual(['change-source', 'start-receiver']);
    expect(made.locks).toEqual([keyOf(2)]);
    expect(made.effects).toEqual([{ kind: 'detached', server: keyOf(2), isDetached: true }]);
  });

  it('starts an applier that rests, since the relay log stays only beside a running one', () => {
    const resting = both(BACKLOG.gtid, { replication: { applier: STOPPED } });
    expect(words('detach-replica', pair('gtid', resting))[0]).toBe('start-applier');
    // With nothing to lose it is left as it is.
    expect(words('detach-replica', pair('gtid', AT_REST))).toEqual(['change-source', 'wait has-source']);
    expect(stepOf(plan('detach-replica', pair('gtid', AT_REST)), 'change-source').requires).toEqual({
      kind: 'drained',
    });
  });

  it('everything received is executed first where the change would throw it away', () => {
    const rest = ['stop-receiver', 'wait drained', 'stop-applier'];
    const change = ['change-source', 'wait has-source', 'start-applier'];
    expect(words('detach-replica', pair('5.6', BACKLOG['5.6']))).toEqual([...rest, ...change]);
    expect(words('detach-replica', pair('mariadb', BACKLOG.mariadb))).toEqual([...rest, ...change]);
    for (const kind of ['coordinates', '5.6-coordinates', 'mariadb-coordinates'] as const) {
      const made = plan('detach-replica', pair(kind));
      expect([kind, words('detach-replica', pair(kind))]).toEqual([
        kind,
        [...rest, 'note executed', 'change-source at noted', 'wait has-source', 'start-applier'],
      ]);
      // It keeps its place, and goes back to it.
      expect(stepOf(made, 'change-source at noted').undo).toMatchObject([
        { action: { kind: 'note' }, ensures: { kind: 'applier-stopped' } },
        { action: { at: expect.stringContaining('executed by'), command: { source: keyOf(1) } } },
      ]);
    }
  });

  it('is refused for what it would lose, and for what it makes no sense for', () => {
    expect(rule('detach-replica', pair('gtid', { replication: DETACHED }))).toBe('already-detached');
    expect(rule('detach-replica', pair('gtid', { replication: { applier: BROKEN } }))).toBe('applier-error');
    expect(rule('detach-replica', pair('gtid', { valid: false }))).toBe('not-valid');
    expect(rule('detach-replica', pair('gtid', { group: { memberRole: 'SECONDARY' } }))).toBe('group-secondary');
    expect(rule('detach-replica', pair('mariadb', both(BACKLOG.mariadb, { delay: 100 })))).toBe('delayed');
    expect(rule('detach-replica', pair('coordinates', both(BACKLOG.coordinates, { delay: 100 })))).toBe('delayed');
    // By GTID on MySQL its relay log stays, delayed or not.
    expect(words('detach-replica', pair('gtid', both(BACKLOG.gtid, { delay: 100 })))).toContain('change-source');
    expect(reason('detach-replica', tree('gtid', { 2: 0 }))).toBe('10.0.0.1:2 is not a replica');
    expect(reason('detach-replica', tree('gtid', { 3: 0 }))).toMatch(/10\.0\.0\.1:2 is not known/);
  });
});

describe('reattach-replica', () => {
  it('takes the // away and must come to replicate; else it is detached again', () => {
    const made = plan('reattach-replica', pair('gtid', { replication: DETACHED }));
    expect(allSteps(made).at(-1)?.ensures).toEqual({ kind: 'replicating-from', source: keyOf(1) });
    expect(wayBack(made)).toEqual(['stop-receiver', 'change-source']);
    expect(stepOf(made, 'change-source').undo[0]?.action).toMatchObject({ command: { source: DETACHED_KEY } });
    expect(made.effects).toEqual([{ kind: 'source', server: keyOf(2), source: keyOf(1) }]);
  });

  it('goes back to the place where it stands by then: what it has executed meanwhile it must not execute once more', () => {
    for (const kind of ['coordinates', '5.6-coordinates', 'mariadb-coordinates'] as const) {
      for (const said of [DETACHED, { ...DETACHED, applier: STOPPED }]) {
        const made = plan('reattach-replica', pair(kind, { replication: said }));
        const words = stepOf(made, 'change-source at noted').undo.map(wordOf);
        expect([kind, words]).toEqual([kind, ['note executed', 'change-source at noted']]);
      }
    }
  });

  it('is detached again on every flavour: nobody answers at that address who could be waited for', () => {
    for (const kind of ['mariadb', '5.6', 'mariadb-coordinates'] as const) {
      const steps = allSteps(plan('reattach-replica', pair(kind, { replication: DETACHED }))).flatMap(
        ({ undo }) => undo,
      );
      expect([kind, steps.map(({ server }) => server)]).toEqual([kind, steps.map(() => keyOf(2))]);
    }
  });

  it('starts both threads of one at rest, the applier first', () => {
    const atRest = { replication: { ...DETACHED, applier: STOPPED } };
    expect(words('reattach-replica', pair('mariadb', atRest))).toEqual([
      'wait drained',
      'change-source',
      'wait has-source',
      'start-applier',
      'start-receiver',
    ]);
  });

  it('is refused for one that is not detached, below itself, and where the source has purged what it needs', () => {
    expect(rule('reattach-replica', pair('gtid'))).toBe('not-detached');
    const below = tree('gtid', { 1: 2, 2: 1 }, { 2: { replication: DETACHED } });
    expect(rule('reattach-replica', below)).toBe('descendant');
    const uuid = '00000001-0000-0000-0000-000000000001';
    const purged = pair(
      'gtid',
      { replication: DETACHED, executedGtid: `${uuid}:1-5` },
      { instance: { purgedGtid: `${uuid}:1-7` } },
    );
    expect(rule('reattach-replica', purged)).toBe('gtid-purged');
  });
});
