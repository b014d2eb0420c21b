import type { InstanceJson } from '../api/types.ts';
import { isNamed, nameOf } from './key.ts';

/** What a server is in the tree. */
export type Role = 'primary' | 'co-primary' | 'intermediate' | 'replica';

/** How a server is doing, worst first; it gives a card its colour. `set-aside`: downtimed by a person. */
export type Health = 'dead' | 'deposed' | 'broken' | 'warning' | 'set-aside' | 'fine';

/** How one replication edge is doing. `none`: the server replicates from nowhere. */
export type EdgeState = 'running' | 'lagging' | 'stopped' | 'broken' | 'none';

/** Lag in whole seconds; null when the server does not tell. */
export const lagSecondsOf = (instance: InstanceJson): number | null =>
  instance.ReplicationLagSeconds.Valid
    ? instance.ReplicationLagSeconds.Int64
    : instance.SecondsBehindMaster.Valid
      ? instance.SecondsBehindMaster.Int64
      : null;

const hasProblem = (instance: InstanceJson, problem: string): boolean => instance.Problems?.includes(problem) ?? false;

/** True when a replication address is configured, attached or detached. */
export const isReplica = (instance: InstanceJson): boolean => isNamed(instance.MasterKey);

/** Where a server stands; `hasReplicas` as drawn, which may be ahead of what the server itself reports. */
export function roleOf(instance: InstanceJson, hasReplicas: boolean): Role {
  if (instance.IsCoMaster) return 'co-primary';
  if (!isReplica(instance)) return 'primary';
  return hasReplicas ? 'intermediate' : 'replica';
}

/** A primary that a recovery replaced; the recovery downtimes it with this reason. */
export const isLostInRecovery = (instance: InstanceJson): boolean =>
  instance.IsDowntimed && instance.DowntimeReason === 'lost-in-recovery';

/** A former primary (not a lost replica): recorded as deposed or lost in a recovery, and replicating from nowhere. */
export const isDeposed = (instance: InstanceJson): boolean =>
  (instance.IsDeposed === true || isLostInRecovery(instance)) && !isReplica(instance);

/** The state of the edge between a server and its source. */
export function edgeStateOf(instance: InstanceJson): EdgeState {
  if (!isReplica(instance)) return 'none';
  const threads = [instance.ReplicationIOThreadState, instance.ReplicationSQLThreadState];
  const isErring = instance.LastIOError !== '' || instance.LastSQLError !== '';
  if (!instance.IsLastCheckValid || threads.includes(2)) return 'broken';
  if (threads.every((state) => state === 1)) return hasProblem(instance, 'replication_lag') ? 'lagging' : 'running';
  return isErring ? 'broken' : 'stopped';
}

/** The one health of a server. A writable deposed primary is an alarm even though it is downtimed. */
export function healthOf(instance: InstanceJson): Health {
  if (!instance.IsLastCheckValid)
    return isDeposed(instance) || isLostInRecovery(instance) || !instance.IsDowntimed ? 'dead' : 'set-aside';
  if (isDeposed(instance)) return instance.ReadOnly ? 'deposed' : 'broken';
  if (instance.IsDowntimed) return 'set-aside';
  if (edgeStateOf(instance) === 'broken') return 'broken';
  return (instance.Problems?.length ?? 0) > 0 || edgeStateOf(instance) === 'stopped' ? 'warning' : 'fine';
}

const PROBLEM_WORDS: Readonly<Record<string, string>> = {
  last_check_invalid: 'does not answer',
  not_recently_checked: 'not checked recently',
  not_replicating: 'not replicating',
  replication_lag: 'lagging',
  errant_gtid: 'errant transactions',
  group_replication_member_not_online: 'group member not online',
};

/** A problem of the API in plain words. */
export const problemWords = (problem: string): string => PROBLEM_WORDS[problem] ?? problem.replaceAll('_', ' ');

/** One replication thread in words; `state` as on the wire. */
export const threadWords = (state: number): string =>
  ({ '-1': 'none', '0': 'stopped', '1': 'running' })[String(state)] ?? 'connecting';

/** Name of the server's source, without the mark of a detached address. */
export const sourceNameOf = (instance: InstanceJson): string | null =>
  isReplica(instance) ? nameOf(instance.MasterKey).replace(/^\/\//, '') : null;
