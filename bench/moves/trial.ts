import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine, LogLine } from '../../test/support/engine.ts';

/** One operation, from the request to the answer. Milliseconds. */
export interface Trial {
  readonly totalMs: number;
  /** Reading the servers concerned and planning. */
  readonly planMs: number;
  /** Locks and the journal's first entry. */
  readonly lockMs: number;
  /** From the first step's begin to the last step's end. */
  readonly stepsMs: number;
  /** Final reading, unlocking, answer. */
  readonly closeMs: number;
  /** Each step's own line, as the audit has it. */
  readonly steps: readonly string[];
  readonly fault: string | null;
}

/** Between two operations; the service goes on polling. */
const PAUSE_MS = 50;

/** Runs one operation and takes its time apart by the lines it logged. */
export async function runTrial(engine: Engine, words: Parameters<Engine['run']>): Promise<Trial> {
  await sleep(PAUSE_MS + Math.random() * PAUSE_MS);
  const from = engine.log.length;
  const startMs = performance.now();
  const outcome = await engine.run(...words);
  const endMs = performance.now();
  const lines = engine.log.slice(from).filter(({ message }) => message === 'operation step');
  const timed = lines.filter((line) => tookMs(line) !== null);
  const plannedAtMs = lines[0]?.atMs ?? startMs;
  const first = timed[0];
  const begunAtMs = first === undefined ? plannedAtMs : Math.max(plannedAtMs, first.atMs - (tookMs(first) ?? 0));
  const doneAtMs = timed.at(-1)?.atMs ?? begunAtMs;
  const failed = outcome.kind === 'done' ? outcome.failed.map(({ reason }) => reason) : [outcome.kind];
  return {
    totalMs: endMs - startMs,
    planMs: plannedAtMs - startMs,
    lockMs: begunAtMs - plannedAtMs,
    stepsMs: doneAtMs - begunAtMs,
    closeMs: endMs - doneAtMs,
    steps: timed.map(
      ({ fields, atMs }) =>
        `${Math.round(atMs - startMs)
          .toString()
          .padStart(6)} ms  ${String(fields.step)}`,
    ),
    fault: failed.length === 0 ? null : failed.join('; '),
  };
}

/** Milliseconds that a step took, as its line says at its end; null for other lines. */
function tookMs({ fields }: LogLine): number | null {
  const found = /\((\d+) ms\)$/.exec(String(fields.step));
  return found === null ? null : Number(found[1]);
}
