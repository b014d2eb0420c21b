import {
  containsPosition,
  EMPTY_GTID_POSITION,
  formatGtidPosition,
  type GtidPosition,
  unionPositions,
} from '../../model/gtid-position.ts';
import {
  containsGtidSet,
  EMPTY_GTID_SET,
  formatGtidSet,
  type GtidSet,
  parseGtidSet,
  subtractGtidSets,
  unionGtidSets,
} from '../../model/gtid-set.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';
import { type Progress, progressOf } from '../../model/received.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { FailoverInput } from '../failover/input.ts';

/** Readings closer together than this are of the same moment: what is missing may be on its way. */
const SAME_MOMENT_MS = 200;

interface Reading {
  readonly name: string;
  readonly instance: Instance;
  readonly seenAtMs: number;
  readonly progress: Progress;
  /** What it has but its source never had, so that no other replica will get it. */
  readonly errant: GtidSet;
}

/**
 * Replicas are read one after another while the primary writes, so that the one read last seems to be ahead. A replica whose
 * receiver ran, and that lacks nothing which anybody was known to have well before it was read itself, is taken to have by now
 * what the others have. One that lacks what was there before is behind indeed, and stays so.
 *
 * @param asRead the same records before the death was imagined: they tell whose receiver ran.
 * @param earlier the readings before the last ones, as far as they are remembered: servers that are polled one right after the
 * other would never be known to have had anything well before.
 */
export function levelReadings(
  input: FailoverInput,
  asRead: readonly ServerRecord[],
  earlier: readonly ServerRecord[],
): FailoverInput {
  const readings = asRead.flatMap((record) => readingOf(record) ?? []);
  const known = [...readings, ...earlier.flatMap((record) => readingOf(record) ?? [])];
  const hadBefore = historyOf(known);
  const replicas = readings.filter(({ name }) => input.family.has(name) && input.fresh.has(name));
  const all = withinReach(unionOf(replicas), replicas);
  const levelled = new Map<string, string>();
  for (const one of replicas) {
    if (one.instance.replication?.receiver.state !== 'running') continue;
    if (!hasAllOf(one, hadBefore(one.seenAtMs - SAME_MOMENT_MS))) continue;
    const received = receivedByNow(one, all);
    if (received !== null) levelled.set(one.name, received);
  }
  if (levelled.size === 0) return input;
  return { ...input, records: input.records.map((record) => withReceived(record, levelled)) };
}

/** What some servers have together, without what only one of them ever will. */
interface Together {
  readonly oracle: GtidSet;
  readonly mariadb: GtidPosition;
}

const NOTHING: Together = { oracle: EMPTY_GTID_SET, mariadb: EMPTY_GTID_POSITION };

const unionOf = (readings: readonly Reading[]): Together => readings.reduce(withReading, NOTHING);

/** MariaDB: positions of replicas that went apart add up to what none of them will ever have; then nothing is evened out. */
function withinReach(all: Together, replicas: readonly Reading[]): Together {
  const isHad = replicas.some(
    ({ progress }) => progress.kind === 'mariadb' && containsPosition(progress.complete, all.mariadb),
  );
  return isHad ? all : { ...all, mariadb: EMPTY_GTID_POSITION };
}

function withReading(all: Together, { progress, errant }: Reading): Together {
  if (progress.kind === 'oracle')
    return { ...all, oracle: unionGtidSets(all.oracle, subtractGtidSets(progress.complete, errant)) };
  if (progress.kind !== 'mariadb') return all;
  return { ...all, mariadb: unionPositions(all.mariadb, progress.complete) };
}

/** What anybody was known to have at a time, epoch milliseconds. */
function historyOf(readings: readonly Reading[]): (atMs: number) => Together {
  let all = NOTHING;
  const steps = readings
    .toSorted((a, b) => a.seenAtMs - b.seenAtMs)
    .map((reading) => {
      all = withReading(all, reading);
      return { fromMs: reading.seenAtMs, all };
    });
  return (atMs) => steps.findLast(({ fromMs }) => fromMs <= atMs)?.all ?? NOTHING;
}

function readingOf({ key, instance, check, position }: ServerRecord): Reading | null {
  if (instance === null || check.lastSeenAtMs === null) return null;
  const progress = progressOf(instance);
  const errant = parseGtidSet(progress.kind === 'oracle' ? position.errantGtid : '');
  return { name: formatKey(key), instance, seenAtMs: check.lastSeenAtMs, progress, errant };
}

function hasAllOf({ progress }: Reading, { oracle, mariadb }: Together): boolean {
  if (progress.kind === 'oracle') return containsGtidSet(progress.complete, oracle);
  return progress.kind === 'mariadb' && containsPosition(progress.complete, mariadb);
}

/** What it has received once it has got what the others have, as text; null when nothing is missing, or nobody can tell. */
function receivedByNow({ progress }: Reading, { oracle, mariadb }: Together): string | null {
  if (progress.kind === 'oracle')
    return containsGtidSet(progress.complete, oracle) ? null : formatGtidSet(unionGtidSets(progress.received, oracle));
  if (progress.kind !== 'mariadb' || containsPosition(progress.complete, mariadb)) return null;
  return formatGtidPosition(mariadb);
}

function withReceived(record: ServerRecord, levelled: ReadonlyMap<string, string>): ServerRecord {
  const receivedGtid = levelled.get(formatKey(record.key));
  const { instance } = record;
  if (receivedGtid === undefined || instance?.replication == null) return record;
  return { ...record, instance: { ...instance, replication: { ...instance.replication, receivedGtid } } };
}
