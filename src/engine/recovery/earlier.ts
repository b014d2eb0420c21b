import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { RestPlace } from '../../plan/failover/input.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { DeposedPrimary, RecoveryRecord, RecoveryStore, Servers } from '../ports.ts';

/*
 * What earlier recoveries of a cluster mean for a new one. All of it is read from their records, so that it outlives this process
 * and is the same for every node.
 */

/** Begins the comment of a recovery that was called off, and acknowledged by itself for that. */
export const CALLED_OFF = 'called off: ';
const ACKNOWLEDGED_BY = 'orchestrator';
const LOOK_DEADLINE_MS = 1_000;

/** What a recovery of the same primary left behind that failed past its point of no return. */
export interface LeftBehind {
  /** Replicas (host:port) whose receiver it stopped, and could not start any more: no operator's work. */
  readonly silenced: ReadonlySet<string>;
  /** The successor it had begun with: it has forgotten its source, or does not answer. null: there is none any more. */
  readonly successor: InstanceKey | null;
  /** By file and position: where that one came to rest. Absent: not known. */
  readonly successorRest?: RestPlace;
  /** The primary's row in the list of deposed ones, if an earlier recovery wrote it, whatever became of that. */
  readonly deposed: DeposedPrimary | null;
  /** That recovery failed: who listens to the primary again may receive what the successor will never have. */
  readonly isUnfinished: boolean;
}

const endedOf = (records: readonly RecoveryRecord[], failed: InstanceKey): readonly RecoveryRecord[] =>
  records.filter(({ key, endedAt }) => endedAt !== '' && sameKey(key, failed));

/**
 * The newest recovery of this primary, given the newest first, that ended with something done. Those that ended before their
 * point of no return, and left nobody stopped, change nothing about an earlier one that went past it.
 */
const decisive = (ended: readonly RecoveryRecord[]): RecoveryRecord | undefined =>
  ended.find(({ isSuccessful, lostReplicas }) => isSuccessful || lostReplicas.length > 0);

/** That one, if it failed. */
function unfinished(records: readonly RecoveryRecord[], failed: InstanceKey): RecoveryRecord | null {
  const last = decisive(endedOf(records, failed));
  return last?.isSuccessful === false ? last : null;
}

/** True when recoveries of this primary have ended, and the last that did something was not successful. */
function haveFailed(records: readonly RecoveryRecord[], failed: InstanceKey): boolean {
  const ended = endedOf(records, failed);
  return ended.length > 0 && decisive(ended)?.isSuccessful !== true;
}

/** Replicas that an earlier recovery left stopped; `records` of the cluster or the server, newest first. */
export const leftSilenced = (records: readonly RecoveryRecord[], failed: InstanceKey): ReadonlySet<string> =>
  new Set(unfinished(records, failed)?.lostReplicas.map(formatKey));

/**
 * The same, and the successor that was begun with; that one is asked how it is now. `epoch`: of the recovery that asks, whose own
 * traces are not those of an earlier one; null: it has left none.
 */
export async function readLeftBehind(
  deps: { readonly servers: Servers; readonly fleet: Fleet; readonly store: Pick<RecoveryStore, 'readDeposed'> },
  records: readonly RecoveryRecord[],
  failed: InstanceKey,
  epoch: number | null,
): Promise<LeftBehind> {
  const rows = await deps.store.readDeposed();
  const row = rows.find(({ key }) => sameKey(key, failed)) ?? null;
  const deposed = row === null || (epoch !== null && row.epoch >= epoch) ? null : row;
  const isUnfinished = deposed !== null && haveFailed(records, failed);
  const begun = isUnfinished ? deposed.successor : null;
  // A successor that was given up is deposed itself: it is begun with no more.
  const isGivenUp = begun !== null && rows.some(({ key }) => sameKey(key, begun));
  const successor = isGivenUp ? null : await stillBegun(deps, begun);
  const rest = successor === null ? undefined : deposed?.successorRest;
  return {
    silenced: leftSilenced(records, failed),
    successor,
    ...(rest === undefined ? {} : { successorRest: rest }),
    deposed,
    isUnfinished,
  };
}

/** The successor belongs to the cluster no more once it has forgotten its source; for the recovery it does. */
export const withSuccessor = (members: readonly InstanceKey[], { successor }: LeftBehind): readonly InstanceKey[] =>
  successor === null || members.some((key) => sameKey(key, successor)) ? members : [...members, successor];

/** One that has a source again was given another place since, or had never lost its own. */
async function stillBegun(
  deps: { readonly servers: Servers; readonly fleet: Fleet },
  successor: InstanceKey | null,
): Promise<InstanceKey | null> {
  if (successor === null) return null;
  const previous = deps.fleet.recordOf(successor)?.instance ?? null;
  const reading = await deps.servers.probe(successor, { deadlineMs: LOOK_DEADLINE_MS, depth: 'replication', previous });
  if (reading.kind === 'failed') return successor;
  deps.fleet.answered(reading.instance);
  return reading.instance.replication === null ? successor : null;
}

/** Epoch milliseconds of a stored time, `YYYY-MM-DD HH:MM:SS` UTC. */
const timeOf = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`);

/** True when another recovery of the cluster was called off within the block period. `records` newest first. */
export const wasCalledOffLately = (records: readonly RecoveryRecord[], uid: string, sinceMs: number): boolean =>
  records.some(
    (record) =>
      record.uid !== uid &&
      record.acknowledgedBy === ACKNOWLEDGED_BY &&
      record.acknowledgedComment.startsWith(CALLED_OFF) &&
      timeOf(record.startedAt) >= sinceMs,
  );
