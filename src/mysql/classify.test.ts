import { describe, expect, it } from 'vitest';
import type { Instance } from '../model/instance.ts';
import { instanceOf } from '../model/testing/instances.ts';
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

describe('a query that is not answered', () => {
  const silent = {
    query: async () => ({ kind: 'failed', failure: { kind: 'answered', errorNumber: 1205, message: 'locked' } }),
  } as unknown as Session;
  const known = instanceOf('a:1', {
    lagSeconds: 3,
    pseudoGtid: true,
    classification: {
      instanceAlias: 'one',
      dataCenter: 'east',
      region: 'eu',
      physicalEnvironment: 'prod',
      suggestedClusterAlias: 'shop',
      clusterDomain: 'shop.example',
      semiSyncPriority: 2,
      promotionRule: 'prefer',
    },
  });
  const all = configured(
    {
      detectDataCenterQuery: 'q',
      detectRegionQuery: 'q',
      detectPhysicalEnvironmentQuery: 'q',
      detectInstanceAliasQuery: 'q',
      detectSemiSyncEnforcedQuery: 'q',
      detectPromotionRuleQuery: 'q',
      detectClusterAliasQuery: 'q',
      detectClusterDomainQuery: 'q',
      detectPseudoGtidQuery: 'q',
    },
    'q',
  );

  it('leaves what was last known', async () => {
    const { extras, warnings } = await classify(silent, KEY, all, known, () => 1_000);
    expect(extras).toMatchObject({ pseudoGtid: true, lagSeconds: null, lastLagSeconds: 3 });
    expect(extras.classification).toEqual(known.classification);
    expect(warnings).toHaveLength(10);
  });

  it('leaves the pattern where nothing is known, or nothing but that', async () => {
    const settings = configured({ detectDataCenterQuery: 'q', dataCenterPattern: /(.)/ });
    const dataCenterBy = async (before: Instance | null) =>
      (await classify(silent, KEY, settings, before, () => 1_000)).extras.classification.dataCenter;
    expect(await dataCenterBy(null)).toBe('a');
    expect(await dataCenterBy(instanceOf('a:1'))).toBe('a');
    expect(await dataCenterBy(known)).toBe('east');
  });

  it('is not one that is not configured: nothing is remembered of that', async () => {
    const { extras } = await classify(silent, KEY, configured({ detectRegionQuery: ' ' }), known, () => 1_000);
    expect(extras).toMatchObject({ pseudoGtid: false, lagSeconds: null, lastLagSeconds: null });
    expect(extras.classification).toEqual(instanceOf('a:1').classification);
  });
});
