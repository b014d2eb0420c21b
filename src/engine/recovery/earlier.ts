import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { RecoveryRecord, RecoveryStore, Servers } from '../ports.ts';

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
}

export const NOTHING_LEFT: LeftBehind = { silenced: new Set(), successor: null };

/** The newest ended recovery of this primary, given the newest first, if it failed past its point of no return. */
function unfinished(records: readonly RecoveryRecord[], failed: InstanceKey): RecoveryRecord | null {
  const last = records.find(({ key, endedAt }) => endedAt !== '' && sameKey(key, failed));
  return last !== undefined && !last.isSuccessful && last.lostReplicas.length > 0 ? last : null;
}

/** Replicas that an earlier recovery left stopped; `records` of the cluster or the server, newest first. */
export const leftSilenced = (records: readonly RecoveryRecord[], failed: InstanceKey): ReadonlySet<string> =>
  new Set(unfinished(records, failed)?.lostReplicas.map(formatKey));

/** The same, and the successor that was begun with; that one is asked how it is now. */
export async function readLeftBehind(
  deps: { readonly servers: Servers; readonly fleet: Fleet; readonly store: Pick<RecoveryStore, 'readDeposed'> },
  records: readonly RecoveryRecord[],
  failed: InstanceKey,
): Promise<LeftBehind> {
  if (unfinished(records, failed) === null) return NOTHING_LEFT;
  const deposed = await deps.store.readDeposed();
  const begun = deposed.find(({ key }) => sameKey(key, failed))?.successor ?? null;
  return { silenced: leftSilenced(records, failed), successor: await stillBegun(deps, begun) };
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
