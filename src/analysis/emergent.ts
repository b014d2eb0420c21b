import type { AnalysisCode } from './analysis-entry.ts';

/**
 * What is done at once when a code is seen, before and whether or not anything is recovered (historic table, "emergent
 * operations"): a closer look, so that the next analysis is certain. `restartsReceivers` changes the state of replicas.
 */
export interface EmergentOperations {
  /** Whom to read now. `replicas` includes those below a replica that is a binlog server. */
  readonly reads: readonly ('self' | 'source' | 'replicas')[];
  /** Replicas that still say Yes are made to look at their source again. */
  readonly restartsReceivers: boolean;
}

const looks = (...reads: EmergentOperations['reads']): EmergentOperations => ({ reads, restartsReceivers: false });
const LOOK_AGAIN: EmergentOperations = { reads: ['self'], restartsReceivers: true };

const EMERGENT: ReadonlyMap<AnalysisCode, EmergentOperations> = new Map<AnalysisCode, EmergentOperations>([
  ['DeadMasterAndReplicas', looks('source')],
  ['UnreachableMaster', looks('self', 'replicas')],
  ['UnreachableMasterWithLaggingReplicas', LOOK_AGAIN],
  ['UnreachableIntermediateMasterWithLaggingReplicas', LOOK_AGAIN],
  ['LockedSemiSyncMasterHypothesis', looks('self')],
  ['AllMasterReplicasNotReplicating', looks('self')],
  ['AllMasterReplicasNotReplicatingOrDead', looks('self')],
  ['FirstTierReplicaFailingToConnectToMaster', looks('source')],
]);

/** The emergent operations of a code; null when it has none. */
export const emergentOf = (code: AnalysisCode): EmergentOperations | null => EMERGENT.get(code) ?? null;
