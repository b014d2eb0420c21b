import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import type { InstanceKey } from '../../model/instance-key.ts';

/** Ways to move a replica; an operator's fallback may leave some of them out. */
export const MOVE_METHODS = [
  'repoint',
  'equivalence',
  'binlog-server',
  'gtid',
  'pseudo-gtid',
  'move-below',
  'move-up',
] as const;
export type MoveMethod = (typeof MOVE_METHODS)[number];

/** Everything that can be asked of a topology but for takeovers, by its historic name. */
export const OPERATION_KINDS = [
  'relocate',
  'relocate-replicas',
  'move-up',
  'move-up-replicas',
  'move-below',
  'move-equivalent',
  'move-gtid',
  'move-replicas-gtid',
  'repoint',
  'repoint-replicas',
  'match',
  'match-up',
  'rematch',
  'match-replicas',
  'match-up-replicas',
  'make-co-master',
  'take-master',
  'take-siblings',
  'regroup-replicas',
  'regroup-replicas-gtid',
  'regroup-replicas-pgtid',
  'regroup-replicas-bls',
  'make-master',
  'make-local-master',
  'enable-gtid',
  'disable-gtid',
  'detach-replica',
  'reattach-replica',
  'reset-replica',
  'gtid-errant-reset-master',
  'gtid-errant-inject-empty',
  'skip-query',
  'start-replica',
  'stop-replica',
  'stop-replica-nice',
  'restart-replica',
  'delay-replication',
  'set-read-only',
  'set-writeable',
  'enable-semi-sync-master',
  'disable-semi-sync-master',
  'enable-semi-sync-replica',
  'disable-semi-sync-replica',
  'change-master-credentials',
  'flush-binary-logs',
  'purge-binary-logs',
  'kill-query',
] as const;

/** Planned changes of primary. They have ways in of their own, with hooks around them (engine/takeover). */
export const TAKEOVER_KINDS = ['graceful-master-takeover', 'graceful-master-takeover-auto'] as const;
export type TakeoverKind = (typeof TAKEOVER_KINDS)[number];

export type OperationKind = (typeof OPERATION_KINDS)[number] | TakeoverKind;

export const isTakeover = (kind: OperationKind): kind is TakeoverKind =>
  (TAKEOVER_KINDS as readonly OperationKind[]).includes(kind);

/** What a takeover that was begun is known by, and how far its last hooks have come. */
export interface TakeoverTrace {
  /** Of its row in the history of recoveries. */
  readonly uid: string;
  readonly recoveryId: number;
  /** The former primary as it was analysed before. */
  readonly entry: AnalysisEntry;
  /** Hook lists after the promotion that were begun: none runs twice. */
  readonly told: readonly string[];
}

/** How replicas are moved, as a person wishes it: how virtual names (hostname_unresolve) are used, and how places are searched for. */
export type Manner = Pick<OperationRequest, 'ignoresVirtualNames' | 'trustsVirtualNames' | 'search'>;

/** What a person asks for. Plain data: it is stored with the operation, so that our next start can go on. */
export interface OperationRequest {
  readonly kind: OperationKind;
  readonly instance: InstanceKey;
  /** Where to; null where the operation needs none, or finds it itself. */
  readonly destination: InstanceKey | null;
  /** Of several replicas only those whose host:port matches this regular expression. */
  readonly pattern?: string;
  /** delay-replication. */
  readonly delaySeconds?: number;
  /** flush-binary-logs, purge-binary-logs. */
  readonly binlogFile?: string;
  /** kill-query. */
  readonly processId?: number;
  /** purge-binary-logs: even if a replica still needs them. */
  readonly isForced?: boolean;
  /** Sources are set by the names they are known by here, whatever virtual name is registered for them (-skip-unresolve). */
  readonly ignoresVirtualNames?: boolean;
  /** Virtual names are taken on trust, not made sure of (-skip-unresolve-check). */
  readonly trustsVirtualNames?: boolean;
  /** How places are searched for by Pseudo-GTID: all logs to their begin (-strict), in relay logs only (-skip-binlog-search). */
  readonly search?: { readonly strict: boolean; readonly skipBinlogSearch: boolean };
  /** Methods that failed before, or that the person rules out. */
  readonly without?: readonly MoveMethod[];
  /** graceful-master-takeover, -auto: once it is begun. */
  readonly takeover?: TakeoverTrace;
}
