import type { InstanceKey } from '../model/instance-key.ts';
import { compareKeys, formatKey } from '../model/instance-key.ts';
import type { ServerRecord } from '../model/server-record.ts';
import { isLastCheckValid, isPrimaryRecord } from '../model/server-record.ts';
import type { AnalysisView } from './analysis-entry.ts';
import type { ViewContext } from './analysis-settings.ts';
import { isFailingToConnect } from './failing-to-connect.ts';
import { countReplicas, isDowntimedAt } from './replica-counts.ts';

const NO_SOURCE: InstanceKey = { hostname: '', port: 0 };

/**
 * One view per server that is not in maintenance, primaries first, then the primary whose name the cluster bears, then
 * by number of replicas (historic order; ties by key). A server that was never read (instance null) is seen as an
 * unreachable primary with the replicas that name it, as a placeholder row always was.
 * @param records everything known, at least the servers of interest and all their direct replicas.
 */
export function buildViews(records: readonly ServerRecord[], context: ViewContext): AnalysisView[] {
  const replicas = replicasBySource(records);
  return records
    .filter((record) => !record.intent.inMaintenance)
    .map((record) => buildView(record, replicas.get(formatKey(record.key)) ?? [], context))
    .sort(compareViews);
}

function replicasBySource(records: readonly ServerRecord[]): ReadonlyMap<string, readonly ServerRecord[]> {
  const bySource = new Map<string, ServerRecord[]>();
  for (const record of records) {
    const source = record.instance?.replication?.source;
    if (source === undefined) continue;
    const name = formatKey(source);
    const siblings = bySource.get(name);
    if (siblings === undefined) bySource.set(name, [record]);
    else siblings.push(record);
  }
  return bySource;
}

function buildView(record: ServerRecord, replicas: readonly ServerRecord[], context: ViewContext): AnalysisView {
  const { key, instance, position, check, intent } = record;
  const { nowMs, settings, staleCoordinates } = context;
  const group = instance?.group ?? null;
  const semiSync = instance?.semiSync;
  const isDowntimed = isDowntimedAt(record, nowMs);
  return {
    key,
    sourceKey: instance?.replication?.source ?? NO_SOURCE,
    clusterName: position.clusterName,
    clusterAlias: position.clusterAlias || position.clusterName,
    clusterDomain: position.clusterDomain || position.clusterName,
    dataCenter: instance?.classification.dataCenter ?? '',
    region: instance?.classification.region ?? '',
    physicalEnvironment: instance?.classification.physicalEnvironment ?? '',
    ownCoordinates: instance?.ownCoordinates ?? null,
    isPrimary: isPrimaryRecord(record),
    isClusterPrimary: position.clusterName === formatKey(key),
    isGroupMember: group !== null && group.groupName !== '' && group.memberState !== 'OFFLINE',
    isCoPrimary: position.isCoPrimary || replicas.some((replica) => replica.position.isCoPrimary),
    isReadOnly: instance?.isReadOnly ?? false,
    isBinlogServer: instance?.isBinlogServer ?? false,
    lastCheckValid: isLastCheckValid(check, settings),
    lastCheckPartialSuccess: check.lastCheckPartialSuccess,
    depth: position.depth,
    replicas: replicas.map((replica) => replica.key).sort(compareKeys),
    ...countReplicas(replicas, nowMs, settings.reasonableReplicationLagSeconds),
    hasPseudoGtid: instance?.pseudoGtid ?? false,
    isFailingToConnectToSource: instance !== null && isFailingToConnect(instance),
    semiSyncSourceEnabled: semiSync?.sourceEnabled ?? false,
    semiSyncSourceActive: semiSync?.sourceActive ?? false,
    semiSyncWaitForReplicaCount: semiSync?.waitForReplicaCount ?? 0,
    semiSyncConnectedReplicas: semiSync?.connectedReplicas ?? 0,
    hasStaleCoordinates: staleCoordinates.has(formatKey(key)),
    gtidMode: instance?.gtidMode ?? '',
    isDowntimed,
    downtimeEndAtMs: isDowntimed ? (intent.downtime?.endAtMs ?? null) : null,
  };
}

function compareViews(a: AnalysisView, b: AnalysisView): number {
  return (
    Number(b.isPrimary) - Number(a.isPrimary) ||
    Number(b.isClusterPrimary) - Number(a.isClusterPrimary) ||
    b.countReplicas - a.countReplicas ||
    compareKeys(a.key, b.key)
  );
}
