import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import type { Instance } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import type { Exclusion, RestPlace } from '../../plan/failover/input.ts';
import type { Manner } from '../../plan/operations/request.ts';
import type { OwnFence } from '../fence/deposed-watch.ts';
import type { DeposedPrimary, RecoveryIntent } from '../ports.ts';

/** One recovery while it is under way. Mutable, owned by exactly one run of the state machine (dead-primary/). */
export interface RecoveryRun {
  readonly uid: string;
  readonly entry: AnalysisEntry;
  readonly skipHooks: boolean;
  /**
   * How whoever ordered it wishes replicas to be moved; absent: by virtual names, once made sure of, and with the usual search. Not in the
   * intent: another process that goes on makes sure of each name, which is safe, and operations that it finds unfinished tell their own.
   */
  readonly manner?: Manner;
  readonly candidate: InstanceKey | null;
  /** The historic command hint: '' when automatic. */
  readonly command: string;
  /** Wall time of the first sign of failure, epoch milliseconds; for the audit. */
  readonly suspectedAtMs: number;
  /** True when this run goes on with what an earlier process began. */
  readonly isResumed: boolean;
  intent: RecoveryIntent;
  readonly excluded: Exclusion[];
  /** Replicas whose receiver this recovery stopped. */
  readonly silenced: Set<string>;
  /** Replicas whose applier rested when this recovery was to have it execute what they had received: a person had stopped it. */
  readonly foundStopped: Set<string>;
  /** Replicas that did not answer when they were to be pointed at the successor. Absent: none. */
  silentAtRepointing?: readonly InstanceKey[];
  /** Replicas that were pointed at the successor and are not to receive from it: a person had stopped them. Absent: none. */
  leftStopped?: readonly InstanceKey[];
  /** What each replica was seen to have since it was silenced; see FailoverInput.seen. */
  readonly seen: Map<string, Set<string>>;
  /** By file and position: where replicas came to rest with everything executed; see FailoverInput.rests. */
  readonly rests: Map<string, RestPlace>;
  /** The successor that an earlier recovery of this primary had begun with, and failed; see earlier.ts. null: none. */
  readonly begunBefore: InstanceKey | null;
  /** The failed primary's row in the list of deposed ones, if an earlier recovery wrote it: it stays deposed, however this one ends. */
  readonly deposedBefore: DeposedPrimary | null;
  /** That recovery failed: nobody may be let listen to the failed primary again; see LeftBehind.isUnfinished. */
  readonly finishesEarlier: boolean;
  /** Successors that died after they had forgotten their source: deposed like the failed primary, and lost. */
  readonly abandoned: InstanceKey[];
  /** This process holds a lock on the live primary, which has no super_read_only; see dead-primary/close-primary.ts. */
  holdsLock?: boolean;
  /** What the failed server was when this process began the recovery, as last read; null: not known, as in one that is gone on with. */
  readonly failedBefore: Instance | null;
  /** The backend failed at the point of no return: nothing was done, but whoever goes on may find it passed. */
  mayBeCommitted?: true;
  /** People made another server the primary meanwhile: nobody is opened beside it, not even the former primary again. */
  isOvertaken?: true;
  /** The failed primary came back while it counted as replaced, and was closed. */
  wasFenced?: boolean;
  /** By which virtual name (null: none) replicas are to address a server (host:port); see dead-primary/addresses.ts. */
  names?: Map<string, Promise<InstanceKey | null>>;
  /** The fences that this process put up meanwhile. */
  readonly fences: OwnFence[];
  readonly errors: string[];
  lost: readonly InstanceKey[];
}

/** How a recovery ended. cancelled: the primary came back before anything was done that cannot be undone. */
export type RunEnd =
  | { readonly kind: 'promoted'; readonly successor: InstanceKey; readonly lost: readonly InstanceKey[] }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'cancelled'; readonly reason: string };
