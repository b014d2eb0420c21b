import { OrchestratorError } from '../model/error.ts';
import type { Route } from './route.ts';

/** How long a request may take, in milliseconds. */
export interface Bounds {
  /** From its first byte to the last of its body; then it is answered with 408 and its connection closed. */
  readonly receiveMs: number;
  /** From there to the answer, where nothing is changed. */
  readonly answerMs: number;
}

/** Whatever a reader waits for (backend, agents, name service) has shorter deadlines of its own: this one is for what nobody thought of. */
export const BOUNDS: Bounds = { receiveMs: 60_000, answerMs: 60_000 };

/**
 * Why a route may work for longer than that; null for those that may not. What is begun is told with its end, however long that takes,
 * as it always has been: whoever is told "too late" would not know what became of it.
 */
export function whyUnbounded({ mutates, group }: Pick<Route, 'mutates' | 'group'>): string | null {
  if (mutates) return 'each step has its deadline (plan, backend, probe, hooks), and its end must be told';
  if (group === 'Binary logs') return 'a search ends by its own deadline, which grows with the logs';
  return null;
}

/**
 * The outcome of the work, if it comes in time.
 * @throws OrchestratorError `answer-late` otherwise; the work goes on, and nobody hears of it.
 */
export async function inTime<T>(work: Promise<T>, patienceMs: number, path: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const what = `${path} has no answer after ${patienceMs} ms`;
      reject(new OrchestratorError('answer-late', `${what}; ask again, and look into the log for what is slow`));
    }, patienceMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
