import type { Instance } from '../../model/instance.ts';
import { isDrained } from '../../model/received.ts';

/**
 * How far a replica is behind with what it has yet to execute, in seconds. Where it does not tell (MariaDB says NULL as soon as its
 * source is gone, MySQL while its applier rests), what it told last, as long as anything is left. null: nobody knows.
 */
export function lagOf(instance: Instance): number | null {
  const { lagSeconds, lastLagSeconds = null } = instance;
  if (lagSeconds !== null || lastLagSeconds === 0) return lagSeconds ?? lastLagSeconds;
  return hasLeft(instance) ? lastLagSeconds : 0;
}

/** It has received what it has yet to execute, or cannot tell. What is still to come to it does not count. */
export function hasLeft(instance: Instance): boolean {
  const state = isDrained(instance);
  return !state.drained && (state.rule !== 'receiver-running' || state.remaining !== '');
}
