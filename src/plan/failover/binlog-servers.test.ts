import { describe, expect, it } from 'vitest';
import type { InstanceKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { instanceOf } from '../../model/testing/instances.ts';
import { parseVersion } from '../../model/version.ts';
import { at, familyByPlace, type InventedAtPlace } from '../testing/by-place.ts';
import { familyInput, type InventedFlavour, planned, stageNames, stepsOf, wordsOf } from '../testing/family.ts';
import type { RestPlace } from './input.ts';
import { planFailover } from './plan-failover.ts';
import { familyOf } from './readers.ts';

const FLAVOURS: readonly InventedFlavour[] = ['9.7', '5.6', 'mariadb'];
const MAXSCALE = { isBinlogServer: true, version: parseVersion('10.2.12-maxscale', 'MaxScale') };

/** A binlog server that holds the log to this place; it listens to nobody any more. */
const server = (received: number, more: InventedAtPlace = {}): InventedAtPlace => ({
  received,
  ...more,
  changes: { ...MAXSCALE, ...more.changes },
});
/** A replica of the binlog server `b`, which answers: it goes on listening. */
const below = (received: number, more: InventedAtPlace = {}): InventedAtPlace => ({
  received,
  source: 'b:3306',
  receiver: 'running',
  ...more,
});
const NO_UPDATES = { logsReplicaUpdates: false };

const plan = (...given: Parameters<typeof familyByPlace>) => planFailover(familyByPlace(...given));
const sourcesIn = (steps: ReturnType<typeof stepsOf>) =>
  steps.flatMap(({ action }) =>
    action.kind === 'command' && action.command.kind === 'change-source'
      ? [{ source: action.command.source.hostname, coordinates: action.command.coordinates ?? action.at }]
      : [],
  );

describe.each(FLAVOURS)('binlog servers beside ordinary replicas, %s', (flavour) => {
  it('what only a binlog server holds the successor reads there, from its own place on, before it is promoted', () => {
    const made = plan(flavour, { a: { received: 5, rest: 5 }, b: server(10) });
    expect(planned(made).reasons.join()).toMatch(/b:3306 holds more .* a:3306 reads on there/);
    const drain = stepsOf(made, 'drain', 'a');
    expect(sourcesIn(drain)).toEqual([{ source: 'b', coordinates: 'executed by a:3306' }]);
    expect(drain.map(({ ensures }) => ensures)).toContainEqual({ kind: 'received-to', place: at(10) });
    expect(wordsOf(drain).slice(-2)[0]).not.toBe('start-receiver');
  });

  it('its replicas are compared with the direct ones, by places in the one log', () => {
    const made = plan(flavour, { a: { received: 5, rest: 5 }, b: server(5), c: below(9) });
    expect(planned(made).successor.hostname).toBe('c');
    expect(wordsOf(stepsOf(made, 'drain', 'c'))).toContain('stop-receiver');
  });

  it('those below one that answers are not silenced: what it holds is to reach them', () => {
    const made = plan(flavour, { a: { received: 10, receiver: 'connecting' }, b: server(10), c: below(8) });
    expect(stepsOf(made, 'silence').map(({ server: { hostname } }) => hostname)).toEqual(['a']);
  });

  it('those below one that is silent are', () => {
    const silent = { ...server(10), isAbsent: true };
    const made = plan(flavour, { a: { received: 10 }, b: silent, c: below(8, { receiver: 'connecting' }) });
    expect(stepsOf(made, 'silence').map(({ server: { hostname } }) => hostname)).toEqual(['c']);
    expect(planned(made).absent.map(({ hostname }) => hostname)).toEqual(['b']);
  });

  it('those below one that was never read are, too, when it is known for one from before', () => {
    const silent = { ...server(10), isAbsent: true };
    const made = familyByPlace(flavour, {
      a: { received: 5, rest: 5 },
      b: silent,
      c: below(9),
      d: below(8, { source: 'e:3306' }),
    });
    const [b, e] = ['b', 'e'].map((hostname) => ({ hostname, port: 3306 })) as [InstanceKey, InstanceKey];
    const records = made.records.map((record) =>
      record.key.hostname === 'b' ? { ...record, instance: null } : record,
    );
    const [unread] = records.filter(({ instance }) => instance === null);
    const relays = [
      { key: b, source: made.failed },
      { key: e, source: b },
    ];
    const known = { records: [...records, { ...unread, key: e } as ServerRecord], relays };
    const direct = ['a', 'b'].map((hostname) => ({ hostname, port: 3306 }));
    expect([...familyOf(direct, { ...known, relays: [] })]).toEqual(['a:3306', 'b:3306']);
    const family = familyOf(direct, known);
    expect([...family].sort()).toEqual(['a:3306', 'b:3306', 'c:3306', 'd:3306', 'e:3306']);
    expect(planned(planFailover({ ...made, ...known, family })).successor.hostname).toBe('c');
  });

  it('siblings that are behind read on at it, and then go on where the log of the successor ended', () => {
    const made = plan(flavour, { a: { received: 10, rest: 10 }, b: server(10), c: below(7), d: { received: 5 } });
    expect(planned(made).unfit).toMatchObject([{ subject: 'b:3306', rule: 'binlog-server' }]);
    expect(sourcesIn(stepsOf(made, 'repoint', 'c')).map(({ source }) => source)).toEqual(['a']);
    expect(sourcesIn(stepsOf(made, 'repoint', 'd')).map(({ source }) => source)).toEqual(['b', 'a']);
    const waits = stepsOf(made, 'repoint', 'c').map(({ ensures }) => ensures);
    expect(waits).toContainEqual({ kind: 'received-to', place: at(10) });
    expect(waits).toContainEqual({ kind: 'executed-exactly', place: at(10) });
  });

  it('one that came to rest after it had read everything there tells that the end was half a transaction', () => {
    const made = plan(flavour, { a: { received: 10, executed: 9, rest: 9 }, b: server(10) });
    expect(stageNames(made)[0]).toBe('promote');
  });

  it('a replica that logs nothing is not promoted beside ordinary ones', () => {
    const made = plan(flavour, {
      a: { received: 9, rule: 'must_not' },
      b: server(9),
      c: below(9, { changes: NO_UPDATES }),
    });
    expect(made).toMatchObject({ kind: 'refusal' });
    expect(JSON.stringify(made)).toMatch(/c:3306 does not log what it applies/);
  });
});

describe.each(FLAVOURS)('a primary whose direct replicas all are binlog servers, %s', (flavour) => {
  const own = (number: number) => ({ kind: 'binlog', file: `bin.00000${number}`, position: 120 }) as const;
  const plain = { ...NO_UPDATES, ownCoordinates: own(1) };
  const direct = { direct: new Set(['b:3306', 'd:3306']) };
  /** c rests, with its log at the file after that of the failed primary. */
  const continued = (changes: Readonly<Record<string, InventedAtPlace>>) => {
    const made = familyByPlace(
      flavour,
      { b: server(10), c: below(10, { changes: plain, rest: 10, receiver: 'stopped' }), ...changes },
      direct,
    );
    const rest: RestPlace = { executed: at(10), own: own(2) };
    return planFailover({ ...made, rests: new Map([['c:3306', rest]]) });
  };

  it('a replica that logs nothing continues its log in the next file, and older files of that name go', () => {
    const made = plan(flavour, { b: server(10), c: below(10, { changes: plain }) }, direct);
    expect(planned(made).successor.hostname).toBe('c');
    const drain = stepsOf(made, 'drain', 'c');
    expect(wordsOf(drain)).toEqual(expect.arrayContaining(['stop-applier', 'flush-binary-logs', 'purge-binary-logs']));
    expect(drain.map(({ ensures }) => ensures)).toContainEqual({ kind: 'own-log-at-least', file: 'bin.000002' });
  });

  it('such a one is preferred to one that logs, which binlog servers could not follow; a person may choose that one', () => {
    const family = { b: server(10), a: below(10, { rule: 'must' }), c: below(10, { changes: plain }) };
    expect(planned(plan(flavour, family, direct)).successor.hostname).toBe('c');
    const named = plan(flavour, family, { ...direct, explicitCandidate: { hostname: 'a', port: 3306 } });
    expect(planned(named)).toMatchObject({ successor: { hostname: 'a' }, unfit: [{ subject: 'b:3306' }] });
  });

  it('binlog servers go on in that file, their replicas stay where they are', () => {
    const made = continued({ e: below(8) });
    expect(stageNames(made)).toEqual(['promote', 'repoint']);
    expect(sourcesIn(stepsOf(made, 'repoint', 'b'))).toEqual([
      { source: 'c', coordinates: { ...own(2), position: 4 } },
    ]);
    expect(stepsOf(made, 'repoint', 'e')).toEqual([]);
    expect(planned(made).unfit).toEqual([]);
  });

  it('a binlog server that holds less goes below one that holds everything, and brings its replicas along', () => {
    const made = continued({ d: server(6), f: { ...below(6), source: 'd:3306' } });
    expect(sourcesIn(stepsOf(made, 'repoint', 'd'))).toEqual([{ source: 'b', coordinates: 'executed by d:3306' }]);
    expect(stepsOf(made, 'repoint', 'f')).toEqual([]);
  });

  it('replicas of a binlog server that is gone go below another', () => {
    const gone = { ...server(9), isAbsent: true };
    const made = continued({ d: gone, f: { ...below(6, { receiver: 'connecting' }), source: 'd:3306' } });
    expect(sourcesIn(stepsOf(made, 'repoint', 'f')).map(({ source }) => source)).toEqual(['b']);
  });

  it.each([
    ['its log is past that of the failed primary', own(5), /c:3306 has come to bin.000005 itself/],
    ['its logs have another name', { ...own(1), file: 'log.000001' }, /c:3306 calls its logs log.000001/],
  ])('not where %s', (_why, ownCoordinates, reason) => {
    const family = { b: server(10), c: below(10, { changes: { ...NO_UPDATES, ownCoordinates } }) };
    const made = plan(flavour, family, direct);
    expect(made.kind).toBe('refusal');
    expect(JSON.stringify(made)).toMatch(reason);
  });

  it('going below one to read on there makes nobody a replica of one', () => {
    const family = { b: server(10), a: below(9, { rest: 9, receiver: 'stopped' }), c: below(10, { changes: plain }) };
    const made = plan(flavour, family, { direct: new Set(['a:3306', 'b:3306']) });
    expect(planned(made).successor.hostname).toBe('a');
  });
});

describe('replicas by GTID', () => {
  const input = (said: Readonly<Record<string, InventedAtPlace>>, changes = {}) =>
    planFailover(familyInput('mariadb', said, changes));
  const byPlaceOf = (name: string, received: number) => {
    const { records } = familyByPlace('mariadb', { [name]: server(received) });
    return (
      records.flatMap(({ key, instance }) => (key.hostname === name ? [instance?.replication ?? null] : []))[0] ?? null
    );
  };
  const binlogServer = (received: number): InventedAtPlace => ({
    changes: { ...MAXSCALE, replication: byPlaceOf('b', received) },
  });

  it('below a binlog server they receive all that it holds before it is asked who has most', () => {
    const made = input({ a: { received: 10 }, b: binlogServer(12), c: below(8) });
    expect(stageNames(made)[0]).toBe('read-out');
    expect(stepsOf(made, 'read-out', 'c').map(({ ensures }) => ensures)).toEqual([
      { kind: 'received-to', place: at(12) },
    ]);
  });

  it('what only a binlog server holds is not given up without a person', () => {
    const family = { a: { received: 10 }, b: binlogServer(12) };
    expect(input(family)).toMatchObject({ kind: 'refusal', reason: expect.stringMatching(/b:3306 holds more/) });
    const named = input(family, { explicitCandidate: { hostname: 'a', port: 3306 } });
    expect(planned(named).successor.hostname).toBe('a');
  });
});

it('replicas below a binlog server acknowledge nothing: they hide no acknowledged row, and rule none out', () => {
  const semiSync = { ...instanceOf('p:3306').semiSync, available: true, waitForReplicaCount: 1, replicaEnabled: true };
  const made = familyByPlace('9.7', {
    a: { received: 9, changes: { semiSync } },
    b: server(9),
    c: below(9, { changes: { semiSync } }),
  });
  const records = made.records.map((record) =>
    record.key.hostname === 'p' && record.instance !== null
      ? {
          ...record,
          instance: {
            ...record.instance,
            semiSync: { ...semiSync, sourceEnabled: true, sourceActive: true, connectedReplicas: 1 },
          },
        }
      : record,
  );
  const without = (name: string) =>
    planFailover({ ...made, records, fresh: new Set([...made.fresh].filter((one) => one !== name)) });
  expect(without('a:3306')).toMatchObject({ kind: 'refusal', reason: expect.stringMatching(/a:3306 acknowledged/) });
  expect(without('c:3306').kind).toBe('plan');
});
