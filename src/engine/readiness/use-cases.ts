import type { Readiness } from '../../plan/readiness/readiness.ts';

/** If a primary died now. Asking changes nothing on any server. */
export interface ReadinessUseCases {
  /** @throws OrchestratorError `unknown-cluster` when no server of that name's cluster is known. */
  of(clusterName: string): Promise<Readiness>;
  /** Every cluster, by name. */
  all(): Promise<readonly Readiness[]>;
  /** The latest answers that were worked out, without working out any: for metrics. */
  latest(): readonly Readiness[];
}
