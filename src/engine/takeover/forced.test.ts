import { expect, it } from 'vitest';
import type { StartOptions } from '../recovery/recoveries.ts';
import { keyOf, nameOf, recoveryScene } from '../testing/recovery-scene.ts';
import { createForced, type ForcedDeps } from './forced.ts';
import type { ForcedRequest } from './outcome.ts';

it('the recovery is told who replaces the primary, and how replicas are to be moved', async () => {
  const { put, fleet, entry, clock, servers } = recoveryScene();
  put(1, null);
  put(2, 1);
  const asked: StartOptions[] = [];
  const recoveries = {
    plan: async () => ({ kind: 'plan' }),
    recover: async (_entry: unknown, options: StartOptions) => {
      asked.push(options);
      return { kind: 'failed', uid: 'u', reason: 'it did not' };
    },
  };
  const forced = createForced({
    recoveries,
    fleet,
    clock,
    servers,
    analyse: async () => entry([2]),
  } as unknown as ForcedDeps);
  const request: ForcedRequest = { kind: 'force-master-takeover', clusterName: nameOf(1), designated: keyOf(2) };
  for (const manner of [{}, { ignoresVirtualNames: true }]) await forced.run({ ...request, manner }, 'ann');
  expect(asked.map(({ candidate, manner, orderedBy }) => [candidate, manner, orderedBy])).toEqual([
    [keyOf(2), {}, 'ann'],
    [keyOf(2), { ignoresVirtualNames: true }, 'ann'],
  ]);
});
