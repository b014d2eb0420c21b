import { countTransactions } from '../../model/gtid-set.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';
import { progressOf } from '../../model/received.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { transactionsToApply } from './ranking.ts';

/** How far a replica with something left to execute had come when it was read. */
export interface ApplySample {
  readonly executed: bigint;
  readonly seenAtMs: number;
}

/** Readings closer together than this say little about a speed. */
const LEAST_APART_MS = 500;

function countExecuted(instance: Instance): bigint | null {
  const progress = progressOf(instance);
  if (progress.kind === 'oracle') return countTransactions(progress.executed);
  if (progress.kind === 'mariadb') return progress.executed.gtids.reduce((sum, { sequence }) => sum + sequence, 0n);
  return null;
}

/** Of each replica that has a backlog, by name (host:port). One without is as fast as its source writes: that says nothing. */
export function applySamples(records: readonly ServerRecord[]): ReadonlyMap<string, ApplySample> {
  const samples = new Map<string, ApplySample>();
  for (const { key, instance, check } of records) {
    if (instance?.replication == null || check.lastSeenAtMs === null) continue;
    if ((transactionsToApply(instance) ?? 0) === 0) continue;
    const executed = countExecuted(instance);
    if (executed !== null) samples.set(formatKey(key), { executed, seenAtMs: check.lastSeenAtMs });
  }
  return samples;
}

/** Transactions per second from one reading of a backlog to a later one; null when they are too close, or out of order. */
export function applyRate(before: ApplySample, after: ApplySample): number | null {
  const elapsedMs = after.seenAtMs - before.seenAtMs;
  if (elapsedMs < LEAST_APART_MS || after.executed < before.executed) return null;
  return Number(after.executed - before.executed) / (elapsedMs / 1000);
}
