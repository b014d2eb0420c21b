import type { AnalysisContext, AnalysisSettings } from '../analysis-settings.ts';
import { NOW_MS } from './records.ts';

/** The defaults of the configuration, with filters that match everything. For tests only. */
export const SETTINGS: AnalysisSettings = {
  instancePollSeconds: 5,
  reasonableInstanceCheckSeconds: 1,
  reasonableReplicationLagSeconds: 10,
  enforceExactSemiSyncReplicas: false,
  recoverNonWriteablePrimary: false,
  reduceReplicationAnalysisCount: true,
  recoveryIgnoreHostnameFilters: [],
  recoverPrimaryClusterFilters: ['*'],
  recoverIntermediateClusterFilters: ['*'],
};

/** A context that hides nothing, so that a test sees the verdict itself. For tests only. */
export const contextOf = (
  settings: Partial<AnalysisSettings> = {},
  more: Partial<AnalysisContext> = {},
): AnalysisContext => ({
  nowMs: NOW_MS,
  settings: { ...SETTINGS, reduceReplicationAnalysisCount: false, ...settings },
  staleCoordinates: new Set(),
  includeDowntimed: true,
  includeNoProblem: true,
  ...more,
});
