import type { AnalysisEntry, AnalysisView } from '../analysis/analysis-entry.ts';
import { clusterInfoJson } from './cluster-info-json.ts';
import { historicTimestamp } from './go-time.ts';
import { coordinatesJson, keyJson, keysJson } from './key-json.ts';

/** Who analysed, and when. */
export interface AnalysisJsonContext {
  readonly nowMs: number;
  readonly nodeHostname: string;
  readonly nodeToken: string;
}

export type AnalysisJson = ReturnType<typeof analysisJson>;

/**
 * A verdict in the historic shape: 57 fields in their order. `StructureAnalysis` is null when there is no warning;
 * `DowntimeRemainingSeconds` is now − end, negative while the downtime lasts, as it always was.
 */
export function analysisJson(entry: AnalysisEntry, context: AnalysisJsonContext) {
  const { view } = entry;
  return {
    AnalyzedInstanceKey: keyJson(view.key),
    AnalyzedInstanceMasterKey: keyJson(view.sourceKey),
    ClusterDetails: clusterInfoJson({
      clusterName: view.clusterName,
      clusterAlias: view.clusterAlias,
      clusterDomain: view.clusterDomain || view.clusterName,
      countInstances: 0,
      heuristicLagSeconds: 0,
      hasAutomatedPrimaryRecovery: entry.hasAutomatedPrimaryRecovery,
      hasAutomatedIntermediateRecovery: entry.hasAutomatedIntermediateRecovery,
    }),
    AnalyzedInstanceDataCenter: view.dataCenter,
    AnalyzedInstanceRegion: view.region,
    AnalyzedInstancePhysicalEnvironment: view.physicalEnvironment,
    AnalyzedInstanceBinlogCoordinates: coordinatesJson(view.ownCoordinates),
    IsMaster: view.isPrimary,
    IsReplicationGroupMember: view.isGroupMember,
    IsCoMaster: view.isCoPrimary,
    LastCheckValid: view.lastCheckValid,
    LastCheckPartialSuccess: view.lastCheckPartialSuccess,
    CountReplicas: view.countReplicas,
    CountValidReplicas: view.countValidReplicas,
    CountValidReplicatingReplicas: view.countValidReplicatingReplicas,
    CountReplicasFailingToConnectToMaster: view.countReplicasFailingToConnect,
    CountDowntimedReplicas: view.countDowntimedReplicas,
    ReplicationDepth: view.depth,
    Replicas: keysJson(view.replicas),
    SlaveHosts: keysJson(view.replicas),
    IsFailingToConnectToMaster: view.isFailingToConnectToSource,
    Analysis: entry.code as string,
    Description: entry.description,
    StructureAnalysis: entry.structureWarnings.length === 0 ? null : ([...entry.structureWarnings] as string[]),
    IsDowntimed: view.isDowntimed,
    IsReplicasDowntimed: entry.isReplicasDowntimed,
    DowntimeEndTimestamp: historicTimestamp(view.downtimeEndAtMs),
    DowntimeRemainingSeconds:
      view.downtimeEndAtMs === null ? 0 : Math.trunc((context.nowMs - view.downtimeEndAtMs) / 1000),
    IsBinlogServer: view.isBinlogServer,
    PseudoGTIDImmediateTopology: view.hasPseudoGtid,
    ...immediateTopologyFields(view),
    ...semiSyncFields(view),
    ...loggingFields(view),
    IsActionableRecovery: false,
    ProcessingNodeHostname: context.nodeHostname,
    ProcessingNodeToken: context.nodeToken,
    CountAdditionalAgreeingNodes: 0,
    StartActivePeriod: '',
    SkippableDueToDowntime: entry.isSkippableDueToDowntime,
    GTIDMode: view.gtidMode,
    MinReplicaGTIDMode: view.minReplicaGtidMode,
    MaxReplicaGTIDMode: view.maxReplicaGtidMode,
    MaxReplicaGTIDErrant: view.maxReplicaGtidErrant,
    CommandHint: '',
    IsReadOnly: view.isReadOnly,
  };
}

/** True when replicas answer and all that do are of the kind. */
const isEvery = (view: AnalysisView, counted: number): boolean =>
  view.countValidReplicas > 0 && counted === view.countValidReplicas;

const immediateTopologyFields = (view: AnalysisView) => ({
  OracleGTIDImmediateTopology: isEvery(view, view.countValidOracleGtidReplicas),
  MariaDBGTIDImmediateTopology: isEvery(view, view.countValidMariadbGtidReplicas),
  BinlogServerImmediateTopology: isEvery(view, view.countValidBinlogServerReplicas),
});

const semiSyncFields = (view: AnalysisView) => ({
  SemiSyncMasterEnabled: view.semiSyncSourceEnabled,
  SemiSyncMasterStatus: view.semiSyncSourceActive,
  SemiSyncMasterWaitForReplicaCount: view.semiSyncWaitForReplicaCount,
  SemiSyncMasterClients: view.semiSyncConnectedReplicas,
  CountSemiSyncReplicasEnabled: view.countSemiSyncReplicasEnabled,
});

const loggingFields = (view: AnalysisView) => ({
  CountLoggingReplicas: view.countLoggingReplicas,
  CountStatementBasedLoggingReplicas: view.countStatementBasedLoggingReplicas,
  CountMixedBasedLoggingReplicas: view.countMixedBasedLoggingReplicas,
  CountRowBasedLoggingReplicas: view.countRowBasedLoggingReplicas,
  CountDistinctMajorVersionsLoggingReplicas: view.countDistinctMajorVersionsLoggingReplicas,
  CountDelayedReplicas: view.countDelayedReplicas,
  CountLaggingReplicas: view.countLaggingReplicas,
});
