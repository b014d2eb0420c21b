import type { InstanceKey } from '../../model/instance-key.ts';
import type { DetectionRecord, RecoveryRecord } from '../../model/recovery-record.ts';
import type { KnownPair, LogRelay, RestPlace } from '../../plan/failover/input.ts';

export type { DetectionRecord, RecoveryRecord } from '../../model/recovery-record.ts';

/** One failure detection, as table topology_failure_detection keeps it. */
export interface NewDetection {
  readonly key: InstanceKey;
  readonly analysis: string;
  readonly clusterName: string;
  readonly clusterAlias: string;
  readonly replicas: readonly InstanceKey[];
  readonly isActionable: boolean;
}

export interface NewRecovery {
  readonly uid: string;
  readonly key: InstanceKey;
  readonly analysis: string;
  readonly clusterName: string;
  readonly clusterAlias: string;
  readonly replicas: readonly InstanceKey[];
  readonly detectionId: number;
  /** Forced recoveries pass anti-flapping, never a running recovery. */
  readonly isForced: boolean;
}

export type RecoveryRegistration =
  | { readonly kind: 'registered'; readonly recoveryId: number; readonly epoch: number }
  /** Anti-flapping, or another recovery of this cluster is under way. */
  | { readonly kind: 'blocked'; readonly blockingRecoveryId: number; readonly reason: string }
  /** Intent re-read inside the transaction forbids it: downtimed, in maintenance, globally disabled. */
  | { readonly kind: 'forbidden'; readonly reason: string };

export interface RecoveryResolution {
  readonly isSuccessful: boolean;
  readonly successor: InstanceKey | null;
  readonly successorAlias: string;
  readonly lostReplicas: readonly InstanceKey[];
  readonly participants: readonly InstanceKey[];
  readonly errors: readonly string[];
}

/**
 * How far a recovery has come. registered: exclusive, nothing done. prepared: PreFailover hooks succeeded. silenced: no replica
 * listens to the failed primary any more. promoting: the successor is fixed, the first destructive step may have been sent.
 * promoted: the successor is writable. repointed: siblings follow it (or are known lost). Up to `silenced` it can be called off.
 */
export const RECOVERY_PHASES = ['registered', 'prepared', 'silenced', 'promoting', 'promoted', 'repointed'] as const;
export type RecoveryPhase = (typeof RECOVERY_PHASES)[number];

/**
 * What becomes of the failed primary when it answers. call-off: the recovery ends, before its point of no return. close: a person
 * wants it replaced all the same; it is fenced first. closed: it answered, and this recovery made sure that it takes no writes.
 */
export const LIVE_PRIMARY = ['call-off', 'close', 'closed'] as const;
export type LivePrimary = (typeof LIVE_PRIMARY)[number];

/** What a live primary was like before a recovery closed it; unless somebody replaces it, it is left exactly so. */
export interface FoundPrimary {
  readonly isReadOnly: boolean;
  /** null: the server has no super_read_only. */
  readonly isSuperReadOnly: boolean | null;
  /** The source side of semi-sync was on: a fence may have to switch it off. */
  readonly isSemiSyncSource: boolean;
}

/** What a recovery is about to do; written before its first destructive step so that our own restart can go on. */
export interface RecoveryIntent {
  readonly uid: string;
  readonly recoveryId: number;
  readonly epoch: number;
  readonly clusterName: string;
  readonly failed: InstanceKey;
  readonly failedServerUuid: string | null;
  readonly failedServerId: number;
  readonly phase: RecoveryPhase;
  /** The process that runs it (compose gives the name): a restart takes over only what no living process holds. */
  readonly owner: string;
  readonly successor: InstanceKey | null;
  readonly isForced: boolean;
  /** The successor that a person named; null: it is chosen. */
  readonly candidate: InstanceKey | null;
  /** The historic command hint: '' when there is none. */
  readonly command: string;
  readonly skipHooks: boolean;
  readonly livePrimary: LivePrimary;
  /** null: not closed, or by a version that did not note it; then it took writes. */
  readonly foundPrimary: FoundPrimary | null;
  /** Where the successor came to rest, where it goes by file and position: its siblings' places follow from that. Absent: it does not. */
  readonly successorRest?: RestPlace;
  /**
   * Replicas by file and position whose running applier it stopped, to learn where they rest; written before. Whoever takes the
   * recovery back starts these again, and leaves alone what a person had stopped. Absent: none.
   */
  readonly rested?: readonly InstanceKey[];
  /** Binlog servers among the members, so that a restart knows who reads the failed primary's log by way of them. Absent: none. */
  readonly binlogServers?: readonly LogRelay[];
  /** Whom the failed server followed, as a co-primary does, and what was still known of that one then (epoch ms). Absent: nobody. */
  readonly pair?: KnownPair & { readonly knownAtMs: number };
  /** Servers of the cluster at the time, so that a restart knows whom to ask. */
  readonly members: readonly InstanceKey[];
  readonly updatedAtMs: number;
}

