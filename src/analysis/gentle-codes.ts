import type { AnalysisCode } from './analysis-entry.ts';

/** A semi-sync primary has too few, or too many, replicas that acknowledge. */
export const SEMI_SYNC_CODES = [
  'LockedSemiSyncMaster',
  'MasterWithTooManySemiSyncReplicas',
] as const satisfies AnalysisCode[];

/**
 * Codes whose recovery changes settings of servers that answer and moves nobody. Having been recovered from one of them keeps
 * nobody from replacing the same primary when it dies a minute later (historically it did, for the whole block period).
 */
export const GENTLE_CODES = [...SEMI_SYNC_CODES, 'NoWriteableMasterStructureWarning'] as const satisfies AnalysisCode[];

/** True for one of SEMI_SYNC_CODES. */
export const isSemiSyncCode = (code: string): boolean => SEMI_SYNC_CODES.some((name) => name === code);

/** True for one of GENTLE_CODES: once it has ended, a recovery from it gives way to any other. */
export const isGentleCode = (code: string): boolean => GENTLE_CODES.some((name) => name === code);
