import { describe, expect, test } from 'vitest';
import type { OperationRecord } from '../../../src/engine/ports.ts';
import type { Backend } from './harness.ts';

const operation = (uid: string, changes: Partial<OperationRecord> = {}): OperationRecord => ({
  uid,
  clusterName: 'db1:3306',
  purpose: 'move db3:3306 below db2:3307',
  requestedBy: 'Åsa',
  owner: 'node-a:boot-1:42',
  requestJson: '{"kind":"move-below"}',
  planJson: '{"stages":[]}',
  journalJson: '[]',
  maintenanceIds: [7, 8],
  startedAtMs: 1_795_000_000_123,
  ...changes,
});

export function operationContract(backend: Backend): void {
  describe('operations', () => {
    test('an operation comes back as it was saved, also when it is long and when it is replaced', async () => {
      const store = await backend.open();
      const first = operation('u1');
      await store.operations.save(first);
      expect(await store.operations.readOpen()).toEqual([first]);
      const replaced = operation('u1', {
        planJson: JSON.stringify({ text: "it's a \\ \u{1F40B} “plan”", filler: 'x'.repeat(200_000) }),
        maintenanceIds: [],
        owner: 'node-b',
      });
      await store.operations.save(replaced);
      expect(await store.operations.readOpen()).toEqual([replaced]);
    });

    test('the journal is written alone, and not for what was closed', async () => {
      const store = await backend.open();
      await store.operations.save(operation('u1'));
      await store.operations.saveJournal('u1', '["s1"]');
      await store.operations.saveJournal('gone', '["s1"]');
      expect(await store.operations.readOpen()).toEqual([operation('u1', { journalJson: '["s1"]' })]);
      await store.operations.close('u1');
      await store.operations.saveJournal('u1', '["s1","s2"]');
      await store.operations.close('u1');
      expect(await store.operations.readOpen()).toEqual([]);
    });

    test('open ones are read by every process, oldest first', async () => {
      const store = await backend.open();
      const other = await backend.open();
      await store.operations.save(operation('b', { startedAtMs: 2_000 }));
      await store.operations.save(operation('c', { startedAtMs: 1_000 }));
      await other.operations.save(operation('a', { startedAtMs: 2_000 }));
      expect((await other.operations.readOpen()).map(({ uid }) => uid)).toEqual(['c', 'a', 'b']);
    });

    test('what a dead process left is claimed by exactly one, with its latest journal', async () => {
      const stores = await Promise.all(
        ['a', 'b', 'c', 'd'].map((token) => backend.open({ node: { hostname: token, token } })),
      );
      for (let round = 0; round < 10; round++) {
        const uid = `u${round}`;
        await stores[0]?.operations.save(operation(uid, { owner: 'dead' }));
        await stores[0]?.operations.saveJournal(uid, '["s1"]');
        const claims = await Promise.all(
          stores.map((store, index) => store.operations.claim(uid, 'dead', `heir ${index}`)),
        );
        const [claim, ...others] = claims.filter((record) => record !== null);
        expect(others).toEqual([]);
        expect(claim).toEqual(
          operation(uid, { journalJson: '["s1"]', owner: `heir ${claims.indexOf(claim ?? null)}` }),
        );
        expect((await stores[1]?.operations.readOpen())?.find((open) => open.uid === uid)).toEqual(claim);
      }
    });

    test('nothing is claimed that is closed, unknown, or owned by somebody else', async () => {
      const store = await backend.open();
      await store.operations.save(operation('u1'));
      expect(await store.operations.claim('u1', 'dead', 'me')).toBeNull();
      expect(await store.operations.claim('u2', 'dead', 'me')).toBeNull();
      await store.operations.close('u1');
      expect(await store.operations.claim('u1', 'node-a:boot-1:42', 'me')).toBeNull();
    });

    test('purge() leaves open operations alone, however old', async () => {
      const store = await backend.open();
      await store.operations.save(operation('u1', { startedAtMs: 1 }));
      await store.purge();
      expect(await store.operations.readOpen()).toHaveLength(1);
    });
  });
}
