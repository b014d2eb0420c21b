import type { FreshnessSettings } from '../model/server-record.ts';

/** What of the configuration a rule may look at. */
export interface RuleSettings {
  /** EnforceExactSemiSyncReplicas. */
  readonly enforceExactSemiSyncReplicas: boolean;
  /** RecoverNonWriteableMaster. */
  readonly recoverNonWriteablePrimary: boolean;
}

/** What a view is built with. */
export interface ViewSettings extends FreshnessSettings {
  /** ReasonableReplicationLagSeconds. */
  readonly reasonableReplicationLagSeconds: number;
}

export interface AnalysisSettings extends ViewSettings, RuleSettings {
  /** ReduceReplicationAnalysisCount. */
  readonly reduceReplicationAnalysisCount: boolean;
  /** RecoveryIgnoreHostnameFilters: regular expressions on the host name. */
  readonly recoveryIgnoreHostnameFilters: readonly string[];
  /** RecoverMasterClusterFilters. */
  readonly recoverPrimaryClusterFilters: readonly string[];
  /** RecoverIntermediateMasterClusterFilters. */
  readonly recoverIntermediateClusterFilters: readonly string[];
}

/** What a view depends on besides the records. */
export interface ViewContext {
  readonly nowMs: number;
  readonly settings: ViewSettings;
  /** Keys (formatKey) whose own coordinates have not moved for ReasonableLockedSemiSyncMasterSeconds. */
  readonly staleCoordinates: ReadonlySet<string>;
}

/** The question put to `analyse`. */
export interface AnalysisContext extends ViewContext {
  readonly settings: AnalysisSettings;
  /** Only servers of the cluster with exactly this name; absent = all. */
  readonly clusterName?: string;
  /** Also what downtime would hide. */
  readonly includeDowntimed?: boolean;
  /** Also servers with nothing to tell. */
  readonly includeNoProblem?: boolean;
}
