import { expect, test } from 'vitest';
import { createSingleLeadership } from './single.ts';

test('a node alone always leads, for as long as anybody may ask', async () => {
  const leadership = createSingleLeadership();
  expect(leadership.isLeader()).toBe(true);
  expect(leadership.remainingMs()).toBeGreaterThan(365 * 24 * 3600 * 1000);
  await leadership.close();
});
