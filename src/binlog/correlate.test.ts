import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CorrelationOutcome, correlate, type Side } from './correlate.ts';
import { AUTO_MARKERS, createMarkers, type Markers, markerStatement } from './marker.ts';
import type { ReadingRules } from './read-transactions.ts';
import { type History, type Ran, type SimulatedLog, type Style, simulateLog } from './testing/simulated-log.ts';

const rulesOf = (chunkEvents = 7, skipContaining: readonly string[] = []): Markers & ReadingRules => ({
  ...createMarkers({ ...AUTO_MARKERS, skipContaining }),
  chunkEvents,
});

const PLAIN: Style = {
  flavour: 'mysql-5.6',
  log: 'binlog',
  baseName: 'bin',
  serverId: 1,
  rotateEvery: 5,
  padding: 0,
  firstTableId: 70,
  rowsEventsPerStatement: 1,
  annotates: false,
  compresses: false,
  endsByQuery: false,
};

const sideOf = (name: string, log: SimulatedLog, boundaries: Side['boundaries'] = []): Side => ({
  name,
  source: log.source,
  boundaries,
});

const marker = (number: number): History => ({
  kind: 'marker',
  text: markerStatement(1_700_000_000 + number, number, 'ab'),
});
const rows = (...tables: string[]): History => ({ kind: 'rows', tables });
const ran = (history: readonly History[], serverId = 1): readonly Ran[] =>
  history.map((item, index) => ({ item, serverId, sequence: index + 1 }));

const historyArbitrary = fc
  .array(
    fc.oneof(
      {
        arbitrary: fc.array(fc.constantFrom('app.a', 'app.b'), { minLength: 1, maxLength: 3 }).map((t) => rows(...t)),
        weight: 4,
      },
      {
        arbitrary: fc
          .array(fc.constantFrom('use `app`; INSERT INTO a VALUES (1)', "use `app`; UPDATE b SET x='BEGIN'"), {
            minLength: 1,
            maxLength: 2,
          })
          .map((texts): History => ({ kind: 'statements', texts })),
        weight: 2,
      },
      { arbitrary: fc.constant<History>({ kind: 'ddl', text: 'use `app`; CREATE TABLE c (x INT)' }), weight: 1 },
      { arbitrary: fc.constant<History>({ kind: 'marker', text: '' }), weight: 1 },
    ),
    { minLength: 1, maxLength: 40 },
  )
  .map((items) => items.map((item, index) => (item.kind === 'marker' ? marker(index) : item)));

const styleArbitrary = (flavours: readonly Style['flavour'][]): fc.Arbitrary<Style> =>
  fc.record({
    flavour: fc.constantFrom(...flavours),
    log: fc.constant<'binlog'>('binlog'),
    baseName: fc.constantFrom('bin', 'mysql-bin', 'x.y'),
    serverId: fc.integer({ min: 2, max: 9 }),
    rotateEvery: fc.integer({ min: 1, max: 9 }),
    padding: fc.integer({ min: 0, max: 9 }),
    firstTableId: fc.integer({ min: 1, max: 500 }),
    rowsEventsPerStatement: fc.integer({ min: 1, max: 3 }),
    annotates: fc.boolean(),
    compresses: fc.boolean(),
    endsByQuery: fc.boolean(),
  });

/** Both of one family: MySQL of two versions, or MariaDB twice. */
const pairArbitrary = fc.oneof(
  fc.tuple(styleArbitrary(['mysql-5.6', 'mysql-9']), styleArbitrary(['mysql-5.6', 'mysql-9'])),
  fc.tuple(styleArbitrary(['mariadb']), styleArbitrary(['mariadb'])),
  fc.tuple(styleArbitrary(['mysql-5.6', 'mysql-9']), styleArbitrary(['mariadb'])),
);

