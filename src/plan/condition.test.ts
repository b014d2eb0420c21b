import { describe, expect, it } from 'vitest';
import type { Instance } from '../model/instance.ts';
import { parseKey } from '../model/instance-key.ts';
import { instanceOf, mariadbReplica, replicationOf, uuidOf } from '../model/testing/instances.ts';
import { checkCondition, isInVain, needsFullReading, needsLogEnd, withNotes } from './condition.ts';
import type { Condition, Noted } from './plan.ts';

const A = uuidOf(1);
const STOPPED = { state: 'stopped', errorNumber: 0, errorText: '' } as const;
const BROKEN = { state: 'stopped', errorNumber: 1062, errorText: 'Duplicate entry' } as const;
const replica = (changes: Parameters<typeof replicationOf>[1] = {}, more: Partial<Instance> = {}): Instance =>
  instanceOf('b', { replication: replicationOf('a:3306', changes), ...more });
const alone = (changes: Partial<Instance> = {}): Instance => instanceOf('b', changes);
const maria = (executedGtid: string): Instance => mariadbReplica('b', 'a:3306', { executedGtid });

describe('conditions that hold', () => {
  it.each<[Condition, Instance]>([
    [{ kind: 'receiver-stopped' }, replica({ receiver: STOPPED })],
    [{ kind: 'receiver-stopped' }, alone()],
    [{ kind: 'applier-stopped' }, replica({ applier: BROKEN })],
    [{ kind: 'applier-running' }, replica()],
    [{ kind: 'replicating-from', source: parseKey('a:3306', 0) }, replica()],
    [
      { kind: 'replicating-from', source: parseKey('virtual:3306', 0) },
      replica({ configuredSource: parseKey('virtual:3306', 0) }),
    ],
    [
      { kind: 'replicating-from', source: parseKey('a:3306', 0) },
      replica({ positioning: 'coordinates', readCoordinates: { kind: 'binlog', file: '', position: 4 } }),
    ],
    [{ kind: 'drained' }, replica({ receiver: STOPPED })],
    [{ kind: 'drained' }, alone()],
    [{ kind: 'has-executed', gtid: '' }, alone()],
    [{ kind: 'has-executed', gtid: `${A}:1-5` }, alone({ executedGtid: `${A.toUpperCase()}:1-9` })],
    [{ kind: 'has-executed', gtid: '0-1-5' }, maria('0-1-7,1-1-1')],
    [{ kind: 'has-no-source' }, alone()],
    [{ kind: 'read-only', readOnly: true }, alone({ isReadOnly: true })],
    [{ kind: 'read-only', readOnly: false }, alone({ isSuperReadOnly: null })],
    [{ kind: 'same-server', serverUuid: A.toUpperCase(), serverId: 9 }, alone({ serverUuid: A, serverId: 1 })],
    [{ kind: 'same-server', serverUuid: null, serverId: 7 }, alone({ serverUuid: null, serverId: 7 })],
  ])('%o', (condition, instance) => {
    expect(checkCondition(condition, instance)).toEqual({ holds: true });
  });
});

