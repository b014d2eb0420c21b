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
export const DEAD_PRIMARY_CODES = ['DeadMaster', 'DeadMasterAndSomeReplicas'] as const satisfies AnalysisCode[];

/** True for one of DEAD_PRIMARY_CODES. */
export const isDeadPrimaryCode = (code: AnalysisCode): boolean => DEAD_PRIMARY_CODES.some((name) => name === code);
