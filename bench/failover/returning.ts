import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs } from '../clock.ts';
import type { TrialContext } from './trial.ts';
import { type WritableState, type WritableWatch, watchWritable } from './watch-writable.ts';

/** What a deposed primary did when a supervisor started it again, writable. Milliseconds. */
export interface Return {
  /** First answer with read_only=0, after the kill; null when it was never seen writable. */
  readonly writableAfterMs: number | null;
  /** First answer with read_only=1 after it answered at all, after its first answer; null when not within the deadline. */
  readonly fencedAfterMs: number | null;
  /** The longest time in which it and a replica both said read_only=0. */
  readonly twoWritableMs: number;
}

const FENCED_WITHIN_MS = 60_000;
/** It is looked at for this long after it was fenced: nothing may open it again. */
const STAYS_FENCED_MS = 1_000;

/** Starts the killed primary `delayMs` after the kill, writable as a supervisor would, and looks at it without a break. */
export async function returnPrimary(context: TrialContext, killedAtMs: number, delayMs: number): Promise<Return> {
  const { primary, watches } = context;
  await sleep(Math.max(0, killedAtMs + delayMs - nowMs()));
  while (primary.isAlive()) await sleep(2);
  const watch = await watchWritable(primary);
  try {
    // The start waits for an answer of its own session, which the fence kills: only the watch decides.
    primary.restart({ readOnly: false }).catch(() => undefined);
    const fencedAtMs = await watch.first('closed', killedAtMs, FENCED_WITHIN_MS);
    await sleep(STAYS_FENCED_MS);
    const answeredAtMs = watch.changes.find(({ state }) => state !== 'down')?.atMs ?? null;
    const writableAtMs = watch.changes.find(({ state }) => state === 'writable')?.atMs ?? null;
    return {
      writableAfterMs: writableAtMs === null ? null : writableAtMs - killedAtMs,
      fencedAfterMs: fencedAtMs === null || answeredAtMs === null ? null : fencedAtMs - answeredAtMs,
      twoWritableMs: Math.max(0, ...watches.map((other) => overlapMs(watch, other))),
    };
  } finally {
    await watch.stop();
  }
}

/** The longest stretch in which both were seen writable. */
function overlapMs(a: WritableWatch, b: WritableWatch): number {
  const stretches = (watch: WritableWatch): readonly (readonly [number, number])[] =>
    watch.changes.flatMap(({ atMs, state }, index) =>
      isWritable(state) ? [[atMs, watch.changes[index + 1]?.atMs ?? nowMs()] as const] : [],
    );
  return Math.max(
    0,
    ...stretches(a).flatMap(([fromA, toA]) =>
      stretches(b).map(([fromB, toB]) => Math.min(toA, toB) - Math.max(fromA, fromB)),
    ),
  );
}

const isWritable = (state: WritableState): boolean => state === 'writable';
