import { describe, expect, it } from 'vitest';
import { classify } from './classify.ts';
import type { Session } from './session.ts';
import { NO_CLASSIFICATION, type ServersSettings } from './settings.ts';

/** Lag and semi-sync priority as the configured queries answer them. */
async function readNumbers(answer: string | null) {
  const settings = {
    replicationLagQuery: 'select lag',
    classification: { ...NO_CLASSIFICATION, detectSemiSyncEnforcedQuery: 'select priority' },
  } as unknown as ServersSettings;
  const session = { query: async () => ({ kind: 'answered', value: [[{ answer }]] }) } as unknown as Session;
  const { extras } = await classify(session, { hostname: 'a', port: 1 }, settings, null, () => 1_000);
  return { lag: extras.lagSeconds, priority: extras.classification.semiSyncPriority };
}

describe('numbers that configured queries answer', () => {
  it.each([
    ['3', 3, 3],
    ['0.52', 0, 0],
    ['12.9', 12, 12],
    ['-0.4', 0, 0],
    ['-7', 0, 0],
    ['1e3', 1_000, 1_000],
    ['', null, 0],
    ['late', null, 0],
    [null, null, 0],
  ])('%s is a lag of %s and a priority of %s, whole numbers', async (answer, lag, priority) => {
    const read = await readNumbers(answer);
    expect(read).toEqual({ lag, priority });
    expect(Object.is(read.lag, -0)).toBe(false);
  });
});
