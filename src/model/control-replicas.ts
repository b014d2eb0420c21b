import type { Instance } from './instance.ts';
import { isReplicating } from './instance.ts';
import { compareKeys, formatKey } from './instance-key.ts';
import { type FreshnessSettings, isLastCheckValid, isPrimaryRecord, type ServerRecord } from './server-record.ts';

/** Replicas of each data centre, and of each chosen intermediate source, that are worth watching. */
const CHOSEN_OF_EACH = 2;
/** As deep as online schema changes look (historic). */
const DEEPEST = 3;

export interface ControlReplicaSettings extends FreshnessSettings {
  /** OSCIgnoreHostnameFilters: servers whose host:port matches one of these are left out. */
  readonly oscIgnoreHostnameFilters: readonly RegExp[];
}

type Answering = ServerRecord & { readonly instance: Instance };

/**
 * The replicas whose lag an online schema change should watch: of each data centre the two busiest below the primary, of
 * each of these the two busiest replicas, and of each data centre the two busiest at depth three. Busy is having many replicas;
 * among leaves the one further behind counts. Binlog servers, servers whose last check failed, and what
 * OSCIgnoreHostnameFilters matches are left out; delayed ones are not (historic behaviour).
 * @param members the servers of one cluster.
 */
export function controlReplicas(
  members: readonly ServerRecord[],
  settings: ControlReplicaSettings,
): readonly ServerRecord[] {
  const usable = members
    .filter(isAnswering)
    .filter(
      ({ key, instance, check }) =>
        !instance.isBinlogServer &&
        isLastCheckValid(check, settings) &&
        !settings.oscIgnoreHostnameFilters.some((pattern) => pattern.test(formatKey(key))),
    )
    .sort(byBusyness);
  const atDepth = (depth: number): Answering[] => usable.filter(({ position }) => position.depth === depth);
  const first = busiestOfEach(atDepth(1), ({ instance }) => instance.classification.dataCenter);
  const below = first.flatMap((source) =>
    usable.filter(({ instance }) => followsOne(instance, source)).slice(0, CHOSEN_OF_EACH),
  );
  const third = busiestOfEach(atDepth(DEEPEST), ({ instance }) => instance.classification.dataCenter);
  return [...new Map([...first, ...below, ...third].map((one) => [formatKey(one.key), one])).values()];
}

/**
 * The replicas that gh-ost can work on: row based, with binary log and replica updates in it, answering; those with fewest
 * replicas first, of these the deepest (historic behaviour).
 */
export const ghostReplicas = (members: readonly ServerRecord[], settings: FreshnessSettings): readonly ServerRecord[] =>
  members
    .filter(isAnswering)
    .filter(
      ({ instance, check, position }) =>
        position.depth > 0 &&
        instance.binlogFormat === 'ROW' &&
        instance.binlogEnabled &&
        instance.logsReplicaUpdates &&
        !instance.isBinlogServer &&
        isLastCheckValid(check, settings),
    )
    .sort(
      (a, b) =>
        a.position.replicas.length - b.position.replicas.length ||
        b.position.depth - a.position.depth ||
        compareKeys(a.key, b.key),
    );

/** Servers of a pool that can be counted on: answering, and replicating unless they are the primary. */
export const healthyMembers = (
  members: readonly ServerRecord[],
  settings: FreshnessSettings,
): readonly ServerRecord[] =>
  members
    .filter(isAnswering)
    .filter(
      (record) =>
        isLastCheckValid(record.check, settings) && (isPrimaryRecord(record) || isReplicating(record.instance)),
    );

/** The greatest lag that is known among the servers, in seconds; 0 when none is known. */
export const greatestLagSeconds = (records: readonly ServerRecord[]): number =>
  Math.max(0, ...records.map(({ instance }) => instance?.lagSeconds ?? 0));

const isAnswering = (record: ServerRecord): record is Answering => record.instance !== null;

const followsOne = (instance: Instance, { key }: Answering): boolean => {
  const source = instance.replication?.source;
  return source !== undefined && formatKey(source) === formatKey(key);
};

const byBusyness = (a: Answering, b: Answering): number =>
  b.position.replicas.length - a.position.replicas.length ||
  (b.instance.lagSeconds ?? 0) - (a.instance.lagSeconds ?? 0) ||
  compareKeys(a.key, b.key);

/** The first of each group of a sorted list, in the order of the list. */
function busiestOfEach(sorted: readonly Answering[], groupOf: (one: Answering) => string): readonly Answering[] {
  const counts = new Map<string, number>();
  return sorted.filter((one) => {
    const count = (counts.get(groupOf(one)) ?? 0) + 1;
    counts.set(groupOf(one), count);
    return count <= CHOSEN_OF_EACH;
  });
}
