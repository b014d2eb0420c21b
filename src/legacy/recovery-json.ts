import type { DetectionRecord, FailureRecord, RecoveryRecord } from '../model/recovery-record.ts';
import type { AnalysisJson } from './analysis-json.ts';
import type { ClusterInfoJson } from './cluster-info-json.ts';
import type { CoordinatesJson, KeyJson } from './key-json.ts';
import { keyJson, keysJson, NO_KEY_JSON } from './key-json.ts';

/** What recoveries and failure detections have in common; whether it is active is told by other fields. */
export type FailureFacts = Omit<FailureRecord, 'isInActivePeriod'>;
export type RecoveryFacts = Omit<RecoveryRecord, 'isInActivePeriod'>;
export type DetectionFacts = Omit<DetectionRecord, 'isActionable'>;

/** A recovery or a failure detection in the historic shape: 23 fields in their order. */
export interface RecoveryJson {
  readonly Id: number;
  readonly UID: string;
  readonly AnalysisEntry: AnalysisJson;
  readonly SuccessorKey: KeyJson | null;
  readonly SuccessorAlias: string;
  readonly SuccessorBinlogCoordinates: CoordinatesJson | null;
  readonly IsActive: boolean;
  readonly IsSuccessful: boolean;
  readonly LostReplicas: readonly KeyJson[];
  readonly ParticipatingInstanceKeys: readonly KeyJson[];
  readonly AllErrors: readonly string[];
  readonly RecoveryStartTimestamp: string;
  readonly RecoveryEndTimestamp: string;
  readonly ProcessingNodeHostname: string;
  readonly ProcessingNodeToken: string;
  readonly Acknowledged: boolean;
  readonly AcknowledgedAt: string;
  readonly AcknowledgedBy: string;
  readonly AcknowledgedComment: string;
  readonly LastDetectionId: number;
  readonly RelatedRecoveryId: number;
  readonly Type: string;
  readonly RecoveryType: string;
}

/** Whether the cluster's recovery is automated, where the caller knows it. */
export type AutomationFlags = Pick<
  ClusterInfoJson,
  'HasAutomatedMasterRecovery' | 'HasAutomatedIntermediateMasterRecovery'
>;

const NOT_AUTOMATED: AutomationFlags = {
  HasAutomatedMasterRecovery: false,
  HasAutomatedIntermediateMasterRecovery: false,
};

/** A recovery as the listings show it. Kind and method are not kept, so they read as "none". */
export const recoveryJson = (facts: RecoveryFacts, flags: AutomationFlags = NOT_AUTOMATED): RecoveryJson => ({
  Id: facts.recoveryId,
  UID: facts.uid,
  AnalysisEntry: failureAnalysisJson(facts, flags),
  SuccessorKey: facts.successor === null ? NO_KEY_JSON : keyJson(facts.successor),
  SuccessorAlias: facts.successorAlias,
  SuccessorBinlogCoordinates: null,
  IsActive: facts.endActivePeriodUnixtime === 0,
  IsSuccessful: facts.isSuccessful,
  LostReplicas: keysJson(facts.lostReplicas),
  ParticipatingInstanceKeys: keysJson(facts.participants),
  // An empty text split at its line ends is one empty line: clients have always been given [""].
  AllErrors: facts.errors.length === 0 ? [''] : [...facts.errors],
  RecoveryStartTimestamp: facts.startedAt,
  RecoveryEndTimestamp: facts.endedAt,
  ProcessingNodeHostname: facts.processingNodeHostname,
  ProcessingNodeToken: facts.processingNodeToken,
  Acknowledged: facts.isAcknowledged,
  AcknowledgedAt: facts.acknowledgedAt,
  AcknowledgedBy: facts.acknowledgedBy,
  AcknowledgedComment: facts.acknowledgedComment,
  LastDetectionId: facts.lastDetectionId,
  RelatedRecoveryId: 0,
  Type: '',
  RecoveryType: 'NotMasterRecovery',
});

