import type { InstanceKey } from '../model/instance-key.ts';
import type { ServerRecord } from '../model/server-record.ts';
import type { Knock } from './knocks.ts';
import type { Testimony } from './testimony.ts';

/** How our own connections to the primary fare. Times are epoch milliseconds. */
export interface PrimaryConnection {
  /** The pinned session ended, or its deadline passed, or there is none because the server never let us in. */
  readonly pinnedLost: boolean;
  /** Fresh connections in any order; those before `deadSinceMs` are not counted. */
  readonly knocks: readonly Knock[];
  /** Since when it refuses new connections while the pinned session is open or answers 1053; null = no such sign. */
  readonly cleanShutdownSinceMs: number | null;
  /** The sign is not the server's own word: it refused new connections while its replicas still heard from it. */
  readonly isShutdownInferred?: boolean;
  /** When the pinned session was lost, or the first sign of failure was seen; null = no suspicion. */
  readonly deadSinceMs: number | null;
}

/** What people and the store say about acting; re-read from the store just before the question is put. */
export interface FailoverSwitches {
  readonly isDowntimed: boolean;
  readonly inMaintenance: boolean;
  readonly inPlannedOperation: boolean;
  /** Anti-flapping, or another recovery of the cluster under way. */
  readonly isBlocked: boolean;
  readonly isGloballyDisabled: boolean;
  /** The cluster filters of this kind of recovery match the cluster. */
  readonly hasAutomatedRecovery: boolean;
  /** The key of those filters; RecoverMasterClusterFilters when absent. */
  readonly filterKey?: string;
}

/** Nothing that people or the store say keeps recoveries from acting. */
export const FREE_TO_ACT: FailoverSwitches = {
  isDowntimed: false,
  inMaintenance: false,
  inPlannedOperation: false,
  isBlocked: false,
  isGloballyDisabled: false,
  hasAutomatedRecovery: true,
};

export interface FailoverGraces {
  readonly cleanShutdownGraceMs: number;
  readonly primaryRestartGraceMs: number;
}

/** Everything the decision reads. */
export interface FailoverQuestion {
  readonly primary: ServerRecord;
  readonly connection: PrimaryConnection;
  /** Of the primary's direct replicas. */
  readonly testimonies: readonly Testimony[];
  /** Servers other than the primary that answered this node since the suspicion arose. */
  readonly othersReachable: number;
  readonly switches: FailoverSwitches;
  readonly graces: FailoverGraces;
  readonly nowMs: number;
}

/** Every reason not to act; the words are stable, scripts and the page may show them. */
export const NOT_ACTING_REASONS = [
  'primary-answers',
  'session-open',
  'name-unresolved',
  'not-mysql',
  'unconfirmed',
  'own-network-cut-off',
  'downtimed',
  'in-maintenance',
  'planned-operation',
  'globally-disabled',
  'not-automated',
  'blocked',
  'clean-shutdown-grace',
  'restart-grace',
  'replicas-say-alive',
  'replicas-unsure',
  'testimony-pending',
  'replicas-stopped-by-operator',
  'no-eligible-testimony',
] as const;
export type NotActingReason = (typeof NOT_ACTING_REASONS)[number];

export interface NotActing {
  readonly act: false;
  readonly because: NotActingReason;
  /** One sentence for people, naming the servers. */
  readonly sentence: string;
  /** When the answer may differ by time alone; null = only by a new observation or a person's act. */
  readonly retryAtMs: number | null;
  /** Replicas should look at the primary again: restart their receivers where the safety rules allow, re-reading each before. */
  readonly wantsReceiverRestart: boolean;
  readonly receiversToRestart: readonly InstanceKey[];
}

export interface Acting {
  readonly act: true;
  /** One sentence for people, naming the servers and the witnesses. */
  readonly sentence: string;
}

export type FailoverDecision = Acting | NotActing;

/** A refusal to act that asks nothing of the replicas. */
export const notActing = (because: NotActingReason, sentence: string, retryAtMs: number | null = null): NotActing => ({
  act: false,
  because,
  sentence,
  retryAtMs,
  wantsReceiverRestart: false,
  receiversToRestart: [],
});
