import type { AnalysisView, StructureWarning } from './analysis-entry.ts';

interface StructureRule {
  readonly code: StructureWarning;
  readonly when: (view: AnalysisView) => boolean;
}

/** True when replicas answer and every one that does is counted. */
const isEveryValidReplica = (view: AnalysisView, counted: number): boolean =>
  view.countValidReplicas > 0 && counted === view.countValidReplicas;

/** What would make a later failover hard or impossible; all that hold are reported, for group members too. */
export const STRUCTURE_RULES: readonly StructureRule[] = [
  {
    code: 'NoLoggingReplicasStructureWarning',
    when: (view) => view.isPrimary && view.countLoggingReplicas === 0 && view.countReplicas > 1,
  },
  {
    code: 'NoFailoverSupportStructureWarning',
    when: (view) =>
      view.isPrimary &&
      view.countReplicas > 1 &&
      !isEveryValidReplica(view, view.countValidOracleGtidReplicas) &&
      !isEveryValidReplica(view, view.countValidMariadbGtidReplicas) &&
      !isEveryValidReplica(view, view.countValidBinlogServerReplicas) &&
      !view.hasPseudoGtid,
  },
  {
    code: 'StatementAndMixedLoggingReplicasStructureWarning',
    when: (view) =>
      view.isPrimary && view.countStatementBasedLoggingReplicas > 0 && view.countMixedBasedLoggingReplicas > 0,
  },
  {
    code: 'StatementAndRowLoggingReplicasStructureWarning',
    when: (view) =>
      view.isPrimary && view.countStatementBasedLoggingReplicas > 0 && view.countRowBasedLoggingReplicas > 0,
  },
  {
    code: 'MixedAndRowLoggingReplicasStructureWarning',
    when: (view) => view.isPrimary && view.countMixedBasedLoggingReplicas > 0 && view.countRowBasedLoggingReplicas > 0,
  },
  {
    code: 'MultipleMajorVersionsLoggingReplicasStructureWarning',
    when: (view) => view.isPrimary && view.countDistinctMajorVersionsLoggingReplicas > 1,
  },
  {
    code: 'DifferentGTIDModesStructureWarning',
    when: (view) =>
      view.countReplicas > 0 &&
      (view.gtidMode !== view.minReplicaGtidMode || view.gtidMode !== view.maxReplicaGtidMode),
  },
  { code: 'ErrantGTIDStructureWarning', when: (view) => view.maxReplicaGtidErrant !== '' },
  { code: 'NoWriteableMasterStructureWarning', when: (view) => view.isPrimary && view.isReadOnly },
  {
    code: 'NotEnoughValidSemiSyncReplicasStructureWarning',
    when: (view) =>
      view.isPrimary &&
      view.semiSyncSourceEnabled &&
      !view.semiSyncSourceActive &&
      view.semiSyncWaitForReplicaCount > 0 &&
      view.semiSyncConnectedReplicas < view.semiSyncWaitForReplicaCount,
  },
];

/** Every structure warning that holds, in the historic order. */
export const structureWarnings = (view: AnalysisView): StructureWarning[] =>
  STRUCTURE_RULES.filter((rule) => rule.when(view)).map((rule) => rule.code);