/** A failure detection as the listings show it: the same shape, Id being the detection's. */
export const detectionJson = (facts: DetectionFacts, flags: AutomationFlags = NOT_AUTOMATED): RecoveryJson => ({
  Id: facts.detectionId,
  UID: '',
  AnalysisEntry: failureAnalysisJson(facts, flags),
  SuccessorKey: null,
  SuccessorAlias: '',
  SuccessorBinlogCoordinates: null,
  IsActive: facts.isInActivePeriod,
  IsSuccessful: false,
  LostReplicas: [],
  ParticipatingInstanceKeys: [],
  AllErrors: [],
  RecoveryStartTimestamp: facts.startedAt,
  RecoveryEndTimestamp: '',
  ProcessingNodeHostname: facts.processingNodeHostname,
  ProcessingNodeToken: facts.processingNodeToken,
  Acknowledged: false,
  AcknowledgedAt: '',
  AcknowledgedBy: '',
  AcknowledgedComment: '',
  LastDetectionId: 0,
  RelatedRecoveryId: facts.relatedRecoveryId,
  Type: '',
  RecoveryType: 'NotMasterRecovery',
});

/** The tables keep five facts of the analysis; the other fields of its shape have their zero values. */
function failureAnalysisJson(facts: FailureFacts, flags: AutomationFlags): AnalysisJson {
  const replicas = keysJson(facts.replicas);
  return {
    ...ZERO_ANALYSIS,
    AnalyzedInstanceKey: keyJson(facts.key),
    ClusterDetails: {
      ...ZERO_ANALYSIS.ClusterDetails,
      ClusterName: facts.clusterName,
      ClusterAlias: facts.clusterAlias,
      ...flags,
    },
    CountReplicas: facts.countReplicas,
    Replicas: replicas,
    SlaveHosts: replicas,
    Analysis: facts.analysis,
  };
}

const ZERO_ANALYSIS: AnalysisJson = {
  AnalyzedInstanceKey: NO_KEY_JSON,
  AnalyzedInstanceMasterKey: NO_KEY_JSON,
  ClusterDetails: {
    ClusterName: '',
    ClusterAlias: '',
    ClusterDomain: '',
    CountInstances: 0,
    HeuristicLag: 0,
    HasAutomatedMasterRecovery: false,
    HasAutomatedIntermediateMasterRecovery: false,
  },
  AnalyzedInstanceDataCenter: '',
  AnalyzedInstanceRegion: '',
  AnalyzedInstancePhysicalEnvironment: '',
  AnalyzedInstanceBinlogCoordinates: { LogFile: '', LogPos: 0, Type: 0 },
  IsMaster: false,
  IsReplicationGroupMember: false,
  IsCoMaster: false,
  LastCheckValid: false,
  LastCheckPartialSuccess: false,
  CountReplicas: 0,
  CountValidReplicas: 0,
  CountValidReplicatingReplicas: 0,
  CountReplicasFailingToConnectToMaster: 0,
  CountDowntimedReplicas: 0,
  ReplicationDepth: 0,
  Replicas: [],
  SlaveHosts: [],
  IsFailingToConnectToMaster: false,
  Analysis: '',
  Description: '',
  StructureAnalysis: null,
  IsDowntimed: false,
  IsReplicasDowntimed: false,
  DowntimeEndTimestamp: '',
  DowntimeRemainingSeconds: 0,
  IsBinlogServer: false,
  PseudoGTIDImmediateTopology: false,
  OracleGTIDImmediateTopology: false,
  MariaDBGTIDImmediateTopology: false,
  BinlogServerImmediateTopology: false,
  SemiSyncMasterEnabled: false,
  SemiSyncMasterStatus: false,
  SemiSyncMasterWaitForReplicaCount: 0,
  SemiSyncMasterClients: 0,
  CountSemiSyncReplicasEnabled: 0,
  CountLoggingReplicas: 0,
  CountStatementBasedLoggingReplicas: 0,
  CountMixedBasedLoggingReplicas: 0,
  CountRowBasedLoggingReplicas: 0,
  CountDistinctMajorVersionsLoggingReplicas: 0,
  CountDelayedReplicas: 0,
  CountLaggingReplicas: 0,
  IsActionableRecovery: false,
  ProcessingNodeHostname: '',
  ProcessingNodeToken: '',
  CountAdditionalAgreeingNodes: 0,
  StartActivePeriod: '',
  SkippableDueToDowntime: false,
  GTIDMode: '',
  MinReplicaGTIDMode: '',
  MaxReplicaGTIDMode: '',
  MaxReplicaGTIDErrant: '',
  CommandHint: '',
  IsReadOnly: false,
};
