import { matchesClusterFilters } from '../model/cluster-filters.ts';
import type { ServerRecord } from '../model/server-record.ts';
import type { AnalysisEntry, AnalysisView } from './analysis-entry.ts';
import type { AnalysisContext, AnalysisSettings } from './analysis-settings.ts';
import { compileHostnameFilters } from './hostname-filters.ts';
import { judgeView } from './rules.ts';
import { structureWarnings } from './structure.ts';
import { buildViews } from './views.ts';

/**
 * What is wrong, server by server, in the order of buildViews: codes and structure warnings exactly by the historic table,
 * then its filters (reduction, nothing to tell, ignored host names, downtime). Whether to act is not decided here.
 * @param records everything known, at least the servers of interest and all their direct replicas.
 */
export function analyse(records: readonly ServerRecord[], context: AnalysisContext): AnalysisEntry[] {
  const { settings, clusterName, includeDowntimed = false, includeNoProblem = false } = context;
  const isIgnored = compileHostnameFilters(settings.recoveryIgnoreHostnameFilters);
  return buildViews(records, context)
    .filter((view) => clusterName === undefined || view.clusterName === clusterName)
    .filter((view) => !settings.reduceReplicationAnalysisCount || mayShowProblem(view))
    .map((view) => judge(view, settings))
    .filter((entry) => includeNoProblem || entry.code !== 'NoProblem' || entry.structureWarnings.length > 0)
    .filter((entry) => !isIgnored(entry.view.key))
    .filter((entry) => includeDowntimed || !entry.isSkippableDueToDowntime);
}

/** The verdict on one view; the same for every filter. */
export function judge(view: AnalysisView, settings: AnalysisSettings): AnalysisEntry {
  const rule = judgeView(view, settings);
  const isReplicasDowntimed =
    rule.isSkippableWhenReplicasDowntimed && view.countReplicas === view.countDowntimedReplicas;
  const cluster = { clusterName: view.clusterName, alias: view.clusterAlias };
  return {
    view,
    code: rule.code,
    description: rule.description,
    structureWarnings: structureWarnings(view),
    isReplicasDowntimed,
    isSkippableDueToDowntime: view.isDowntimed || isReplicasDowntimed,
    hasAutomatedPrimaryRecovery: matchesClusterFilters(settings.recoverPrimaryClusterFilters, cluster),
    hasAutomatedIntermediateRecovery: matchesClusterFilters(settings.recoverIntermediateClusterFilters, cluster),
  };
}

/** ReduceReplicationAnalysisCount: whether a server can have anything to tell at all. */
const mayShowProblem = (view: AnalysisView): boolean =>
  !view.lastCheckValid ||
  view.countReplicasFailingToConnect > 0 ||
  view.countValidReplicas < view.countReplicas ||
  view.countValidReplicatingReplicas < view.countReplicas ||
  view.isFailingToConnectToSource ||
  view.countReplicas > 0;