/** A primary that was replaced and must never take writes again until a person says so. */
export interface DeposedPrimary {
  readonly key: InstanceKey;
  readonly serverUuid: string | null;
  readonly serverId: number;
  readonly clusterName: string;
  readonly epoch: number;
  readonly successor: InstanceKey | null;
  /**
   * Whom it was replicating from when it was deposed, as a co-primary does: that it still does when it returns is no rejoin.
   * null: nobody.
   */
  readonly source: InstanceKey | null;
  /** Where the successor came to rest, as in the intent; outlives that, for the recovery that finishes what this one has begun. */
  readonly successorRest?: RestPlace;
  readonly deposedAtMs: number;
  /** null until it came back and was fenced. */
  readonly fencedAtMs: number | null;
}

export interface RecoveryFilter {
  readonly clusterName?: string;
  readonly clusterAlias?: string;
  readonly recoveryId?: number;
  readonly uid?: string;
  readonly key?: InstanceKey;
  /** Recoveries only: those that promoted this server. */
  readonly successor?: InstanceKey;
  readonly onlyActive?: boolean;
  /** Recoveries only: those whose active period is not over, so that they block another (anti-flapping), ended or not. */
  readonly onlyBlocking?: boolean;
  readonly onlyUnacknowledged?: boolean;
  /** Counted from 0, twenty rows each; not together with `limit`. */
  readonly page?: number;
  /** At most so many rows. */
  readonly limit?: number;
  /** Only rows with a smaller id (of the recovery, or of the detection). */
  readonly beforeId?: number;
}

export interface BlockedRecovery {
  readonly key: InstanceKey;
  readonly clusterName: string;
  readonly analysis: string;
  readonly lastBlockedAt: string;
  readonly blockingRecoveryId: number;
}

export interface RecoveryStore {
  /** `isNew` is false when the same detection is still within its period. */
  registerDetection(detection: NewDetection): Promise<{ readonly detectionId: number; readonly isNew: boolean }>;
  /** Unique keys decide, in one transaction which also re-reads downtime, maintenance and the global switch. */
  registerRecovery(recovery: NewRecovery): Promise<RecoveryRegistration>;
  /**
   * Writes down a change of primary that a person planned, for the history: it blocks nothing, and nothing blocks it. Returns its
   * number. resolveRecovery says how it ended.
   */
  recordTakeover(takeover: Omit<NewRecovery, 'isForced'>): Promise<number>;
  /** The epoch of the cluster's latest recovery; 0 when there was none. An action of an older epoch is refused. */
  currentEpoch(clusterName: string): Promise<number>;
  resolveRecovery(uid: string, resolution: RecoveryResolution): Promise<void>;
  addStep(uid: string, message: string): Promise<void>;
  readSteps(
    uid: string,
  ): Promise<readonly { readonly id: number; readonly uid: string; readonly at: string; readonly message: string }[]>;
  readRecoveries(filter: RecoveryFilter): Promise<readonly RecoveryRecord[]>;
  readDetections(filter: RecoveryFilter): Promise<readonly DetectionRecord[]>;
  readBlocked(clusterName: string | null): Promise<readonly BlockedRecovery[]>;
  /** Returns how many recoveries were acknowledged. */
  acknowledge(filter: RecoveryFilter, by: string, comment: string): Promise<number>;
  /** Ends active periods that have run out, and drops stale blocks. */
  expire(): Promise<void>;
  saveIntent(intent: RecoveryIntent): Promise<void>;
  /** Recoveries that were begun and not closed, by any process. */
  readOpenIntents(): Promise<readonly RecoveryIntent[]>;
  closeIntent(uid: string): Promise<void>;
  /**
   * Makes `to` the owner of an open intent that `from` holds, and gives it as it stands now; null when it is closed, or somebody
   * else was first.
   */
  claimIntent(uid: string, from: string, to: string): Promise<RecoveryIntent | null>;
  saveDeposed(deposed: DeposedPrimary): Promise<void>;
  readDeposed(): Promise<readonly DeposedPrimary[]>;
  removeDeposed(key: InstanceKey): Promise<void>;
}
