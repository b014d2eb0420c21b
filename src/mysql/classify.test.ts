import { describe, expect, it } from 'vitest';
import { classify } from './classify.ts';
import type { Session } from './session.ts';
import { type ClassificationSettings, NO_CLASSIFICATION, type ServersSettings } from './settings.ts';

/** A session on which every configured query is answered so. */
const answering = (answer: string | null): Session =>
  ({ query: async () => ({ kind: 'answered', value: [[{ answer }]] }) }) as unknown as Session;
const configured = (queries: Partial<ClassificationSettings>, replicationLagQuery = ''): ServersSettings =>
  ({ replicationLagQuery, classification: { ...NO_CLASSIFICATION, ...queries } }) as ServersSettings;
const KEY = { hostname: 'a', port: 1 };

/** Lag and semi-sync priority as the configured queries answer them. */
async function readNumbers(answer: string | null) {
  const settings = configured({ detectSemiSyncEnforcedQuery: 'select priority' }, 'select lag');
  const { extras } = await classify(answering(answer), KEY, settings, null, () => 1_000);
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

it.each([
  ['1', true],
  ['0', false],
  ['', false],
  ['no markers here', false],
  ['2', false],
  [null, false],
])('DetectPseudoGTIDQuery that answers %s: %s, only 1 is yes', async (answer, isMarked) => {
  const settings = configured({ detectPseudoGtidQuery: 'select marks' });
  const { extras } = await classify(answering(answer), KEY, settings, null, () => 1_000);
  expect(extras.pseudoGtid).toBe(isMarked);
});
