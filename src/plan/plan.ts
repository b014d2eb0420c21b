import type { ServerCommand } from '../model/command.ts';
import type { BinlogCoordinates } from '../model/coordinates.ts';
import type { Positioning } from '../model/instance.ts';
import type { InstanceKey } from '../model/instance-key.ts';

/** A place in a log: known when the plan is made, or noted by an earlier step under this name. */
export type Place = BinlogCoordinates | { readonly note: string };

/** What a note holds: a place in a log, or a set of GTIDs. */
export type Noted = BinlogCoordinates | { readonly kind: 'gtid'; readonly gtid: string };

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
  /** The applier runs and has read all of its relay log; with `to`, which has come so far in the source's log at least. */
  | { readonly kind: 'has-read-all'; readonly to?: Place }
  /** Everything in this GTID set or position is executed; it is known when the plan is made, or noted by an earlier step. */
  | { readonly kind: 'has-executed'; readonly gtid: string | { readonly note: string } }
  /**
   * The applier stands exactly there in its source's log; with `gtid` (MariaDB) also further, where that position tells that nothing but
   * housekeeping of the log came since.
   */
  | { readonly kind: 'executed-exactly'; readonly place: Place; readonly gtid?: string | { readonly note: string } }
  /** The applier has come there, or further, in its source's log. */
  | { readonly kind: 'executed-to'; readonly place: Place }
  /** The receiver has come there, or further, in its source's log. */
  | { readonly kind: 'received-to'; readonly place: BinlogCoordinates }
  /** Follows this source, whether its threads run or not. */
  | { readonly kind: 'has-source'; readonly source: InstanceKey }
  | { readonly kind: 'has-no-source' }
  | { readonly kind: 'positioned-by'; readonly positioning: Positioning }
  | { readonly kind: 'delayed-by'; readonly seconds: number }
  | { readonly kind: 'semi-sync'; readonly side: 'source' | 'replica'; readonly enabled: boolean }
  /** gtid_executed (MariaDB: its position) equals this exactly, known when the plan is made or noted by an earlier step. */
  | { readonly kind: 'executed-gtid'; readonly gtid: string | { readonly note: string } }
  /** The server's own binary log has come to this file, or to a later one. */
  | { readonly kind: 'own-log-at-least'; readonly file: string }
  /** The server's own binary log ends exactly there: nothing was written to it since. */
  | { readonly kind: 'own-log-ends-at'; readonly place: Place }
  /** `withSuper`: super_read_only as well. */
  | { readonly kind: 'read-only'; readonly readOnly: boolean; readonly withSuper?: true }
  | { readonly kind: 'same-server'; readonly serverUuid: string | null; readonly serverId: number }
  /** All of these, on one and the same reading. */
  | { readonly kind: 'all-of'; readonly conditions: readonly Condition[] };

/**
 * What a note remembers of a server: where its own log ends, how far it has executed its source's, or its relay log, its
 * gtid_executed, or all GTIDs it has, executed or only received (on MariaDB a position).
 */
export const NOTED_PLACES = ['own', 'executed', 'read', 'relay', 'executed-gtid', 'complete-gtid'] as const;
export type NotedPlace = (typeof NOTED_PLACES)[number];

/**
 * What a step does. command: tell the server something; `at` names the note that gives the command its coordinates or GTIDs.
 * wait: until the server reaches `ensures`. note: remember where the server stands; `without`: but for these GTIDs. correlate: find the place in the log of
 * `destination` that means what the server has executed (Pseudo-GTID), and note it.
 */
export type Action =
  | { readonly kind: 'command'; readonly command: ServerCommand; readonly at?: string }
  | { readonly kind: 'wait' }
  | { readonly kind: 'note'; readonly note: string; readonly place: NotedPlace; readonly without?: string }
  | { readonly kind: 'correlate'; readonly note: string; readonly destination: InstanceKey };

export interface Step {
  /** Unique within the plan, e.g. `promote 127.0.0.1:3306 forget-source`. */
  readonly id: string;
  readonly server: InstanceKey;
  readonly action: Action;
  /** The step is skipped when this holds already; null = never. */
  readonly unless: Condition | null;
  /** The step is skipped, too, when this one of another lane of its stage (an id) is done within that time. */
  readonly unlessDone?: { readonly step: string; readonly withinMs: number };
  /** Checked on a fresh reading before the action; null = nothing. */
  readonly requires: Condition | null;
  /** Left out when this step of its lane (an id) was: what it is about has not come up. */
  readonly onlyAfter?: string;
  /** Verified (or waited for) on fresh readings after the action; of a note, on the very reading that is noted. null = nothing. */
  readonly ensures: Condition | null;
  readonly deadlineMs: number;
  /** True when it cannot be taken back: from the first such step on, a recovery goes forward only. */
  readonly isDestructive: boolean;
  /** Once this is done, neither it nor anything before it is taken back. While that is in doubt, its way back must work first. */
  readonly isPointOfNoReturn?: boolean;
  /** Steps that restore what the action changed, in their order; empty when there is nothing to restore or no way back. */
  readonly undo: readonly Step[];
  /** One sentence for people. */
  readonly why: string;
}

/** Steps on one server, one after another. If `isRequired` is false its failure is reported but does not fail the stage. */
export interface Lane {
  readonly server: InstanceKey;
  readonly isRequired: boolean;
  /** What later stages have for the server does not depend on it: its failure is told, and no more. Never with `isRequired`. */
  readonly isAside?: true;
  readonly steps: readonly Step[];
}

export const STAGE_NAMES = ['silence', 'drain', 'promote', 'repoint', 'finish'] as const;
export type StageName = (typeof STAGE_NAMES)[number] | (string & {});

/** Lanes that run side by side; the next stage begins when all are done. */
export interface Stage {
  readonly name: StageName;
  /** What it brings about others may undo, if a process dies: whoever goes on does it again, whole, as long as no point of no return behind it was surely passed. */
  readonly isRenewed?: true;
  /** It begins so long after the one before has ended. */
  readonly pauseMs?: number;
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
