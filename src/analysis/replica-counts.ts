import type { Instance } from '../model/instance.ts';
import { isReplicating, usesMariadbGtid, usesOracleGtid } from '../model/instance.ts';
import type { ServerRecord } from '../model/server-record.ts';
import { majorVersion } from '../model/version.ts';
import type { AnalysisView } from './analysis-entry.ts';
import { isFailingToConnect } from './failing-to-connect.ts';

/** The part of a view that is counted over the direct replicas. */
export type ReplicaCounts = Pick<
  AnalysisView,
  | 'countReplicas'
  | 'countValidReplicas'
  | 'countValidReplicatingReplicas'
  | 'countReplicasFailingToConnect'
  | 'countDowntimedReplicas'
  | 'countLaggingReplicas'
  | 'countDelayedReplicas'
  | 'countLoggingReplicas'
  | 'countStatementBasedLoggingReplicas'
  | 'countMixedBasedLoggingReplicas'
  | 'countRowBasedLoggingReplicas'
  | 'countDistinctMajorVersionsLoggingReplicas'
  | 'countValidOracleGtidReplicas'
  | 'countValidMariadbGtidReplicas'
  | 'countValidBinlogServerReplicas'
  | 'countSemiSyncReplicasEnabled'
  | 'minReplicaGtidMode'
  | 'maxReplicaGtidMode'
  | 'maxReplicaGtidErrant'
>;

/** A replica is judged by its last completed check alone; that an attempt hangs counts only for the analysed server itself. */
function isValidReplica({ check }: ServerRecord): boolean {
  if (check.lastSeenAtMs === null) return false;
  return check.lastCheckedAtMs === null || check.lastCheckedAtMs <= check.lastSeenAtMs;
}

/** True while a downtime has not run out. */
export const isDowntimedAt = (record: ServerRecord, nowMs: number): boolean =>
  record.intent.downtime !== null && record.intent.downtime.endAtMs > nowMs;

/**
 * Counts over a server's direct replicas (symbols R, VR, VRR, FC, LAG, DELAYED, LOGGING … of the historic analysis).
 * @param replicas records whose default channel follows the server; each has a reading.
 */
export function countReplicas(
  replicas: readonly ServerRecord[],
  nowMs: number,
  reasonableReplicationLagSeconds: number,
): ReplicaCounts {
  const all = replicas.flatMap((record) => (record.instance === null ? [] : [{ record, instance: record.instance }]));
  const valid = all.filter(({ record }) => isValidReplica(record)).map(({ instance }) => instance);
  const logging = all.map(({ instance }) => instance).filter((one) => one.binlogEnabled && one.logsReplicaUpdates);
  const loggingAs = (format: string) => count(logging, (one) => one.binlogFormat.toUpperCase() === format);
  const gtidModes = all.map(({ instance }) => instance.gtidMode).sort();
  const errant = all.map(({ record }) => (isDowntimedAt(record, nowMs) ? '' : record.position.errantGtid)).sort();
  return {
    countReplicas: replicas.length,
    countValidReplicas: valid.length,
    countValidReplicatingReplicas: count(valid, isReplicating),
    countReplicasFailingToConnect: count(valid, isFailingToConnect),
    countDowntimedReplicas: count(replicas, (record) => isDowntimedAt(record, nowMs)),
    countLaggingReplicas: count(all, ({ instance }) => (instance.lagSeconds ?? 0) > reasonableReplicationLagSeconds),
    countDelayedReplicas: count(all, ({ instance }) => (instance.replication?.delaySeconds ?? 0) > 0),
    countLoggingReplicas: logging.length,
    countStatementBasedLoggingReplicas: loggingAs('STATEMENT'),
    countMixedBasedLoggingReplicas: loggingAs('MIXED'),
    countRowBasedLoggingReplicas: loggingAs('ROW'),
    countDistinctMajorVersionsLoggingReplicas: new Set(logging.map((one) => majorVersion(one.version))).size,
    countValidOracleGtidReplicas: count(valid, usesOracleGtid),
    countValidMariadbGtidReplicas: count(valid, usesMariadbGtid),
    countValidBinlogServerReplicas: count(valid, (one: Instance) => one.isBinlogServer),
    countSemiSyncReplicasEnabled: count(valid, (one: Instance) => one.semiSync.replicaEnabled),
    minReplicaGtidMode: gtidModes.at(0) ?? '',
    maxReplicaGtidMode: gtidModes.at(-1) ?? '',
    maxReplicaGtidErrant: errant.at(-1) ?? '',
  };
}

const count = <Item>(items: readonly Item[], holds: (item: Item) => boolean): number => items.filter(holds).length;
