import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import { UPTIME_SLACK_MS } from '../../model/uptime.ts';
import type { FailoverInput, RestPlace } from '../../plan/failover/input.ts';
import type { ClosedSpan } from '../fleet/closed-spans.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { RecoveryIntent } from '../ports.ts';
import type { RecoveryRun } from './run.ts';

/*
 * What is known of two co-primaries is written into the intent when one of them is to be replaced: the record of the failed one may change
 * while it is (it may be back, and go on applying), and a process that takes the recovery over knows nothing by itself. It counts for as
 * long as the other one is seen closed without a break, from when it was noted to each plan that is made.
 */

type Sight = Pick<Fleet, 'closedSpan' | 'outOfSightMs'>;
type Pair = NonNullable<RecoveryIntent['pair']>;

/** What is known of the failed server's pair now; nothing where it follows nobody. */
export function knownPair(
  fleet: Sight & Pick<Fleet, 'recordOf'>,
  failed: InstanceKey,
  nowMs: number,
): Pick<RecoveryIntent, 'pair'> {
  const { passed, instance } = fleet.recordOf(failed) ?? {};
  const other = instance?.replication?.source;
  if (other === undefined) return {};
  const isKnown = passed !== undefined && sameKey(passed.other, other);
  return { pair: stillKnown({ other, passed: isKnown ? passed.at : null, knownAtMs: nowMs }, fleet, nowMs) };
}

/**
 * At each plan: the other one may have been opened, started again, or out of sight since. Then nothing that was known of it counts, though it
 * be closed now. One that is promoted, or was begun with, is opened by the recovery itself, and others go on where it came to rest before.
 * @returns a sentence, once, when that has happened.
 */
export function reconsiderPair(
  run: Pick<RecoveryRun, 'intent' | 'abandoned'>,
  fleet: Sight,
  nowMs: number,
): string | null {
  const { pair, successor } = run.intent;
  if (pair === undefined) return null;
  const begun = successor === null ? run.abandoned : [successor, ...run.abandoned];
  if (begun.some((key) => sameKey(key, pair.other))) return null;
  const still = stillKnown(pair, fleet, nowMs);
  run.intent = { ...run.intent, pair: still };
  if (still.passed !== null || pair.passed === null) return null;
  return `${formatKey(pair.other)}, the other co-primary, was not seen closed all the time since the recovery began: it may have rows of its own that nobody else has`;
}

/** The same, known at the last reading of the other one, if that was closed all the time; else nothing is known. Epoch milliseconds. */
function stillKnown(pair: Pair, fleet: Sight, nowMs: number): Pair {
  if (pair.passed === null) return pair;
  const span = fleet.closedSpan(pair.other);
  const outOfSightMs = fleet.outOfSightMs();
  if (span === null || nowMs - span.toMs > outOfSightMs || !goesBackTo(pair.knownAtMs, span, outOfSightMs))
    return { ...pair, passed: null };
  return { ...pair, knownAtMs: Math.max(pair.knownAtMs, span.toMs) };
}

/** It was closed since then. This process may have begun to look a moment later than the one that knew; then its uptime covers the gap. */
function goesBackTo(knownAtMs: number, { fromMs, upSinceMs, isFirst }: ClosedSpan, outOfSightMs: number): boolean {
  if (fromMs <= knownAtMs) return true;
  return isFirst && fromMs - knownAtMs <= outOfSightMs && upSinceMs <= knownAtMs + UPTIME_SLACK_MS;
}

/** For the planner. */
export const pairOf = ({ pair }: RecoveryIntent): Pick<FailoverInput, 'pair'> => (pair === undefined ? {} : { pair });

/** The rest of the other co-primary tells also who may go on from there. */
export function withPassed(rest: RestPlace, name: string, { pair }: RecoveryIntent): RestPlace {
  const isOther = pair !== undefined && formatKey(pair.other) === name;
  return isOther && pair.passed !== null ? { ...rest, passed: pair.passed } : rest;
}
