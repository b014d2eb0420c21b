import type { BinlogCoordinates } from '../model/coordinates.ts';
import type { InstanceKey } from '../model/instance-key.ts';

/** The historic codes, in order of evaluation (dashboards and scripts depend on the exact words). */
export const ANALYSIS_CODES = [
  'NoProblem',
  'DeadMasterWithoutReplicas',
  'DeadMaster',
  'DeadMasterAndReplicas',
  'DeadMasterAndSomeReplicas',
  'UnreachableMasterWithLaggingReplicas',
  'UnreachableMaster',
  'LockedSemiSyncMaster',
  'LockedSemiSyncMasterHypothesis',
  'MasterWithTooManySemiSyncReplicas',
  'NoWriteableMasterStructureWarning',
  'MasterSingleReplicaNotReplicating',
  'MasterSingleReplicaDead',
  'AllMasterReplicasNotReplicating',
  'AllMasterReplicasNotReplicatingOrDead',
  'MasterWithoutReplicas',
  'DeadCoMaster',
  'DeadCoMasterAndSomeReplicas',
  'UnreachableCoMaster',
  'AllCoMasterReplicasNotReplicating',
  'DeadIntermediateMasterWithSingleReplicaFailingToConnect',
  'DeadIntermediateMasterWithSingleReplica',
  'DeadIntermediateMaster',
  'DeadIntermediateMasterAndSomeReplicas',
  'DeadIntermediateMasterAndReplicas',
  'UnreachableIntermediateMasterWithLaggingReplicas',
  'UnreachableIntermediateMaster',
  'AllIntermediateMasterReplicasFailingToConnectOrDead',
  'AllIntermediateMasterReplicasNotReplicating',
  'BinlogServerFailingToConnectToMaster',
  'FirstTierReplicaFailingToConnectToMaster',
  'DeadReplicationGroupMemberWithReplicas',
] as const;
export type AnalysisCode = (typeof ANALYSIS_CODES)[number];

export const STRUCTURE_WARNINGS = [
  'NoLoggingReplicasStructureWarning',
  'NoFailoverSupportStructureWarning',
  'StatementAndMixedLoggingReplicasStructureWarning',
  'StatementAndRowLoggingReplicasStructureWarning',
  'MixedAndRowLoggingReplicasStructureWarning',
  'MultipleMajorVersionsLoggingReplicasStructureWarning',
  'DifferentGTIDModesStructureWarning',
  'ErrantGTIDStructureWarning',
  'NoWriteableMasterStructureWarning',
  'NotEnoughValidSemiSyncReplicasStructureWarning',
] as const;
export type StructureWarning = (typeof STRUCTURE_WARNINGS)[number];

/** What is counted and read of one server and its direct replicas: the whole input of every rule. */
export interface AnalysisView {
  readonly key: InstanceKey;
  readonly sourceKey: InstanceKey;
  readonly clusterName: string;
  readonly clusterAlias: string;
  readonly clusterDomain: string;
  readonly dataCenter: string;
  readonly region: string;
  readonly physicalEnvironment: string;
  readonly ownCoordinates: BinlogCoordinates | null;
  readonly isPrimary: boolean;
  /** The primary whose name the cluster bears. */
  readonly isClusterPrimary: boolean;
  readonly isGroupMember: boolean;
  readonly isCoPrimary: boolean;
  readonly isReadOnly: boolean;
  readonly isBinlogServer: boolean;
  readonly lastCheckValid: boolean;
  readonly lastCheckPartialSuccess: boolean;
  readonly depth: number;
  readonly replicas: readonly InstanceKey[];
  readonly countReplicas: number;
  readonly countValidReplicas: number;
  readonly countValidReplicatingReplicas: number;
  readonly countReplicasFailingToConnect: number;
  readonly countDowntimedReplicas: number;
  readonly countLaggingReplicas: number;
  readonly countDelayedReplicas: number;
  readonly countLoggingReplicas: number;
  readonly countStatementBasedLoggingReplicas: number;
  readonly countMixedBasedLoggingReplicas: number;
  readonly countRowBasedLoggingReplicas: number;
  readonly countDistinctMajorVersionsLoggingReplicas: number;
  readonly countValidOracleGtidReplicas: number;
  readonly countValidMariadbGtidReplicas: number;
  readonly countValidBinlogServerReplicas: number;
  readonly hasPseudoGtid: boolean;
  readonly isFailingToConnectToSource: boolean;
  readonly semiSyncSourceEnabled: boolean;
  readonly semiSyncSourceActive: boolean;
  readonly semiSyncWaitForReplicaCount: number;
  readonly semiSyncConnectedReplicas: number;
  readonly countSemiSyncReplicasEnabled: number;
  /** Own coordinates have not moved for ReasonableLockedSemiSyncMasterSeconds. */
  readonly hasStaleCoordinates: boolean;
  readonly gtidMode: string;
  readonly minReplicaGtidMode: string;
  readonly maxReplicaGtidMode: string;
  readonly maxReplicaGtidErrant: string;
  readonly isDowntimed: boolean;
  readonly downtimeEndAtMs: number | null;
}

/** One server's verdict. */
export interface AnalysisEntry {
  readonly view: AnalysisView;
  readonly code: AnalysisCode;
  readonly description: string;
  readonly structureWarnings: readonly StructureWarning[];
  /** All direct replicas are downtimed and the code counts that (analysis table, column "skippable"). */
  readonly isReplicasDowntimed: boolean;
  readonly isSkippableDueToDowntime: boolean;
  /** From the cluster filters of the configuration. */
  readonly hasAutomatedPrimaryRecovery: boolean;
  readonly hasAutomatedIntermediateRecovery: boolean;
}
