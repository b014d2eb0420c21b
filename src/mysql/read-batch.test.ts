import { expect, it } from 'vitest';
import type { Clock } from '../engine/ports.ts';
import { createRefusals } from './read-batch.ts';

it('what was refused is asked again after a while, or as soon as there is a new session', () => {
  let nowMs = 0;
  const refusals = createRefusals({ monotonicMs: () => nowMs } as Clock);
  refusals.add('credentials', 'cannot read its replicas');
  expect([refusals.isRefused('credentials'), refusals.isDue()]).toEqual([true, false]);
  nowMs = 3_600_000;
  expect(refusals.isDue()).toBe(true);
  expect(refusals.isRefused('credentials')).toBe(false);
  refusals.add('credentials', 'cannot read its replicas');
  refusals.clear();
  expect([refusals.isRefused('credentials'), refusals.isDue(), refusals.warnings()]).toEqual([false, false, []]);
});
