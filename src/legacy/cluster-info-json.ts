import type { ClusterSummary } from '../model/cluster-summary.ts';

/** A cluster in the historic shape (7 fields). A cluster without an alias goes by its name. */
export const clusterInfoJson = (facts: ClusterSummary) => ({
  ClusterName: facts.clusterName,
  ClusterAlias: facts.clusterAlias || facts.clusterName,
  ClusterDomain: facts.clusterDomain,
  CountInstances: facts.countInstances,
  HeuristicLag: facts.heuristicLagSeconds,
  HasAutomatedMasterRecovery: facts.hasAutomatedPrimaryRecovery,
  HasAutomatedIntermediateMasterRecovery: facts.hasAutomatedIntermediateRecovery,
});

export type ClusterInfoJson = ReturnType<typeof clusterInfoJson>;
