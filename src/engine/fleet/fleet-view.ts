import { matchesClusterFilters } from '../../model/cluster-filters.ts';
import { type ControlReplicaSettings, controlReplicas, greatestLagSeconds } from '../../model/control-replicas.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { groupBy } from '../basis/group-by.ts';
import type { ClusterSummary, FleetView } from '../use-cases.ts';
import type { Fleet } from './fleet.ts';

export interface ClusterFilterSettings extends ControlReplicaSettings {
  readonly recoverPrimaryClusterFilters: readonly string[];
  readonly recoverIntermediateClusterFilters: readonly string[];
}

/** The moment that the fleet shows now; stays as it is while the fleet goes on. */
export function fleetView(fleet: Fleet, settings: ClusterFilterSettings): FleetView {
  const records = fleet.records();
  const version = fleet.version();
  const byKey = new Map(records.map((record) => [`${record.key.hostname}:${record.key.port}`, record]));
  let byCluster: Map<string, ServerRecord[]> | null = null;
  const clusters = (): Map<string, ServerRecord[]> => {
    byCluster ??= groupBy(records, ({ position }) => position.clusterName);
    return byCluster;
  };
  return {
    version,
    records,
    recordOf: (key) => byKey.get(`${key.hostname}:${key.port}`) ?? null,
    recordsOfCluster: (clusterName) => clusters().get(clusterName) ?? [],
    clusters: () =>
      [...clusters()]
        .map(([clusterName, members]) => summaryOf(clusterName, members, settings))
        .sort((a, b) => (a.clusterName < b.clusterName ? -1 : 1)),
  };
}

function summaryOf(
  clusterName: string,
  members: readonly ServerRecord[],
  settings: ClusterFilterSettings,
): ClusterSummary {
  const { clusterAlias = clusterName, clusterDomain = '' } = members[0]?.position ?? {};
  const identity = { clusterName, alias: clusterAlias };
  return {
    clusterName,
    clusterAlias,
    clusterDomain,
    countInstances: members.length,
    heuristicLagSeconds: greatestLagSeconds(controlReplicas(members, settings)),
    hasAutomatedPrimaryRecovery: matchesClusterFilters(settings.recoverPrimaryClusterFilters, identity),
    hasAutomatedIntermediateRecovery: matchesClusterFilters(settings.recoverIntermediateClusterFilters, identity),
  };
}
