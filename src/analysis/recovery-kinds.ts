import type { AnalysisCode } from './analysis-entry.ts';

/** What there is to be done about a failure, whatever its exact code. */
export const RECOVERY_KINDS = [
  'dead-primary',
  'dead-co-primary',
  'dead-intermediate',
  'dead-group-member',
  'locked-semi-sync',
  'surplus-semi-sync',
  'non-writeable-primary',
] as const;
export type RecoveryKind = (typeof RECOVERY_KINDS)[number];

const KINDS: ReadonlyMap<AnalysisCode, RecoveryKind> = new Map<AnalysisCode, RecoveryKind>([
  ['DeadMaster', 'dead-primary'],
  ['DeadMasterAndSomeReplicas', 'dead-primary'],
  ['DeadCoMaster', 'dead-co-primary'],
  ['DeadCoMasterAndSomeReplicas', 'dead-co-primary'],
  ['DeadIntermediateMaster', 'dead-intermediate'],
  ['DeadIntermediateMasterAndSomeReplicas', 'dead-intermediate'],
  ['DeadIntermediateMasterWithSingleReplicaFailingToConnect', 'dead-intermediate'],
  ['AllIntermediateMasterReplicasFailingToConnectOrDead', 'dead-intermediate'],
  ['DeadReplicationGroupMemberWithReplicas', 'dead-group-member'],
  ['LockedSemiSyncMaster', 'locked-semi-sync'],
  ['MasterWithTooManySemiSyncReplicas', 'surplus-semi-sync'],
  ['NoWriteableMasterStructureWarning', 'non-writeable-primary'],
]);

/** The recovery that belongs to a code (historic table, column "recovery action"); null when none does. */
export const recoveryKindOf = (code: AnalysisCode): RecoveryKind | null => KINDS.get(code) ?? null;

/** Codes of servers that answer us: there is nobody to knock at, the analysis alone tells. */
const ANSWERING: ReadonlySet<AnalysisCode> = new Set<AnalysisCode>([
  'AllIntermediateMasterReplicasFailingToConnectOrDead',
  'LockedSemiSyncMaster',
  'MasterWithTooManySemiSyncReplicas',
  'NoWriteableMasterStructureWarning',
]);

/** True when the server that the code is about answers us, so that no investigation ends in this code. */
export const isAnsweringCode = (code: AnalysisCode): boolean => ANSWERING.has(code);

/** Failures that are healed by promoting another server, step by step (engine/recovery/conduct.ts). */
const REPLACEMENTS: ReadonlySet<RecoveryKind> = new Set<RecoveryKind>(['dead-primary', 'dead-co-primary']);

/** True when the recovery of this kind promotes another server. */
export const isReplacement = (kind: RecoveryKind): boolean => REPLACEMENTS.has(kind);

/** Every code that a recovery belongs to. */
export const RECOVERABLE_CODES: readonly AnalysisCode[] = [...KINDS.keys()];