describe('correlate', () => {
  it('finds the place behind what the instance has, whatever the two logs look like; or says why not', async () => {
    await fc.assert(
      fc.asyncProperty(
        historyArbitrary,
        pairArbitrary,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 2, max: 30 }),
        fc.boolean(),
        fc.array(fc.nat(), { maxLength: 4 }),
        async (history, [styleA, styleB], cutA, cutB, chunk, strict, hints) => {
          const hasA = cutA % (history.length + 1);
          const hasB = cutB % (history.length + 1);
          const a = simulateLog(ran(history.slice(0, hasA)), styleA);
          const b = simulateLog(ran(history.slice(0, hasB)), styleB);
          const known = (log: SimulatedLog) =>
            hints.flatMap((hint) => log.places[hint % log.places.length]?.start ?? []);
          const outcome = await correlate(sideOf('a:1', a, known(a)), sideOf('b:2', b, known(b)), rulesOf(chunk), {
            end: null,
            strict,
          });
          const lastMarker = history.slice(0, hasA).findLastIndex((item) => item.kind === 'marker');
          if (lastMarker < 0) expect(outcome).toMatchObject({ kind: 'refused', code: 'no-marker' });
          else if (lastMarker >= hasB) expect(outcome).toMatchObject({ kind: 'refused', code: 'marker-missing' });
          else if (hasB < hasA) expect(outcome).toMatchObject({ kind: 'refused', code: 'behind' });
          else {
            expect(outcome).toMatchObject({ kind: 'matched', coordinates: b.places[hasA - 1]?.end });
            expect(outcome.kind === 'matched' && outcome.eventsMatched).toBeGreaterThan(0);
          }
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it('ends at the executed point of the relay logs, wherever the receiver is', async () => {
    await fc.assert(
      fc.asyncProperty(
        historyArbitrary,
        pairArbitrary,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 2, max: 30 }),
        async (history, [styleA, styleB], cutA, cutB, chunk) => {
          const received = 1 + (cutA % history.length);
          const executed = cutB % received;
          const a = simulateLog(ran(history.slice(0, received)), { ...styleA, log: 'relaylog' });
          const b = simulateLog(ran(history), styleB);
          const end = a.places[executed]?.start ?? a.end;
          const outcome = await correlate(sideOf('a:1', a), sideOf('b:2', b), rulesOf(chunk), { end, strict: false });
          const lastMarker = history.slice(0, executed).findLastIndex((item) => item.kind === 'marker');
          if (outcome.kind === 'matched') expect(outcome.coordinates).toEqual(b.places[executed - 1]?.end);
          else expect(outcome.code).toBe('no-marker');
          expect(outcome.kind).toBe(lastMarker < 0 ? 'refused' : 'matched');
        },
      ),
      { numRuns: 800 },
    );
  });

  it('refuses when either has a write that the other has not, unless its text is to be skipped', async () => {
    const local: History = { kind: 'statements', texts: ['use `app`; INSERT INTO heartbeat_local VALUES (1)'] };
    await fc.assert(
      fc.asyncProperty(
        historyArbitrary,
        pairArbitrary,
        fc.nat(),
        fc.boolean(),
        async (history, [styleA, styleB], at, isOnA) => {
          const first = history.findLastIndex((item) => item.kind === 'marker');
          fc.pre(first >= 0);
          const place = first + 1 + (at % (history.length - first));
          const longer: Ran[] = [...ran(history)];
          longer.splice(place, 0, { item: local, serverId: 77, sequence: 999 });
          const a = simulateLog(isOnA ? longer : ran(history), styleA);
          const b = simulateLog(isOnA ? ran(history) : longer, styleB);
          const sides = [sideOf('a:1', a), sideOf('b:2', b)] as const;
          const options = { end: null, strict: false };
          const skipping = await correlate(...sides, rulesOf(9, ['heartbeat_local']), options);
          const isLast = place === history.length;
          const last = b.places[isOnA ? history.length - 1 : isLast ? place - 1 : history.length];
          expect(skipping).toMatchObject({ kind: 'matched', coordinates: last?.end });
          const outcome = await correlate(...sides, rulesOf(9), options);
          // Behind the instance's end, the destination may have what it likes.
          if (!isOnA && isLast) expect(outcome).toMatchObject({ kind: 'matched', coordinates: last?.end });
          else expect(outcome).toMatchObject({ kind: 'refused', code: isOnA && isLast ? 'behind' : 'different' });
        },
      ),
      { numRuns: 500 },
    );
  });

  const correlateAll = (a: SimulatedLog, b: SimulatedLog): Promise<CorrelationOutcome> =>
    correlate(sideOf('a:1', a), sideOf('b:2', b), rulesOf(), { end: null, strict: false });

  it('names both events when they differ', async () => {
    const a = simulateLog(ran([marker(1), rows('app.a')]), PLAIN);
    const b = simulateLog(ran([marker(1), rows('app.b')]), PLAIN);
    const outcome = await correlateAll(a, b);
    expect(outcome.kind === 'refused' && outcome.reason).toMatch(
      /a:1 has "write_rows app\.a" at bin\.000001:\d+, but b:2 has "write_rows app\.b" at bin\.000001:\d+/,
    );
  });

  it('tells equal rows of different writers, and of different GTIDs, apart', async () => {
    const history = [marker(1), rows('app.a')];
    const a = simulateLog(ran(history), PLAIN);
    const other = ran(history).map((entry, index) => (index === 1 ? { ...entry, serverId: 2 } : entry));
    expect(await correlateAll(a, simulateLog(other, PLAIN))).toMatchObject({
      code: 'different',
      reason: expect.stringMatching(/server id 1, the other by 2/),
    });
    const mariadb: Style = { ...PLAIN, flavour: 'mariadb' };
    const shifted = ran(history).map((entry, index) => (index === 1 ? { ...entry, sequence: 9 } : entry));
    expect(await correlateAll(simulateLog(ran(history), mariadb), simulateLog(shifted, mariadb))).toMatchObject({
      code: 'different',
      reason: expect.stringMatching(/GTID 0-1-2, the other 0-1-9/),
    });
  });

  it('refuses a position inside a transaction, and takes one between two', async () => {
    const history = [marker(1), rows('app.a', 'app.b'), rows('app.a')];
    const [a, b] = [simulateLog(ran(history), PLAIN), simulateLog(ran(history), { ...PLAIN, padding: 3 })];
    const inside = { kind: 'binlog' as const, file: 'bin.000001', position: (a.places[1]?.start.position ?? 0) + 30 };
    const at = (end: typeof inside | undefined) =>
      correlate(sideOf('a:1', a), sideOf('b:2', b), rulesOf(), { end: end ?? null, strict: false });
    expect(await at(inside)).toMatchObject({ kind: 'refused', code: 'inside' });
    expect(await at(a.places[1]?.end as typeof inside)).toMatchObject({
      kind: 'matched',
      coordinates: b.places[1]?.end,
    });
  });

  it('counts what was executed of a transaction that a replica of MySQL 5.6 has committed in parts', async () => {
    const whole = ran([marker(1), rows('app.a', 'app.b')]);
    const relay = simulateLog(whole, { ...PLAIN, log: 'relaylog' });
    const events = await relay.source.read('bin.000001', null, 100);
    const end = { kind: 'relaylog' as const, file: 'bin.000001', position: events.at(-3)?.position ?? 0 };
    expect(events.at(-3)?.type).toBe('Table_map');
    const below = (log: SimulatedLog, at: Parameters<typeof correlate>[3]['end']) =>
      correlate(sideOf('a:1', relay), sideOf('b:2', log), rulesOf(), { end: at, strict: false });
    const inParts = simulateLog(ran([marker(1), rows('app.a'), rows('app.b')]), PLAIN);
    expect(await below(inParts, end)).toMatchObject({ kind: 'matched', coordinates: inParts.places[1]?.end });
    expect(await below(inParts, relay.end)).toMatchObject({ kind: 'matched', coordinates: inParts.places[2]?.end });
    expect(await below(simulateLog(whole, PLAIN), end)).toMatchObject({
      kind: 'refused',
      code: 'inside',
      reason: expect.stringMatching(/a:1 ends inside a transaction of b:2, which goes on: .*write_rows app\.b/),
    });
  });

  it('leaves the search early when entries ascend, and does not when strict', async () => {
    const items = Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? marker(index) : rows('app.a')));
    const a = simulateLog(ran([...items.slice(0, 9), marker(1_000)]), PLAIN);
    const b = simulateLog(ran(items), { ...PLAIN, rotateEvery: 10 });
    // a's newest entry is newer than all of b's: after b's newest file nothing older can hold it.
    const early = await correlateAll(a, b);
    expect(early).toMatchObject({ code: 'marker-missing' });
    const readEarly = b.eventsRead();
    await correlate(sideOf('a:1', a), sideOf('b:2', b), rulesOf(), { end: null, strict: true });
    expect(b.eventsRead() - readEarly).toBeGreaterThan(readEarly * 3);
  });
});
