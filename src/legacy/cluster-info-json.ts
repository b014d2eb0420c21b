/** What is told of a cluster; the engine's summary of one fits. */
export interface ClusterInfoFacts {
  readonly clusterName: string;
  readonly clusterAlias: string;
  readonly clusterDomain: string;
  readonly countInstances: number;
  readonly heuristicLagSeconds: number;
  readonly hasAutomatedPrimaryRecovery: boolean;
  readonly hasAutomatedIntermediateRecovery: boolean;
}

/** A cluster in the historic shape (7 fields). A cluster without an alias goes by its name. */
export const clusterInfoJson = (facts: ClusterInfoFacts) => ({
  ClusterName: facts.clusterName,
  ClusterAlias: facts.clusterAlias || facts.clusterName,
  ClusterDomain: facts.clusterDomain,
  CountInstances: facts.countInstances,
  HeuristicLag: facts.heuristicLagSeconds,
  HasAutomatedMasterRecovery: facts.hasAutomatedPrimaryRecovery,
  HasAutomatedIntermediateMasterRecovery: facts.hasAutomatedIntermediateRecovery,
});

export type ClusterInfoJson = ReturnType<typeof clusterInfoJson>;