describe('conditions that do not hold are explained', () => {
  it.each<[Condition, Instance, string]>([
    [{ kind: 'receiver-stopped' }, replica(), 'The receiver of b:3306 is not stopped.'],
    [
      { kind: 'receiver-stopped' },
      replica({ receiver: { state: 'other', errorNumber: 2003, errorText: 'connecting' } }),
      'The receiver of b:3306 is not stopped.',
    ],
    [{ kind: 'applier-stopped' }, replica(), 'The applier of b:3306 is not stopped.'],
    [
      { kind: 'applier-running' },
      replica({ applier: BROKEN }),
      'The applier of b:3306 is not running, error 1062: Duplicate entry.',
    ],
    [{ kind: 'applier-running' }, alone(), 'The applier of b:3306 is not running.'],
    [{ kind: 'replicating-from', source: parseKey('a:3306', 0) }, alone(), 'b:3306 has no source.'],
    [
      { kind: 'replicating-from', source: parseKey('c:3306', 0) },
      replica(),
      'b:3306 has a:3306 as its source, not c:3306.',
    ],
    [
      { kind: 'replicating-from', source: parseKey('a:3306', 0) },
      replica({ applier: BROKEN }),
      'b:3306 does not replicate: its applier is not running, error 1062: Duplicate entry.',
    ],
    [
      { kind: 'replicating-from', source: parseKey('a:3306', 0) },
      replica({ positioning: 'mariadb-slave-pos', readCoordinates: { kind: 'binlog', file: '', position: 4 } }),
      'b:3306 has connected to a:3306, which has not begun to send.',
    ],
    [{ kind: 'drained' }, replica(), 'The receiver of b:3306 is not stopped.'],
    [
      { kind: 'has-executed', gtid: `${A}:1-5` },
      alone({ executedGtid: `${A}:1-3` }),
      `b:3306 has not executed ${A}:4-5.`,
    ],
    [{ kind: 'has-executed', gtid: '0-1-5' }, maria('0-1-3'), 'b:3306 has not executed 0-1-4..5.'],
    [{ kind: 'has-executed', gtid: '0-1-5' }, maria('0-2-5'), 'b:3306 has not executed 0-1-5.'],
    [
      { kind: 'has-executed', gtid: `${A}:1` },
      maria('0-1-3'),
      `b:3306 is a MariaDB server and cannot have executed ${A}:1.`,
    ],
    [
      { kind: 'has-executed', gtid: '0-1-5' },
      alone(),
      'b:3306 is not a MariaDB server and cannot have executed 0-1-5.',
    ],
    [{ kind: 'has-no-source' }, replica(), 'b:3306 still has a:3306 as its source.'],
    [
      { kind: 'has-no-source' },
      replica({ source: { hostname: '//a', port: 3306 } }),
      'b:3306 still has //a:3306 as its source.',
    ],
    [{ kind: 'read-only', readOnly: true }, alone(), 'b:3306 is not read_only.'],
    [{ kind: 'read-only', readOnly: false }, alone({ isReadOnly: true }), 'b:3306 is still read_only.'],
    [
      { kind: 'read-only', readOnly: false },
      alone({ isReadOnly: true, isSuperReadOnly: true }),
      'b:3306 is still super_read_only.',
    ],
    [
      { kind: 'same-server', serverUuid: A, serverId: 1 },
      alone({ serverUuid: uuidOf(2), serverId: 1 }),
      `Another server answers at b:3306: its uuid is ${uuidOf(2)}, not ${A}.`,
    ],
    [
      { kind: 'same-server', serverUuid: null, serverId: 1 },
      alone({ serverId: 2 }),
      'Another server answers at b:3306: its server_id is 2, not 1.',
    ],
  ])('%o', (condition, instance, explanation) => {
    expect(checkCondition(condition, instance)).toEqual({ holds: false, explanation });
  });

  it('a condition that cannot be read is an error, not a no', () => {
    expect(() => checkCondition({ kind: 'has-executed', gtid: 'nonsense:1' }, alone())).toThrowError(/not a GTID set/);
  });
});

describe('GTIDs that are noted on the way', () => {
  const wanted = { kind: 'has-executed', gtid: { note: 'what a has' } } as const;

  it('are put in before a condition is tested', () => {
    const notes = new Map([['what a has', { kind: 'gtid', gtid: `${A}:1-5` } as const]]);
    expect(checkCondition(withNotes(wanted, notes), alone({ executedGtid: `${A}:1-9` })).holds).toBe(true);
    expect(checkCondition(withNotes(wanted, notes), alone({ executedGtid: `${A}:1-3` })).holds).toBe(false);
  });

  it('do not hold where nothing was noted', () => {
    expect(checkCondition(withNotes(wanted, new Map()), alone({ executedGtid: `${A}:1-9` }))).toEqual({
      holds: false,
      explanation: 'The GTIDs "what a has" were not noted before they are needed for b:3306.',
    });
  });
});

describe('waiting to replicate is in vain', () => {
  const following: Condition = { kind: 'replicating-from', source: parseKey('a:3306', 0) };
  const receiverWith = (state: 'stopped' | 'other', errorNumber: number): Instance =>
    replica({ receiver: { state, errorNumber, errorText: 'said the source' } });

  it('when the source does not let the replica in: it would try for ever', () => {
    expect(isInVain(following, receiverWith('other', 1045))).toBe(true);
    expect(isInVain(following, receiverWith('other', 1130))).toBe(true);
  });

  it('when the receiver has given up, or the applier', () => {
    expect(isInVain(following, receiverWith('stopped', 1236))).toBe(true);
    expect(isInVain(following, replica({ applier: BROKEN }))).toBe(true);
  });

  it('but not while the receiver tries to reach a source that does not answer, or has only just begun', () => {
    expect(isInVain(following, receiverWith('other', 2003))).toBe(false);
    expect(isInVain(following, receiverWith('stopped', 0))).toBe(false);
    expect(isInVain({ kind: 'receiver-started' }, receiverWith('other', 1045))).toBe(false);
  });
});

