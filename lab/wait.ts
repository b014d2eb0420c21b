import { setTimeout as sleep } from 'node:timers/promises';
import { LabError, messageOf } from './error.ts';

export interface WaitOptions {
  /** What is awaited, for the message: "replica 3 to replicate". */
  readonly what: string;
  /** Default 20 000 ms. */
  readonly deadlineMs?: number;
  /** Pause between two looks; default 10 ms. */
  readonly intervalMs?: number;
  /** Asked when the deadline passes, to say what was seen instead. */
  readonly explain?: () => string | Promise<string>;
}

/**
 * Looks again and again until `look` answers something other than false, null or undefined, and returns that. A look
 * that throws counts as "not yet". Throws LabError 'deadline' naming what was awaited and the last failure.
 */
export async function waitFor<T>(
  look: () => T | Promise<T>,
  options: WaitOptions,
): Promise<Exclude<T, false | null | undefined>> {
  const deadlineMs = options.deadlineMs ?? 20_000;
  const startMs = performance.now();
  let last = '';
  for (;;) {
    try {
      const seen = await look();
      if (seen !== false && seen !== null && seen !== undefined) return seen as Exclude<T, false | null | undefined>;
      last = '';
    } catch (thrown) {
      last = `; last failure: ${messageOf(thrown)}`;
    }
    if (performance.now() - startMs > deadlineMs) {
      const seen = options.explain ? `; seen: ${await options.explain()}` : '';
      throw new LabError('deadline', `waited ${deadlineMs} ms in vain for ${options.what}${last}${seen}`);
    }
    await sleep(options.intervalMs ?? 10);
  }
}
