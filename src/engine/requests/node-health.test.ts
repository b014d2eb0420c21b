import { expect, test } from 'vitest';
import type { NodeHealth } from '../ports.ts';
import { healthReport } from './node-health.ts';

const NODE = { hostname: 'node1', token: 't', version: '1', dbBackend: 'sqlite' };

/** A node whose backend answers, or keeps silent for as long as anybody waits. */
function ask(readAvailable: () => Promise<readonly NodeHealth[]>, sleep: () => Promise<void>) {
  const deps = {
    nodes: { readAvailable },
    leadership: { isLeader: () => true, remainingMs: () => 1000 },
    clock: { sleep },
    failure: () => null,
  };
  return healthReport(deps as unknown as Parameters<typeof healthReport>[0], NODE);
}

const never = <T>(): Promise<T> => new Promise(() => {});

test('a backend that keeps silent is told of, instead of keeping whoever asks waiting', async () => {
  expect(await ask(never, async () => {})).toMatchObject({
    isHealthy: false,
    isActiveNode: true,
    error: 'the backend did not answer within 2000 ms',
    activeNode: { hostname: 'node1' },
  });
});

test('one that answers is well', async () => {
  expect(await ask(async () => [], never)).toMatchObject({ isHealthy: true, error: null });
});