describe('the log, the history, the relay log', () => {
  const at = (file: string): Instance => alone({ ownCoordinates: { kind: 'binlog', file, position: 4 } });
  const file: Condition = { kind: 'own-log-at-least', file: 'bin.000010' };

  it('own-log-at-least: the number of the file counts', () => {
    expect(checkCondition(file, at('bin.000009'))).toMatchObject({
      holds: false,
      explanation: expect.stringContaining('has come to bin.000009, not yet to bin.000010'),
    });
    for (const name of ['bin.000010', 'bin.000011', 'bin.1000000'])
      expect(checkCondition(file, at(name)).holds).toBe(true);
    expect(checkCondition(file, alone({ ownCoordinates: null })).holds).toBe(false);
  });

  it('executed-gtid: exactly, in whatever order and case; a note must have been made', () => {
    const set: Condition = { kind: 'executed-gtid', gtid: `${A.toUpperCase()}:1-3` };
    expect(checkCondition(set, alone({ executedGtid: `${A}:1-3` })).holds).toBe(true);
    expect(checkCondition(set, alone({ executedGtid: `${A}:1-4` })).holds).toBe(false);
    expect(checkCondition({ kind: 'executed-gtid', gtid: '' }, alone({ executedGtid: '' })).holds).toBe(true);
    const noted: Condition = { kind: 'executed-gtid', gtid: { note: 'all' } };
    expect(checkCondition(noted, alone())).toMatchObject({
      holds: false,
      explanation: expect.stringContaining('"all"'),
    });
    const notes = new Map([['all', { kind: 'gtid', gtid: `${A}:7` } as const]]);
    expect(checkCondition(withNotes(noted, notes), alone({ executedGtid: `${A}:7` })).holds).toBe(true);
  });

  it('executed-gtid of MariaDB: the same position, in whatever order', () => {
    const at = (noted: string) => checkCondition({ kind: 'executed-gtid', gtid: noted }, maria('0-1-7,2-1-3')).holds;
    expect(['2-1-3,0-1-7', '0-1-6,2-1-3', '0-2-7,2-1-3', '0-1-7', ''].map(at)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(checkCondition({ kind: 'executed-gtid', gtid: '' }, maria('')).holds).toBe(true);
  });

  it('read-only with super: the one is not enough', () => {
    const closed: Condition = { kind: 'read-only', readOnly: true, withSuper: true };
    const is = (isReadOnly: boolean, isSuperReadOnly: boolean | null) =>
      checkCondition(closed, alone({ isReadOnly, isSuperReadOnly })).holds;
    expect([is(true, true), is(true, false), is(true, null), is(false, false)]).toEqual([true, false, false, false]);
  });

  it('all-of: the first that does not hold is told; notes and readings are those of its parts', () => {
    const own = { kind: 'binlog', file: 'bin.000002', position: 4 } as const;
    const both: Condition = {
      kind: 'all-of',
      conditions: [
        { kind: 'read-only', readOnly: true },
        { kind: 'own-log-ends-at', place: { note: 'end' } },
      ],
    };
    const noted = withNotes(both, new Map([['end', own]]));
    expect(checkCondition(noted, alone({ isReadOnly: true, ownCoordinates: own })).holds).toBe(true);
    expect(checkCondition(noted, alone({ isReadOnly: true, ownCoordinates: { ...own, position: 5 } }))).toMatchObject({
      explanation: expect.stringContaining('ends at'),
    });
    expect(checkCondition(both, alone({ isReadOnly: true, ownCoordinates: own })).holds).toBe(false);
    expect([needsLogEnd(both), needsFullReading(both)]).toEqual([true, false]);
    const full: Condition = { kind: 'all-of', conditions: [{ kind: 'semi-sync', side: 'source', enabled: true }] };
    expect([needsLogEnd(full), needsFullReading(full)]).toEqual([false, true]);
  });

  it('has-read-all up to a place: once the relay log has come so far', () => {
    const at = (position: number) => ({ kind: 'binlog', file: 'bin.000002', position }) as const;
    const all: Condition = { kind: 'has-read-all', to: at(100) };
    const come = (position: number, applierHasReadAll = true) =>
      checkCondition(all, replica({ applierHasReadAll, readCoordinates: at(position) })).holds;
    expect([come(99), come(100), come(101), come(100, false)]).toEqual([false, true, true, false]);
    const noted: Condition = { kind: 'has-read-all', to: { note: 'end' } };
    expect(checkCondition(noted, replica({ applierHasReadAll: true })).holds).toBe(false);
    expect(withNotes(noted, new Map([['end', at(100)]]))).toEqual(all);
  });

  it('own-log-ends-at: exactly there', () => {
    const at = (position: number) => ({ kind: 'binlog', file: 'bin.000002', position }) as const;
    const ends = (position: number) =>
      checkCondition({ kind: 'own-log-ends-at', place: at(100) }, alone({ ownCoordinates: at(position) })).holds;
    expect([ends(99), ends(100), ends(101)]).toEqual([false, true, false]);
    const noted: Condition = { kind: 'own-log-ends-at', place: { note: 'end' } };
    expect(checkCondition(noted, alone({ ownCoordinates: at(100) })).holds).toBe(false);
    expect(withNotes(noted, new Map([['end', at(100)]]))).toEqual({ kind: 'own-log-ends-at', place: at(100) });
    expect([noted, { kind: 'read-only', readOnly: true } as const].map(needsLogEnd)).toEqual([true, false]);
  });

  it('executed-exactly, or further at the same GTIDs: MariaDB adds to a log by itself', () => {
    const at = (position: number) => ({ kind: 'binlog', file: 'bin.000002', position }) as const;
    const noted: Condition = { kind: 'executed-exactly', place: { note: 'end' }, gtid: { note: 'all' } };
    const withGtid = (gtid: string): Condition => {
      const notes: [string, Noted][] = [
        ['end', at(100)],
        ['all', { kind: 'gtid', gtid }],
      ];
      return withNotes(noted, new Map(notes));
    };
    const stands = (position: number, executedGtid: string, exactly = withGtid('0-1-7,2-1-3')) => {
      const one = { ...replica({ positioning: 'coordinates', executedCoordinates: at(position) }), executedGtid };
      return [checkCondition(exactly, one).holds, isInVain(exactly, one)];
    };
    expect(stands(143, '2-1-3,0-1-7')).toEqual([true, false]);
    expect(stands(143, '0-1-8,2-1-3')).toEqual([false, true]);
    expect(stands(143, '0-2-7,2-1-3')).toEqual([false, true]);
    expect(stands(143, '0-1-7')).toEqual([false, true]);
    // The place alone will do: an old domain that only some know of says nothing.
    expect(stands(100, '0-1-7')).toEqual([true, false]);
    // Not there yet, whatever the GTIDs say.
    expect(stands(99, '0-1-7,2-1-3')).toEqual([false, false]);
    // A server that counts in none, or none noted: the place alone.
    expect(stands(143, '', withGtid(''))).toEqual([false, true]);
    expect(stands(143, '', withNotes(noted, new Map([['end', at(100)]])))).toEqual([false, true]);
  });

  it('executed-exactly: waited for in vain once it is past, by file and position; and once the applier is broken', () => {
    const at = (position: number) => ({ kind: 'binlog', file: 'bin.000002', position }) as const;
    const exactly: Condition = { kind: 'executed-exactly', place: at(100) };
    const stands = (position: number, positioning: 'coordinates' | 'oracle-auto' = 'coordinates') =>
      isInVain(exactly, replica({ positioning, executedCoordinates: at(position) }));
    expect([stands(99), stands(100), stands(101)]).toEqual([false, false, true]);
    // It may be a place in the log of its former source.
    expect(stands(101, 'oracle-auto')).toBe(false);
    expect(isInVain(exactly, replica({ applier: BROKEN }))).toBe(true);
  });

  it('has-read-all: by a running applier only; in vain once it is broken', () => {
    const all: Condition = { kind: 'has-read-all' };
    expect(checkCondition(all, replica({ applierHasReadAll: true })).holds).toBe(true);
    expect(checkCondition(all, replica({ applierHasReadAll: false })).holds).toBe(false);
    expect(checkCondition(all, replica({ applierHasReadAll: true, applier: STOPPED })).holds).toBe(false);
    expect(checkCondition(all, alone()).holds).toBe(false);
    expect(isInVain(all, replica({ applier: BROKEN }))).toBe(true);
  });
});
