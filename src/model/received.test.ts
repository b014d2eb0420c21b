import { describe, expect, it } from 'vitest';
import { formatGtidPosition } from './gtid-position.ts';
import { containsGtidSet, formatGtidSet } from './gtid-set.ts';
import type { Instance, ReplicationStatus, ReplicationThread } from './instance.ts';
import { compareProgress, describeDifference, isDrained, progressOf, surplusOf } from './received.ts';
import { instanceOf, mariadbReplica, replicationOf, uuidOf } from './testing/instances.ts';
import { parseVersion } from './version.ts';

const A = uuidOf(1);
const STOPPED: ReplicationThread = { state: 'stopped', errorNumber: 0, errorText: '' };
const CONNECTING: ReplicationThread = { state: 'other', errorNumber: 2003, errorText: 'error connecting' };
const at = (position: number) => ({ kind: 'binlog' as const, file: 'bin.000001', position });

/** A MySQL 8.4 replica of a:3306 with its receiver stopped. */
const oracle = (
  name: string,
  gtids: { received: string; executed: string },
  replication: Partial<ReplicationStatus> = {},
  changes: Partial<Instance> = {},
): Instance =>
  instanceOf(name, {
    executedGtid: gtids.executed,
    replication: replicationOf('a:3306', {
      sourceUuid: A,
      receiver: STOPPED,
      receivedGtid: gtids.received,
      ...replication,
    }),
    ...changes,
  });

const mysql56 = { version: parseVersion('5.6.24-log', 'MySQL Community Server (GPL)') };
const mariadb = (
  name: string,
  gtids: { received: string; executed: string },
  replication: Partial<ReplicationStatus> = {},
  changes: Partial<Instance> = {},
): Instance =>
  mariadbReplica(
    name,
    'a:3306',
    { serverId: 2, executedGtid: gtids.executed, ...changes },
    { receiver: STOPPED, receivedGtid: gtids.received, ...replication },
  );

describe('progress of a server', () => {
  it('unites what is received and what is executed', () => {
    const progress = progressOf(oracle('b', { received: `${A}:5-9`, executed: `${A}:1-6` }));
    expect(progress).toMatchObject({ kind: 'oracle', completeText: `${A}:1-9` });
  });

  it('takes Gtid_IO_Pos and the current position on MariaDB', () => {
    const progress = progressOf(mariadb('b', { received: '0-1-9', executed: '0-1-6,1-4-2' }));
    expect(progress).toMatchObject({ kind: 'mariadb', completeText: '0-1-9,1-4-2' });
    expect(progress.kind === 'mariadb' && formatGtidPosition(progress.received)).toBe('0-1-9');
  });

  it('takes an empty Gtid_IO_Pos as unknown: only what is executed counts', () => {
    expect(progressOf(mariadb('b', { received: '', executed: '0-1-6' })).completeText).toBe('0-1-6');
  });

  it('takes coordinates where GTIDs do not tell what is received', () => {
    const options = { positioning: 'coordinates' as const, readCoordinates: at(90), executedCoordinates: at(50) };
    expect(progressOf(mariadb('b', { received: '', executed: '0-1-6' }, options))).toMatchObject({
      kind: 'coordinates',
      complete: at(90),
      executed: at(50),
      completeText: '',
    });
    const noGtid = { supportsOracleGtid: false, gtidMode: 'OFF' };
    expect(progressOf(oracle('b', { received: '', executed: '' }, options, noGtid)).kind).toBe('coordinates');
  });

  it('of a primary is what it executed', () => {
    expect(progressOf(instanceOf('a', { executedGtid: `${A}:1-9` })).completeText).toBe(`${A}:1-9`);
    const own = progressOf(instanceOf('a', { supportsOracleGtid: false, gtidMode: 'OFF' }));
    expect(own).toMatchObject({ kind: 'coordinates', source: { hostname: 'a', port: 3306 }, complete: at(100) });
  });

  it('leaves out the last transaction of the source that MySQL 5.6 received only in part', () => {
    const gtids = { received: `${A}:1-9`, executed: `${A}:1-8` };
    for (const receiver of [STOPPED, CONNECTING]) {
      expect(progressOf(oracle('b', gtids, { receiver }, mysql56)).completeText).toBe(`${A}:1-8`);
    }
  });

  it('also below an intermediate source, where the transaction is the primary\u2019s and not the direct source\u2019s', () => {
    const origin = uuidOf(2);
    const gtids = { received: `${origin}:5-9`, executed: `${origin}:1-8` };
    expect(progressOf(oracle('c', gtids, {}, mysql56)).completeText).toBe(`${origin}:1-8`);
    expect(isDrained(oracle('c', gtids, {}, mysql56))).toEqual({ drained: true });
  });

  it.each<[string, { received: string; executed: string }, Partial<ReplicationStatus>, Partial<Instance>]>([
    ['MySQL 5.7 lists only whole ones', { received: `${A}:1-9`, executed: `${A}:1-8` }, {}, {}],
    ['more than one remains', { received: `${A}:1-9`, executed: `${A}:1-7` }, {}, mysql56],
    ['it is not the last one', { received: `${A}:1-9`, executed: `${A}:1-7:9` }, {}, mysql56],
    [
      'the applier has not read all',
      { received: `${A}:1-9`, executed: `${A}:1-8` },
      { applierHasReadAll: false },
      mysql56,
    ],
    [
      'the receiver runs and the rest may come',
      { received: `${A}:1-9`, executed: `${A}:1-8` },
      { receiver: { state: 'running', errorNumber: 0, errorText: '' } },
      mysql56,
    ],
  ])('keeps it when %s', (_, gtids, replication, changes) => {
    const progress = progressOf(oracle('b', gtids, replication, changes));
    expect(progress.kind === 'oracle' && containsGtidSet(progress.complete, progress.received)).toBe(true);
  });

  it('names it as doubtful while MySQL 5.6 still has to execute', () => {
    const progress = progressOf(oracle('b', { received: `${A}:1-9`, executed: `${A}:1-3` }, {}, mysql56));
    expect(progress.kind === 'oracle' && formatGtidSet(progress.doubtful)).toBe(`${A}:9`);
    const modern = progressOf(oracle('b', { received: `${A}:1-9`, executed: `${A}:1-3` }));
    expect(modern.kind === 'oracle' && modern.doubtful.groups).toEqual([]);
  });
});

