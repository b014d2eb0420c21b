import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRefresher } from './refresher.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('many wishes make one run; a slow run makes the next one wait three times as long', async () => {
  const runs: number[] = [];
  const refresher = createRefresher(
    async () => {
      runs.push(Date.now() - startMs);
      await new Promise((resolve) => setTimeout(resolve, 200));
    },
    100,
    () => Date.now(),
  );
  const startMs = Date.now();
  for (let i = 0; i < 50; i += 1) refresher.wish();
  await vi.advanceTimersByTimeAsync(150);
  expect(runs).toEqual([100]);
  refresher.wish();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(runs).toEqual([100, 900]);
  refresher.close();
  refresher.wish();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(runs).toHaveLength(2);
});
