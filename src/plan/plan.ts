import type { ServerCommand } from '../model/command.ts';
import type { InstanceKey } from '../model/instance-key.ts';

/**
 * What must hold of a server before a step, or is waited for after it. Evaluated on a fresh reading by
 * plan/condition.ts, so that the dry run, the executor and the simulator mean the same thing.
 */
export type Condition =
  | { readonly kind: 'receiver-stopped' }
  /** The receiver runs, or tries to reach its source. */
  | { readonly kind: 'receiver-started' }
  | { readonly kind: 'applier-stopped' }
  | { readonly kind: 'applier-running' }
  | { readonly kind: 'replicating-from'; readonly source: InstanceKey }
  /** Receiver stopped, applier without error, and everything received is executed (design §4). */
  | { readonly kind: 'drained' }
  /** Everything in this GTID set or position is executed. */
  | { readonly kind: 'has-executed'; readonly gtid: string }
  | { readonly kind: 'has-no-source' }
  | { readonly kind: 'read-only'; readonly readOnly: boolean }
  | { readonly kind: 'same-server'; readonly serverUuid: string | null; readonly serverId: number };

/** What a step does: tell a server something, or wait until a server reaches a condition. */
export type Action = { readonly kind: 'command'; readonly command: ServerCommand } | { readonly kind: 'wait' };

export interface Step {
  /** Unique within the plan, e.g. `promote 127.0.0.1:3306 forget-source`. */
  readonly id: string;
  readonly server: InstanceKey;
  readonly action: Action;
  /** Checked on a fresh reading before the action; null = nothing. */
  readonly requires: Condition | null;
  /** Verified (or waited for) on fresh readings after the action; null = nothing. */
  readonly ensures: Condition | null;
  readonly deadlineMs: number;
  /** True when it cannot be taken back: from the first such step on, a recovery goes forward only. */
  readonly isDestructive: boolean;
  /** Restores what the action changed; null when there is nothing to restore or no way back. */
  readonly undo: ServerCommand | null;
  /** One sentence for people. */
  readonly why: string;
}

/** Steps on one server, one after another. If `isRequired` is false its failure is reported but does not fail the stage. */
export interface Lane {
  readonly server: InstanceKey;
  readonly isRequired: boolean;
  readonly steps: readonly Step[];
}

export const STAGE_NAMES = ['silence', 'drain', 'promote', 'repoint', 'finish'] as const;
export type StageName = (typeof STAGE_NAMES)[number] | (string & {});

/** Lanes that run side by side; the next stage begins when all are done. */
export interface Stage {
  readonly name: StageName;
  readonly lanes: readonly Lane[];
}

export interface Plan {
  readonly kind: 'plan';
  /** e.g. `replace dead primary 10.0.0.1:3306`. */
  readonly purpose: string;
  readonly clusterName: string;
  readonly stages: readonly Stage[];
  /** What was weighed and decided, one sentence each, in order. */
  readonly reasons: readonly string[];
}

/** One method tried, or one server considered, and the rule that refused it. */
export interface Objection {
  readonly subject: string;
  readonly rule: string;
  readonly explanation: string;
}

export interface Refusal {
  readonly kind: 'refusal';
  readonly purpose: string;
  readonly clusterName: string;
  /** One sentence. */
  readonly reason: string;
  readonly objections: readonly Objection[];
}
