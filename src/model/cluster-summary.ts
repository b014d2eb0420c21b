/** A cluster in a line. */
export interface ClusterSummary {
  readonly clusterName: string;
  readonly clusterAlias: string;
  readonly clusterDomain: string;
  readonly countInstances: number;
  readonly heuristicLagSeconds: number;
  readonly hasAutomatedPrimaryRecovery: boolean;
  readonly hasAutomatedIntermediateRecovery: boolean;
}