describe('comparing two servers', () => {
  it('ranks by what is received, not by what is executed', () => {
    const slow = oracle('slow', { received: `${A}:1-9`, executed: `${A}:1-2` });
    const quick = oracle('quick', { received: `${A}:1-5`, executed: `${A}:1-5` });
    expect(compareProgress(progressOf(slow), progressOf(quick))).toBe('ahead');
    expect(describeDifference(slow, quick)).toBe(`quick:3306 lacks ${A}:6-9.`);
    expect(surplusOf(progressOf(quick), progressOf(slow))).toBe('');
  });

  it('calls a split by its name', () => {
    const b = oracle('b', { received: `${A}:1-5`, executed: `${A}:1-5,${uuidOf(2)}:1` });
    const c = oracle('c', { received: `${A}:1-7`, executed: `${A}:1-5` });
    expect(compareProgress(progressOf(b), progressOf(c))).toBe('diverged');
    expect(describeDifference(b, c)).toBe(`b:3306 lacks ${A}:6-7, and c:3306 lacks ${uuidOf(2)}:1.`);
  });

  it('sees a split in MariaDB by the server id under the same sequence', () => {
    const b = mariadb('b', { received: '0-1-7', executed: '0-1-7' });
    const c = mariadb('c', { received: '0-2-7', executed: '0-1-6' });
    expect(compareProgress(progressOf(b), progressOf(c))).toBe('diverged');
    expect(describeDifference(b, c)).toBe('b:3306 lacks 0-2-7, and c:3306 lacks 0-1-7.');
  });

  it('compares coordinates of the same source only', () => {
    const by = (name: string, source: string, position: number) =>
      instanceOf(name, {
        supportsOracleGtid: false,
        gtidMode: 'OFF',
        replication: replicationOf(source, {
          positioning: 'coordinates',
          readCoordinates: at(position),
          executedCoordinates: at(position),
        }),
      });
    const [b, c, d] = [by('b', 'a:3306', 10), by('c', 'a:3306', 20), by('d', 'x:3306', 20)];
    expect(compareProgress(progressOf(b), progressOf(c))).toBe('behind');
    expect(describeDifference(b, c)).toBe('b:3306 lacks bin.000001:10 to bin.000001:20 of a:3306.');
    expect(compareProgress(progressOf(c), progressOf(d))).toBe('diverged');
    expect(describeDifference(c, d)).toBe(
      'c:3306 and d:3306 cannot be compared: coordinates in the log of a:3306 against coordinates in the log of x:3306.',
    );
    expect(describeDifference(b, oracle('e', { received: '', executed: `${A}:1` }))).toContain('cannot be compared');
  });

  it('says when there is no difference', () => {
    const b = oracle('b', { received: `${A}:1-5`, executed: `${A}:1-3` });
    const c = oracle('c', { received: '', executed: `${A}:1-5` });
    expect(describeDifference(b, c)).toBe('b:3306 and c:3306 have the same transactions.');
  });
});

