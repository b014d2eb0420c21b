import { describe, expect, test } from 'vitest';
import type { Backend } from './harness.ts';
import { PRIMARY, sampleDetection, sampleRecord, sampleRecovery } from './samples.ts';

const NODES = ['a', 'b', 'c', 'd'];

export function concurrencyContract(backend: Backend): void {
  const openAll = () => Promise.all(NODES.map((name) => backend.open({ node: { hostname: name, token: name } })));

  describe('several nodes at once', () => {
    test('exactly one registers a recovery, whoever is first, in every round', async () => {
      const stores = await openAll();
      for (let round = 0; round < 20; round++) {
        const clusterName = `cluster${round}`;
        const outcomes = await Promise.all(
          stores.map((store, index) =>
            store.recoveries.registerRecovery(
              // Different servers of one cluster: the exclusion is the cluster's, not the server's.
              sampleRecovery(`r${round}-${index}`, {
                key: { hostname: `h${round}`, port: index % 2 },
                clusterName,
                isForced: index > 1,
              }),
            ),
          ),
        );
        expect(outcomes.map((outcome) => outcome.kind).sort()).toEqual(['blocked', 'blocked', 'blocked', 'registered']);
        expect(outcomes.find((outcome) => outcome.kind === 'registered')).toMatchObject({ epoch: 1 });
      }
    });

    test('exactly one registers the same server when they know its cluster by different names', async () => {
      const stores = await openAll();
      for (let round = 0; round < 10; round++) {
        const key = { hostname: `s${round}`, port: 3306 };
        const outcomes = await Promise.all(
          stores.map((store, index) =>
            store.recoveries.registerRecovery(
              sampleRecovery(`s${round}-${index}`, { key, clusterName: `name${round}-${index}` }),
            ),
          ),
        );
        expect(outcomes.filter((outcome) => outcome.kind === 'registered')).toHaveLength(1);
      }
    });

    test('exactly one finds a detection new', async () => {
      const stores = await openAll();
      const outcomes = await Promise.all(stores.map((store) => store.recoveries.registerDetection(sampleDetection())));
      expect(outcomes.filter((outcome) => outcome.isNew)).toHaveLength(1);
      expect(new Set(outcomes.map((outcome) => outcome.detectionId)).size).toBe(1);
    });

    test('all may write servers, steps and beats while others read', async () => {
      const stores = await openAll();
      const records = Array.from({ length: 150 }, (_, index) =>
        sampleRecord({ hostname: `h${index}`, port: 1 }, PRIMARY),
      );
      await Promise.all(
        stores.flatMap((store, index) => [
          store.servers.saveServers(records),
          store.recoveries.addStep('u', `step ${index}`),
          store.nodes.beat({ hostname: `n${index}`, token: 't', command: '', version: '1' }),
          store.servers.touchServers(records),
          store.intent.read(),
          store.servers.loadServers(),
        ]),
      );
      const [first] = stores;
      expect(await first?.servers.loadServers()).toHaveLength(150);
      expect(await first?.recoveries.readSteps('u')).toHaveLength(NODES.length);
    });

    test('one store serves many callers: a statement never slips into another caller’s transaction', async () => {
      const store = await backend.open();
      await store.recoveries.registerRecovery(sampleRecovery('running'));
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, async (_, index) => {
          await store.recoveries.addStep('mixed', String(index));
          return store.recoveries.registerRecovery(sampleRecovery(`u${index}`));
        }),
      );
      expect(outcomes.every((outcome) => outcome.kind === 'blocked')).toBe(true);
      expect(await store.recoveries.readSteps('mixed')).toHaveLength(40);
    });
  });
}
