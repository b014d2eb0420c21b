import type { AnalysisCode } from './analysis-entry.ts';

/** Codes that are no failure detection: nothing is recorded and no hook runs (historic table, column "recovery action": none). */
const UNDETECTED: ReadonlySet<AnalysisCode> = new Set<AnalysisCode>([
  'NoProblem',
  'DeadMasterWithoutReplicas',
  'LockedSemiSyncMasterHypothesis',
  'MasterSingleReplicaNotReplicating',
  'MasterSingleReplicaDead',
  'MasterWithoutReplicas',
  'UnreachableCoMaster',
  'AllCoMasterReplicasNotReplicating',
  'DeadIntermediateMasterWithSingleReplica',
  'UnreachableIntermediateMaster',
  'AllIntermediateMasterReplicasNotReplicating',
  'BinlogServerFailingToConnectToMaster',
  'FirstTierReplicaFailingToConnectToMaster',
]);

/** True when the code is recorded as a failure detection and runs OnFailureDetectionProcesses. */
export const isDetectedCode = (code: AnalysisCode): boolean => !UNDETECTED.has(code);

/** The codes whose recovery replaces a dead primary. */
export const isDeadPrimaryCode = (code: AnalysisCode): boolean =>
  code === 'DeadMaster' || code === 'DeadMasterAndSomeReplicas';
