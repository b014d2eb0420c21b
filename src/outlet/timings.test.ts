import { expect, test } from 'vitest';
import { createTimings } from './timings.ts';

test('samples of the asked time, and none older than the retention', () => {
  let nowMs = 0;
  const timings = createTimings(() => nowMs, { retentionSeconds: 10, queueSamples: 5 });
  for (let second = 0; second < 30; second++) {
    nowMs = second * 1000;
    timings.discovered({ hostname: 'a', port: second, elapsedMs: 1, hasFailed: false });
    timings.queueSeen('DEFAULT', { active: second, queued: 0 });
  }
  expect(timings.discoveries(3).map(({ port }) => port)).toEqual([26, 27, 28, 29]);
  expect(timings.discoveries(600)).toHaveLength(11);
  expect(timings.queue('DEFAULT', 600)).toHaveLength(6);
  expect(timings.queue('DEADINSTANCES', 600)).toEqual([]);
  expect(timings.queue('nosuch', 1)).toBeNull();
});

test('writes and batches', () => {
  const timings = createTimings(() => 0, { retentionSeconds: 10, queueSamples: 5 });
  timings.backendWritten({ elapsedMs: 2, hasFailed: true });
  timings.flushed({ countServers: 3, elapsedMs: 2 });
  expect(timings.backendWrites(1)).toEqual([{ atMs: 0, elapsedMs: 2, hasFailed: true }]);
  expect(timings.flushes(1)).toEqual([{ atMs: 0, countServers: 3, elapsedMs: 2 }]);
});