describe('drained', () => {
  const all = { received: `${A}:1-9`, executed: `${A}:1-9` };

  it('when everything received is executed, whether the applier runs or not', () => {
    expect(isDrained(oracle('b', all))).toEqual({ drained: true });
    expect(isDrained(oracle('b', all, { applier: STOPPED, applierHasReadAll: false }))).toEqual({ drained: true });
    expect(isDrained(mariadb('b', { received: '0-1-9', executed: '0-1-9' }))).toEqual({ drained: true });
    expect(isDrained(instanceOf('a', { executedGtid: `${A}:1-9` }))).toEqual({ drained: true });
  });

  it('when only the incomplete last transaction of a dead MySQL 5.6 remains', () => {
    const gtids = { received: `${A}:1-9`, executed: `${A}:1-8` };
    expect(isDrained(oracle('b', gtids, {}, mysql56))).toEqual({ drained: true });
    expect(isDrained(oracle('b', gtids))).toMatchObject({ drained: false, remaining: `${A}:9` });
  });

  it.each<[string, Instance, string, string]>([
    ['receiver running', oracle('b', all, { receiver: { ...STOPPED, state: 'running' } }), 'receiver-running', ''],
    ['receiver connecting', oracle('b', all, { receiver: CONNECTING }), 'receiver-running', ''],
    [
      'applier error',
      oracle('b', all, { applier: { state: 'stopped', errorNumber: 1062, errorText: 'Duplicate entry' } }),
      'applier-error',
      '',
    ],
    ['not executed', oracle('b', { received: `${A}:1-9`, executed: `${A}:1-6` }), 'not-executed', `${A}:7-9`],
    [
      'not executed, applier stopped',
      oracle('b', { received: `${A}:1-9`, executed: `${A}:1-6` }, { applier: STOPPED }),
      'not-executed',
      `${A}:7-9`,
    ],
    [
      'MariaDB not executed',
      mariadb('b', { received: '0-1-9,1-1-1', executed: '0-1-6,1-1-1' }),
      'not-executed',
      '0-1-7..9',
    ],
    [
      'MariaDB executed a split history',
      mariadb('b', { received: '0-1-9', executed: '0-3-9' }),
      'not-executed',
      '0-1-9',
    ],
    [
      'by coordinates',
      oracle(
        'b',
        { received: '', executed: '' },
        {
          positioning: 'coordinates',
          readCoordinates: at(90),
          executedCoordinates: at(50),
          applierHasReadAll: false,
        },
        { gtidMode: 'OFF' },
      ),
      'not-executed',
      'bin.000001:50 to bin.000001:90 of a:3306',
    ],
    [
      'GTIDs agree, but positioned by coordinates that do not',
      oracle('b', all, {
        positioning: 'coordinates',
        readCoordinates: at(90),
        executedCoordinates: at(50),
        applierHasReadAll: false,
      }),
      'not-executed',
      'bin.000001:50 to bin.000001:90 of a:3306',
    ],
    [
      'MariaDB restarted: received unknown, relay log perhaps not read',
      mariadb(
        'b',
        { received: '', executed: '0-1-6' },
        { applierHasReadAll: false, readCoordinates: at(90), executedCoordinates: at(50) },
      ),
      'received-unknown',
      '',
    ],
    [
      'MariaDB wrote by itself, which hides how far it executed',
      mariadb(
        'b',
        { received: '0-1-50', executed: '0-2-100' },
        { readCoordinates: at(90), executedCoordinates: at(50) },
      ),
      'received-unknown',
      '',
    ],
  ])('not: %s', (_, instance, rule, remaining) => {
    expect(isDrained(instance)).toMatchObject({
      drained: false,
      rule,
      remaining,
      reason: expect.stringContaining('b:3306'),
    });
  });

  it('by coordinates: what an applier at work leaves, having read all, is a transaction that arrived only in part', () => {
    const noGtid = { supportsOracleGtid: false, gtidMode: 'OFF' };
    const partly = { positioning: 'coordinates', readCoordinates: at(90), executedCoordinates: at(50) } as const;
    const nothing = { received: '', executed: '' };
    expect(isDrained(oracle('b', nothing, partly, noGtid))).toEqual({ drained: true });
    expect(isDrained(oracle('b', nothing, { ...partly, applier: STOPPED }, noGtid))).toMatchObject({ drained: false });
    expect(isDrained(oracle('b', nothing, { ...partly, applierHasReadAll: false }, noGtid))).toMatchObject({
      rule: 'not-executed',
    });
    expect(isDrained(oracle('b', nothing, { ...partly, receiver: CONNECTING }, noGtid))).toMatchObject({
      rule: 'receiver-running',
      remaining: 'bin.000001:50 to bin.000001:90 of a:3306',
    });
    expect(isDrained(mariadb('b', { received: '', executed: '0-1-6' }, partly))).toEqual({ drained: true });
  });

  it('MariaDB after a restart: when the applier has read all, or the coordinates agree', () => {
    const apart = { readCoordinates: at(90), executedCoordinates: at(50) };
    expect(isDrained(mariadb('b', { received: '', executed: '0-1-6' }, apart))).toEqual({ drained: true });
    const together = { applierHasReadAll: false };
    expect(isDrained(mariadb('b', { received: '', executed: '0-1-6' }, together))).toEqual({ drained: true });
  });

  it('MariaDB that was primary before and follows again is judged by GTID alone', () => {
    const gtids = { received: '0-1-120', executed: '0-1-120' };
    const apart = { readCoordinates: at(90), executedCoordinates: at(50) };
    expect(isDrained(mariadb('b', gtids, apart))).toEqual({ drained: true });
  });

  it('says what remains even while the receiver runs, for progress', () => {
    const instance = oracle('b', { received: `${A}:1-9`, executed: `${A}:1-6` }, { receiver: CONNECTING });
    expect(isDrained(instance)).toMatchObject({ rule: 'receiver-running', remaining: `${A}:7-9` });
  });
});
