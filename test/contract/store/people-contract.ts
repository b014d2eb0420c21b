import { describe, expect, test } from 'vitest';
import { GENERAL_ATTRIBUTE_HOST } from '../../../src/engine/ports.ts';
import type { Backend } from './harness.ts';
import { PRIMARY, REPLICA } from './samples.ts';

const TOO_LONG = 'x'.repeat(129);

export function peopleContract(backend: Backend): void {
  describe('tags', () => {
    test('are set, replaced and read; name and value keep their case', async () => {
      const store = await backend.open();
      await store.intent.putTag(REPLICA, 'role', 'reports');
      await store.intent.putTag(REPLICA, 'role', 'Größe=L');
      await store.intent.putTag(REPLICA, 'Role', '');
      await store.intent.putTag(PRIMARY, 'role', 'writer');
      expect((await store.intent.read()).tags).toEqual(
        new Map([
          ['db1:3306', { role: 'writer' }],
          ['db2:3307', { role: 'Größe=L', Role: '' }],
        ]),
      );
    });

    test('are taken from one server, or from all, with any value or just one', async () => {
      const store = await backend.open();
      const removed = async (key: typeof PRIMARY | null, name: string, value: string | null) =>
        store.intent.removeTag(key, { name, value });
      await store.intent.putTag(PRIMARY, 'role', 'a');
      await store.intent.putTag(REPLICA, 'role', 'b');
      expect(await removed(PRIMARY, 'role', 'b')).toEqual([]);
      expect(await removed(PRIMARY, 'role', 'a')).toEqual([PRIMARY]);
      expect(await removed(PRIMARY, 'role', null)).toEqual([]);
      await store.intent.putTag(PRIMARY, 'role', 'a');
      await store.intent.putTag(REPLICA, 'other', 'a');
      expect(await removed(null, 'role', 'a')).toEqual([PRIMARY]);
      await store.intent.putTag(PRIMARY, 'role', 'a');
      expect(await removed(null, 'role', null)).toEqual([PRIMARY, REPLICA]);
      expect((await store.intent.read()).tags).toEqual(new Map([['db2:3307', { other: 'a' }]]));
    });

    test('longer than their column are refused by name, not cut', async () => {
      const store = await backend.open();
      const refusal = { code: 'store-value-too-long', message: expect.stringContaining('129 characters') };
      await expect(store.intent.putTag(PRIMARY, TOO_LONG, 'v')).rejects.toMatchObject(refusal);
      await expect(store.intent.putTag(PRIMARY, 'n', TOO_LONG)).rejects.toMatchObject(refusal);
      await store.intent.putTag(PRIMARY, 'n', 'ö'.repeat(128));
      expect((await store.intent.read()).tags.get('db1:3306')).toEqual({ n: 'ö'.repeat(128) });
    });

    test('move the change token, set or removed', async () => {
      const store = await backend.open();
      const tokens = new Set([await store.intent.changeToken()]);
      await store.intent.putTag(PRIMARY, 'role', 'a');
      tokens.add(await store.intent.changeToken());
      await store.intent.putTag(PRIMARY, 'role', 'b');
      tokens.add(await store.intent.changeToken());
      await store.intent.removeTag(null, { name: 'role', value: null });
      tokens.add(await store.intent.changeToken());
      expect(tokens.size).toBe(4);
    });
  });

  describe('names and rules', () => {
    test('a virtual name is registered, replaced and taken back; its history stays', async () => {
      const store = await backend.open();
      await store.intent.registerUnresolve('db2', 'old.virtual');
      await store.intent.registerUnresolve('db2', 'db2.virtual');
      expect((await store.intent.read()).unresolves).toEqual(new Map([['db2', 'db2.virtual']]));
      expect(await store.intent.deregisterUnresolve('db2')).toBe(true);
      expect(await store.intent.deregisterUnresolve('db2')).toBe(false);
      expect((await store.intent.read()).unresolves.size).toBe(0);
      expect(
        await backend.sql('select unresolved_hostname as v, hostname as h from hostname_unresolve_history order by 1'),
      ).toEqual([
        { v: 'db2.virtual', h: 'db2' },
        { v: 'old.virtual', h: 'db2' },
      ]);
    });

    test('a promotion rule is taken back', async () => {
      const store = await backend.open();
      await store.intent.registerCandidate(REPLICA, 'must_not');
      expect(await store.intent.removeCandidate(REPLICA)).toBe(true);
      expect(await store.intent.removeCandidate(REPLICA)).toBe(false);
      expect((await store.intent.read()).candidates.size).toBe(0);
    });
  });

  describe('pools', () => {
    const C = { hostname: 'db3', port: 3306 };

    test('a submission replaces the members of its pool and of no other', async () => {
      const store = await backend.open();
      await store.intent.submitPool('reports', [REPLICA, PRIMARY, REPLICA]);
      await store.intent.submitPool('backup', [C]);
      await store.intent.submitPool('reports', [C, REPLICA]);
      expect(await store.intent.readPools()).toEqual(
        new Map([
          ['backup', [C]],
          ['reports', [REPLICA, C]],
        ]),
      );
      await store.intent.submitPool('reports', []);
      expect(await store.intent.readPools()).toEqual(new Map([['backup', [C]]]));
    });

    test('several nodes that submit one pool at once leave one of the lists', async () => {
      const stores = await Promise.all(
        ['a', 'b', 'c'].map((token) => backend.open({ node: { hostname: token, token } })),
      );
      for (let round = 0; round < 10; round++) {
        const lists = stores.map((_, index) => [
          { hostname: `own${index}`, port: 1 },
          { hostname: `own${index}`, port: 2 },
        ]);
        await Promise.all(stores.map((store, index) => store.intent.submitPool('p', lists[index] ?? [])));
        expect(lists).toContainEqual((await stores[0]?.intent.readPools())?.get('p'));
      }
    });

    test('purge() ends memberships that were not submitted again', async () => {
      const store = await backend.open({ poolExpireMinutes: 10 });
      await store.intent.submitPool('reports', [PRIMARY, REPLICA]);
      await backend.sql(`update database_instance_pool set registered_at = ${backend.ago(700)}`);
      await store.intent.submitPool('backup', [REPLICA]);
      await store.purge();
      expect(await store.intent.readPools()).toEqual(new Map([['backup', [REPLICA]]]));
      await store.intent.submitPool('reports', [PRIMARY]);
      await backend.sql(`update database_instance_pool set registered_at = ${backend.ago(590)}`);
      await store.intent.submitPool('reports', [PRIMARY]);
      await backend.sql("delete from database_instance_pool where pool = 'backup'");
      await store.purge();
      expect(await store.intent.readPools()).toEqual(new Map([['reports', [PRIMARY]]]));
    });
  });

  describe('attributes', () => {
    test('are set, replaced, and read by host, by name, or all', async () => {
      const store = await backend.open();
      await store.intent.putAttribute({ hostname: 'db1', name: 'rack', value: 'r1' });
      await store.intent.putAttribute({ hostname: 'db1', name: 'rack', value: 'r2' });
      await store.intent.putAttribute({ hostname: 'db2', name: 'rack', value: 'r3' });
      const domain = { hostname: GENERAL_ATTRIBUTE_HOST, name: 'shop.example.com', value: 'db1:3306' };
      await store.intent.putAttribute(domain);
      const values = async (filter: { hostname?: string; name?: string }) =>
        (await store.intent.readAttributes(filter)).map(({ value }) => value);
      expect(await values({})).toEqual(['db1:3306', 'r2', 'r3']);
      expect(await values({ name: 'rack' })).toEqual(['r2', 'r3']);
      expect(await values({ hostname: 'db1' })).toEqual(['r2']);
      expect(await store.intent.readAttributes({ hostname: '*', name: 'shop.example.com' })).toEqual([
        { ...domain, submittedAt: expect.stringMatching(/^\d{4}-\d\d-\d\d /), expiresAt: '' },
      ]);
    });

    test('expired ones are not read, and purge() deletes them', async () => {
      const store = await backend.open();
      await store.intent.putAttribute({ hostname: 'db1', name: 'rack', value: 'r1' });
      await store.intent.putAttribute({ hostname: 'db2', name: 'rack', value: 'r2' });
      await backend.sql(`update host_attributes set expire_timestamp = ${backend.ago(5)} where hostname = 'db1'`);
      expect(await store.intent.readAttributes({ name: 'rack' })).toMatchObject([{ hostname: 'db2' }]);
      await store.purge();
      expect(await backend.sql('select hostname from host_attributes')).toEqual([{ hostname: 'db2' }]);
    });
  });
}
