import { type BinlogCoordinates, compareCoordinates } from '../../model/coordinates.ts';
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
import type { Instance, ReplicationStatus } from '../../model/instance.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import { type Progress, progressOf } from '../../model/received.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { FailoverInput } from '../failover/input.ts';
import { readsFailedLog } from '../failover/readers.ts';

/** Readings closer together than this are of the same moment: what is missing may be on its way. */
const SAME_MOMENT_MS = 200;

interface Reading {
  readonly name: string;
  readonly instance: Instance;
  readonly seenAtMs: number;
  readonly progress: Progress;
  /** How far it has the primary's log; the primary itself: where that ends. null: it reads another one. */
  readonly place: BinlogCoordinates | null;
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
  const of = { failed: input.failed, records: asRead };
  const readings = asRead.flatMap((record) => readingOf(record, of) ?? []);
  const known = [...readings, ...earlier.flatMap((record) => readingOf(record, of) ?? [])];
  const hadBefore = historyOf(known);
  const replicas = readings.filter(({ name }) => input.family.has(name) && input.fresh.has(name));
  const all = withinReach(unionOf(replicas), replicas);
  const levelled = new Map<string, Received>();
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
  readonly place: BinlogCoordinates | null;
  readonly oracle: GtidSet;
  readonly mariadb: GtidPosition;
}

/** What a replica has received, in the terms in which it replicates. */
type Received = Partial<Pick<ReplicationStatus, 'receivedGtid' | 'readCoordinates'>>;

const NOTHING: Together = { place: null, oracle: EMPTY_GTID_SET, mariadb: EMPTY_GTID_POSITION };

const unionOf = (readings: readonly Reading[]): Together => readings.reduce(withReading, NOTHING);

/** MariaDB: positions of replicas that went apart add up to what none of them will ever have; then nothing is evened out. */
function withinReach(all: Together, replicas: readonly Reading[]): Together {
  const isHad = replicas.some(
    ({ progress }) => progress.kind === 'mariadb' && containsPosition(progress.complete, all.mariadb),
  );
  return isHad ? all : { ...all, mariadb: EMPTY_GTID_POSITION };
}

function withReading(before: Together, { progress, errant, place }: Reading): Together {
  const all = { ...before, place: isPast(place, before.place) ? place : before.place };
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

/** The first is further on; null is nowhere. */
const isPast = (one: BinlogCoordinates | null, other: BinlogCoordinates | null): boolean =>
  one !== null && (other === null || compareCoordinates(one, other) > 0);

type LogOf = Pick<FailoverInput, 'failed' | 'records'>;

/** In the failed primary's log; null for one that does not go by places. */
function placeOf(instance: Instance, progress: Progress, of: LogOf): BinlogCoordinates | null {
  if (sameKey(instance.key, of.failed)) return instance.ownCoordinates;
  if (progress.kind === 'oracle' || progress.kind === 'mariadb') return null;
  if (instance.replication === null || !readsFailedLog(instance, of)) return null;
  const { readCoordinates: read, executedCoordinates: executed } = instance.replication;
  return isPast(executed, read) ? executed : read;
}

function readingOf({ key, instance, check, position }: ServerRecord, of: LogOf): Reading | null {
  if (instance === null || check.lastSeenAtMs === null) return null;
  const progress = progressOf(instance);
  const errant = parseGtidSet(progress.kind === 'oracle' ? position.errantGtid : '');
  const place = placeOf(instance, progress, of);
  return { name: formatKey(key), instance, seenAtMs: check.lastSeenAtMs, progress, place, errant };
}

function hasAllOf({ progress, place }: Reading, all: Together): boolean {
  if (progress.kind === 'oracle') return containsGtidSet(progress.complete, all.oracle);
  if (progress.kind === 'mariadb') return containsPosition(progress.complete, all.mariadb);
  return place !== null && !isPast(all.place, place);
}

/** What it has received once it has got what the others have; null when nothing is missing, or nobody can tell. */
function receivedByNow(one: Reading, all: Together): Received | null {
  if (hasAllOf(one, all)) return null;
  const { progress, place } = one;
  if (progress.kind === 'oracle') return { receivedGtid: formatGtidSet(unionGtidSets(progress.received, all.oracle)) };
  if (progress.kind === 'mariadb') return { receivedGtid: formatGtidPosition(all.mariadb) };
  return place === null || all.place === null ? null : { readCoordinates: all.place };
}

function withReceived(record: ServerRecord, levelled: ReadonlyMap<string, Received>): ServerRecord {
  const received = levelled.get(formatKey(record.key));
  const { instance } = record;
  if (received === undefined || instance?.replication == null) return record;
  return { ...record, instance: { ...instance, replication: { ...instance.replication, ...received } } };
}
