import { madeOf } from '../config/live-config.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { ReadingSettings } from '../engine/reading.ts';
import { compileAliasPatterns } from '../model/cluster-alias.ts';

/** The settings of the engine's reading side, from the configuration; what comes from live keys is read from `current` each time. */
export function readingSettings({ config, patterns }: LoadedConfig, current: () => LoadedConfig): ReadingSettings {
  const aliasPatterns = madeOf(current, (now) => compileAliasPatterns(now.config.ClusterNameToAlias));
  const freshness = {
    instancePollSeconds: config.InstancePollSeconds,
    reasonableInstanceCheckSeconds: config.ReasonableInstanceCheckSeconds,
  };
  return {
    ...freshness,
    defaultPort: config.DefaultInstancePort,
    get aliasPatterns() {
      return aliasPatterns();
    },
    analysis: {
      ...freshness,
      reasonableReplicationLagSeconds: config.ReasonableReplicationLagSeconds,
      enforceExactSemiSyncReplicas: config.EnforceExactSemiSyncReplicas,
      recoverNonWriteablePrimary: config.RecoverNonWriteableMaster,
      reduceReplicationAnalysisCount: config.ReduceReplicationAnalysisCount,
      get recoveryIgnoreHostnameFilters() {
        return current().config.RecoveryIgnoreHostnameFilters;
      },
      get recoverPrimaryClusterFilters() {
        return current().config.RecoverMasterClusterFilters;
      },
      get recoverIntermediateClusterFilters() {
        return current().config.RecoverIntermediateMasterClusterFilters;
      },
      lockedSemiSyncMs: (config.ReasonableLockedSemiSyncMasterSeconds || config.ReasonableReplicationLagSeconds) * 1000,
    },
    classification: {
      oscIgnoreHostnameFilters: patterns.OSCIgnoreHostnameFilters,
      supportFuzzyPoolHostnames: config.SupportFuzzyPoolHostnames,
    },
  };
}
