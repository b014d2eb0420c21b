import { compareCoordinates } from '../../../model/coordinates.ts';
import { isReplicating } from '../../../model/instance.ts';
import { formatKey, type InstanceKey, sameKey } from '../../../model/instance-key.ts';
import { isPrimaryRecord, replicasOf, type ServerRecord } from '../../../model/server-record.ts';
import type { OperationRequest } from '../../operations/request.ts';
import type { Objection } from '../../plan.ts';
import { usesGtid } from '../../steps/flavour.ts';
import { type CrossingSettings, crossing } from './crossing.ts';

/** The configuration as far as re-homing depends on it. */
export interface HomesSettings extends CrossingSettings {
  /** PromotionIgnoreHostnameFilters, matched against host:port. */
  isPromotionIgnored(key: InstanceKey): boolean;
}

/** All that is looked at; read just before. */
export interface HomesInput {
  /** The source that is dead, or that its replicas cannot reach. */
  readonly failed: ServerRecord;
  readonly records: readonly ServerRecord[];
  /** Servers of its cluster, as far as they are known. */
  readonly members: readonly InstanceKey[];
  /** host:port of those that answered just now. */
  readonly fresh: ReadonlySet<string>;
  /** Deposed primaries: host:port → who replaced it. */
  readonly successors: ReadonlyMap<string, InstanceKey>;
  readonly settings: HomesSettings;
}

/**
 * One way to give the replicas of a dead intermediate source a home, to be tried in the order of the plans (historic names): A below
 * a sibling of the dead one near it, B below one of themselves, C below a sibling elsewhere, D below the source above the dead one. G:
 * below another member of its group (group-homes.ts).
 */
export interface Home {
  readonly plan: 'A' | 'B' | 'C' | 'D' | 'G';
  readonly request: OperationRequest;
  /** null: one of the replicas themselves, the regrouping chooses it. */
  readonly home: InstanceKey | null;
  /** One sentence. */
  readonly why: string;
}

/** So many siblings are tried one after another, in each of the plans A and C. */
const SIBLINGS_TRIED = 3;

export interface Homes {
  readonly attempts: readonly Home[];
  /** Servers that were considered, and the rule that refused each. */
  readonly objections: readonly Objection[];
}

/**
 * Where the replicas of a dead intermediate source may go. Whoever is elsewhere is left out before anything moves
 * (PreventCrossDataCenterMasterFailover, PreventCrossRegionMasterFailover); upwards as many connections may cross as did before: one.
 */
export function chooseHomes(input: HomesInput): Homes {
  const { failed } = input;
  const name = formatKey(failed.key);
  const replicas = replicasOf(failed.key, input.records).filter(({ key }) => input.fresh.has(formatKey(key)));
  const judged = siblingsOf(input).map((record) => ({ record, objection: objectionTo(record, input) }));
  const siblings = judged.flatMap(({ record, objection }) => (objection === null ? [record] : []));
  const near = siblings.filter((one) => isNear(one, failed)).toSorted(byPreference(input));
  const far = siblings.filter((one) => !isNear(one, failed)).toSorted(byPreference(input));
  // The first may be refused by what the operation itself looks at, or not let the replicas in.
  const below = (plan: 'A' | 'C', among: readonly ServerRecord[], where: string): Home[] =>
    among
      .slice(0, SIBLINGS_TRIED)
      .map(({ key }) => relocation(plan, failed, key, `${formatKey(key)}, a sibling of ${name} ${where}`));
  const regroup: Home = {
    plan: 'B',
    request: { kind: 'regroup-replicas', instance: failed.key, destination: null },
    home: null,
    why: `the replicas of ${name} go below the one of them that suits best`,
  };
  const above = sourceAbove(input);
  return {
    attempts: [
      ...below('A', near, 'in its data centre'),
      ...(replicas.length > 1 ? [regroup] : []),
      ...below('C', far, 'in another data centre'),
      ...(above === null ? [] : [relocation('D', failed, above.key, `${formatKey(above.key)}, above ${name}`)]),
    ],
    objections: judged.flatMap(({ objection }) => objection ?? []),
  };
}

/** All replicas of the failed server go there; `where` says who it is. */
export const relocation = (plan: Home['plan'], failed: ServerRecord, home: InstanceKey, where: string): Home => ({
  plan,
  request: { kind: 'relocate-replicas', instance: failed.key, destination: home },
  home,
  why: `the replicas of ${formatKey(failed.key)} go below ${where}`,
});

/**
 * The nearest server above that answers; where a source was deposed, whoever replaced it; the cluster's primary, where nobody knows
 * what the failed server followed (our memory of it is gone). null: none is known.
 */
