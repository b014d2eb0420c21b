import type { InstanceKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { OperationPlan } from '../../plan/operations/input.ts';
import type { OperationRequest } from '../../plan/operations/request.ts';
import type { Noted, Refusal } from '../../plan/plan.ts';
import type { ServerTrouble } from '../executor/run-plan.ts';
import type { OperationPreview } from './preview.ts';

/**
 * How an operation ended. done: what was moved, and what could not be (each of those is where it was, unless it is in
 * `leftovers`). refused: nothing was sent to any server. failed: it was begun, a step failed, and everything was taken back,
 * except on the servers in `leftovers`.
 */
export type OperationOutcome =
  | {
      readonly kind: 'done';
      readonly plan: OperationPlan;
      /** The server that the answer shows, read again after the operation. */
      readonly subject: ServerRecord;
      readonly moved: readonly ServerRecord[];
      /** What its steps noted on the way. */
      readonly notes?: ReadonlyMap<string, Noted>;
      readonly failed: readonly ServerTrouble[];
      readonly leftovers: readonly ServerTrouble[];
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | {
      readonly kind: 'failed';
      readonly plan: OperationPlan;
      /** One sentence: what failed, where, and how things stand now. */
      readonly reason: string;
      /** True when somebody stopped it. */
      readonly isAborted: boolean;
      /** True when the replica could not reach the server it was to follow, or was not let in there. */
      readonly isUnreached?: boolean;
      /** True when it is not known whether its point of no return was passed: it stays unfinished, to be finished or undone. */
      readonly isInDoubt?: boolean;
      readonly leftovers: readonly ServerTrouble[];
    };

/** The recovery that an operation is part of. */
export interface RecoveryGate {
  /** The server being recovered: other operations stand back from it, this one is its recovery. */
  readonly failed: InstanceKey;
  /** Asked before every step: why the recovery must not go on; null when it may. */
  gate(): Promise<string | null>;
}

/** An operation that is being done. */
export interface RunningOperation {
  readonly uid: string;
  readonly clusterName: string;
  readonly purpose: string;
  readonly requestedBy: string;
  readonly startedAtMs: number;
}

/** An operation that a process left in the middle. */
export interface UnfinishedOperation extends RunningOperation {
  /** The process that is gone. */
  readonly owner: string;
  /** The servers it had begun to change. */
  readonly touched: readonly InstanceKey[];
}

/** What may be asked of a topology, planned or done. */
export interface OperationUseCases {
  /** Reads the servers concerned and says what would be done, or why nothing can be. */
  plan(request: OperationRequest): Promise<OperationPlan | Refusal>;
  /** The same with statements and the topology before and after. */
  preview(request: OperationRequest): Promise<OperationPreview | Refusal>;
  /**
   * Plans, locks, does, verifies; takes everything back when a step fails, or `signal` says stop. Never throws for what servers do.
   * `tell` hears of each step, one sentence each.
   */
  run(
    request: OperationRequest,
    by: string,
    signal?: AbortSignal,
    tell?: (message: string) => void,
    recovery?: RecoveryGate,
  ): Promise<OperationOutcome>;
  /** Operations that this process runs now. */
  underWay(): readonly RunningOperation[];
  /** Stops one of them before its next step; it takes back what it began. False when there is none such. */
  abort(uid: string): boolean;
  /** Operations whose process died in the middle. */
  unfinished(): Promise<readonly UnfinishedOperation[]>;
  /** Goes on with the plan where it was left; when that fails, all is taken back. @throws OrchestratorError when there is none such. */
  finish(uid: string, by: string): Promise<OperationOutcome>;
  /** Takes back what was begun; the servers on which that failed. @throws OrchestratorError when there is none such. */
  undo(uid: string, by: string): Promise<readonly ServerTrouble[]>;
}
