import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import type { Plan, Refusal } from '../../plan/plan.ts';
import type { HookListName } from './hooks.ts';
import type { RecoveryRun } from './run.ts';

/** How the body of a recovery ended. cancelled: there is nothing to recover any more, and nothing was done. */
export type BodyEnd =
  | { readonly kind: 'recovered'; readonly successor: InstanceKey; readonly lost: readonly InstanceKey[] }
  | { readonly kind: 'failed'; readonly reason: string }
  | {
      readonly kind: 'cancelled';
      readonly reason: string;
      /** It made room for the recovery of a dead primary: no sign of flapping. */
      readonly hasGivenWay?: true;
    };

/**
 * What is particular to one kind of recovery other than replacing a dead primary. All the rest (detection, registration, hooks,
 * resolution, traces) is the same for all: conduct-body.ts.
 */
export interface RecoveryBody {
  /** Its type in the audit log, e.g. `recover-dead-intermediate-master`. */
  readonly auditType: string;
  /** Whether PreFailoverProcesses run (historic: not for semi-sync). */
  readonly runsPreFailover: boolean;
  /** The hooks of success before PostFailoverProcesses; null = only those. */
  readonly successHooks: HookListName | null;
  /** A person's word forces nothing: filters, blocks and switches hold all the same (historic, semi-sync and non-writeable). */
  readonly isNeverForced?: boolean;
  /**
   * Why this recovery must not begin by itself, as the end of "Not recovering x: …"; null when it may. Asked before anything is
   * registered. `isForced`: a person ordered it, then only what nobody can overcome counts.
   */
  objection(entry: AnalysisEntry, isForced: boolean): string | null;
  /** What carryOut would do now. */
  plan(entry: AnalysisEntry): Promise<Plan | Refusal>;
  /** Does it. Also called for a run that an earlier process began: what is done already is not to be done again. */
  carryOut(run: RecoveryRun): Promise<BodyEnd>;
}