export function sourceAbove({ failed, records, members, fresh, successors }: HomesInput): ServerRecord | null {
  if (failed.instance === null) {
    const isMember = ({ key }: ServerRecord): boolean => members.some((one) => sameKey(one, key));
    const heads = records.filter((one) => isMember(one) && fresh.has(formatKey(one.key)) && isPrimaryRecord(one));
    return heads.length === 1 ? (heads[0] ?? null) : null;
  }
  const seen = new Set<string>([formatKey(failed.key)]);
  let key: InstanceKey | undefined = failed.instance.replication?.source;
  while (key !== undefined && !seen.has(formatKey(key))) {
    const at: InstanceKey = key;
    seen.add(formatKey(at));
    const successor = successors.get(formatKey(at));
    const record = records.find((one) => sameKey(one.key, at));
    if (successor === undefined && record !== undefined && fresh.has(formatKey(at))) return record;
    key = successor ?? record?.instance?.replication?.source;
  }
  return null;
}

/** The other replicas of the dead server's source. */
export function siblingsOf({ failed, records }: Pick<HomesInput, 'failed' | 'records'>): readonly ServerRecord[] {
  const source = failed.instance?.replication?.source;
  return source === undefined ? [] : replicasOf(source, records).filter(({ key }) => !sameKey(key, failed.key));
}

/** Why a sibling cannot take the replicas; null when it can. Historic rules. */
function objectionTo({ key, instance, intent }: ServerRecord, input: HomesInput): Objection | null {
  const name = formatKey(key);
  const failed = input.failed.instance;
  const no = (rule: string, why: string): Objection => ({ subject: name, rule, explanation: `${name} ${why}` });
  if (instance === null || !input.fresh.has(name)) return no('not-valid', 'does not answer');
  if (!instance.binlogEnabled) return no('no-binary-log', 'has no binary log (log_bin is off)');
  if (!instance.logsReplicaUpdates && !instance.isBinlogServer)
    return no('no-replica-updates', 'does not log what it applies (log_replica_updates)');
  if (!instance.isBinlogServer && !isReplicating(instance)) return no('not-replicating', 'does not replicate itself');
  if (intent.downtime !== null || intent.inMaintenance) return no('out-of-service', 'is downtimed or in maintenance');
  if (intent.promotionRule === 'must_not') return no('must-not', 'is registered as must_not');
  if (input.settings.isPromotionIgnored(key)) return no('ignored', 'matches PromotionIgnoreHostnameFilters');
  if (failed === null) return null;
  if (instance.replication?.hasFilters !== failed.replication?.hasFilters)
    return no('filters', `does not have the replication filters of ${formatKey(failed.key)}`);
  if (instance.isBinlogServer !== failed.isBinlogServer)
    return no('binlog-server', `and ${formatKey(failed.key)} are not both binlog servers`);
  const place = instance.replication?.executedCoordinates;
  const itsPlace = failed.replication?.executedCoordinates;
  const isBehind = place !== undefined && itsPlace !== undefined && compareCoordinates(place, itsPlace) < 0;
  if (isBehind && !usesGtid(instance)) return no('behind', `has not come as far as ${formatKey(failed.key)} had`);
  const crosses = crossing(failed, instance, input.settings);
  return crosses === null ? null : no('elsewhere', crosses);
}

const isNear = ({ instance }: ServerRecord, failed: ServerRecord): boolean =>
  instance?.classification.dataCenter === failed.instance?.classification.dataCenter;

/** Sorts: who is not delayed; candidates where the dead one stood, candidates, servers where it stood; then who has most replicas. */
export function byPreference(input: HomesInput): (a: ServerRecord, b: ServerRecord) => number {
  const { failed, records } = input;
  const isSamePlace = (one: ServerRecord): boolean =>
    isNear(one, failed) &&
    one.instance?.classification.physicalEnvironment === failed.instance?.classification.physicalEnvironment;
  const isDelayed = ({ instance }: ServerRecord): number => ((instance?.replication?.delaySeconds ?? 0) > 0 ? 1 : 0);
  const rank = (one: ServerRecord): number => (one.intent.isCandidate ? 2 : 0) + (isSamePlace(one) ? 1 : 0);
  const count = ({ key }: ServerRecord): number => replicasOf(key, records).length;
  return (a, b) =>
    isDelayed(a) - isDelayed(b) ||
    rank(b) - rank(a) ||
    count(b) - count(a) ||
    (formatKey(a.key) < formatKey(b.key) ? -1 : 1);
}
