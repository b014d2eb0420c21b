import { matchesClusterFilters } from '../../model/cluster-filters.ts';
import { type ControlReplicaSettings, controlReplicas, greatestLagSeconds } from '../../model/control-replicas.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { groupBy } from '../basis/group-by.ts';
import type { ClusterSummary, FleetView } from '../use-cases.ts';
import type { Fleet } from './fleet.ts';

export interface ClusterFilterSettings extends ControlReplicaSettings {
  readonly recoverPrimaryClusterFilters: readonly string[];
  readonly recoverIntermediateClusterFilters: readonly string[];
}

/**
 * Shows the fleet at the moment of each call; one view per version of the fleet, however many ask. `settings` is asked each time: the
 * filters may change while the program runs.
 */
export function createFleetViews(fleet: Fleet, settings: () => ClusterFilterSettings): () => FleetView {
  let latest: { readonly view: FleetView; readonly made: ClusterFilterSettings } | null = null;
  return () => {
    const now = settings();
    if (latest === null || latest.view.records !== fleet.records() || !hasSameFilters(latest.made, now))
      latest = { view: fleetView(fleet, now), made: now };
    return latest.view;
  };
}

const hasSameFilters = (one: ClusterFilterSettings, other: ClusterFilterSettings): boolean =>
  one.recoverPrimaryClusterFilters === other.recoverPrimaryClusterFilters &&
  one.recoverIntermediateClusterFilters === other.recoverIntermediateClusterFilters;

/** The moment that the fleet shows now; stays as it is while the fleet goes on. */
function fleetView(fleet: Fleet, settings: ClusterFilterSettings): FleetView {
  const records = fleet.records();
  const version = fleet.version();
  let byKey: Map<string, ServerRecord> | null = null;
  let byCluster: Map<string, ServerRecord[]> | null = null;
  let summaries: readonly ClusterSummary[] | null = null;
  const keys = (): Map<string, ServerRecord> => {
    byKey ??= new Map(records.map((record) => [formatKey(record.key), record]));
    return byKey;
  };
  const clusters = (): Map<string, ServerRecord[]> => {
    byCluster ??= groupBy(records, ({ position }) => position.clusterName);
    return byCluster;
  };
  return {
    version,
    records,
    recordOf: (key) => keys().get(formatKey(key)) ?? null,
    recordsOfCluster: (clusterName) => clusters().get(clusterName) ?? [],
    clusters() {
      summaries ??= [...clusters()]
        .map(([clusterName, members]) => summaryOf(fleet, clusterName, members, settings))
        .sort((a, b) => (a.clusterName < b.clusterName ? -1 : 1));
      return summaries;
    },
  };
}

function summaryOf(
  fleet: Fleet,
  clusterName: string,
  members: readonly ServerRecord[],
  settings: ClusterFilterSettings,
): ClusterSummary {
  const { clusterAlias = clusterName, clusterDomain = '' } = members[0]?.position ?? {};
  const identity = { clusterName, alias: clusterAlias };
  return {
    clusterName,
    // An alias is told of the cluster that it means. A replaced primary that still suggests it goes by its own name.
    clusterAlias: fleet.clusterOfAlias(clusterAlias) === clusterName ? clusterAlias : clusterName,
    clusterDomain,
    countInstances: members.length,
    heuristicLagSeconds: greatestLagSeconds(controlReplicas(members, settings)),
    hasAutomatedPrimaryRecovery: matchesClusterFilters(settings.recoverPrimaryClusterFilters, identity),
    hasAutomatedIntermediateRecovery: matchesClusterFilters(settings.recoverIntermediateClusterFilters, identity),
  };
}
