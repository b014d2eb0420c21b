import { describe, expect, test } from 'vitest';
import type { Backend } from './harness.ts';
import { PRIMARY, REPLICA, sampleRecord } from './samples.ts';

/** What whoever reads the tables sees of the clusters' names, apart from what decides about them. */
export function clusterNameContract(backend: Backend): void {
  const shown = async () =>
    new Map(
      (await backend.sql('select cluster_name as c, alias as a from cluster_alias')).map(({ c, a }) => [
        String(c),
        String(a),
      ]),
    );

  describe('names of clusters', () => {
    test('are shown as they are derived: what is wrong is written, what is gone goes, and the rest is left alone', async () => {
      const store = await backend.open();
      await store.intent.showClusterAliases(
        new Map([
          ['a:1', 'shop'],
          ['b:1', 'blog'],
          ['c:1', 'mail'],
          ['d:1', 'd:1'],
        ]),
      );
      await backend.sql(`update cluster_alias set last_registered = ${backend.ago(9_000)}`);
      const swapped = new Map([
        ['a:1', 'blog'],
        ['b:1', 'shop'],
        ['d:1', 'd:1'],
      ]);
      await store.intent.showClusterAliases(swapped);
      expect(await shown()).toEqual(swapped);
      const old = await backend.sql(
        `select cluster_name as c from cluster_alias where last_registered < ${backend.ago(60)}`,
      );
      expect(old.map(({ c }) => c)).toEqual(['d:1']);
    });

    test('decide nothing by being shown, and nobody reads again what was decided', async () => {
      const store = await backend.open();
      const token = await store.intent.changeToken();
      await store.intent.showClusterAliases(new Map([['a:1', 'shop']]));
      expect(await store.intent.changeToken()).toBe(token);
      expect((await store.intent.read()).clusterAliases).toEqual(new Map());
    });

    test('one that is like another, or longer than its column, keeps none of the others from being shown', async () => {
      const store = await backend.open();
      const aliases = new Map([
        ['a:1', 'x'.repeat(129)],
        ['b:1', 'shop'],
        ['c:1', 'SHOP'],
        ['d:1', 'blog'],
      ]);
      for (const _round of ['first', 'second']) {
        await store.intent.showClusterAliases(aliases);
        const rows = await shown();
        expect(rows.get('b:1')).toBe('shop');
        expect(rows.get('d:1')).toBe('blog');
        expect(rows.has('a:1')).toBe(false);
      }
    });

    test('an alias that follows to a new name is shown at once, and stays whatever is shown later', async () => {
      const store = await backend.open();
      await store.intent.showClusterAliases(new Map([['a:1', 'shop']]));
      await store.intent.renameCluster('a:1', 'b:1');
      await store.intent.setClusterAlias('b:1', 'shop');
      expect(await shown()).toEqual(new Map([['b:1', 'shop']]));
      await store.intent.showClusterAliases(new Map([['b:1', 'other']]));
      await store.intent.renameCluster('b:1', 'c:1');
      expect((await store.intent.read()).clusterAliases).toEqual(new Map([['c:1', 'shop']]));
      expect(await shown()).toEqual(new Map([['c:1', 'other']]));
    });

    test('of a backend of the historic program an alias stays that followed to a new name, not one that is derived', async () => {
      const store = await backend.open();
      await store.servers.saveServers([sampleRecord(REPLICA, PRIMARY)]);
      const [row] = await backend.sql('select cluster_name as c from database_instance');
      const takenOver = async (suggested: string) => {
        await backend.sql('drop table orchestrator_moved_alias');
        await backend.sql('delete from cluster_alias');
        await backend.sql(`update database_instance set suggested_cluster_alias = '${suggested}'`);
        for (const [name, alias] of [
          [String(row?.c), 'shop'],
          ['gone:1', 'past'],
        ])
          await backend.sql(
            `insert into cluster_alias (cluster_name, alias, last_registered) values ('${name}', '${alias}', ${backend.ago(0)})`,
          );
        const next = await backend.open();
        return (await next.intent.read()).clusterAliases;
      };
      expect(await takenOver('')).toEqual(new Map([[String(row?.c), 'shop']]));
      expect(await takenOver('shop')).toEqual(new Map());
    });

    test('domains are registered and replaced; one that stands is registered anew, which changes nothing for anybody', async () => {
      const store = await backend.open();
      const onlooker = await backend.open();
      await store.intent.registerClusterDomains(new Map([['a:1', 'old.example.com']]));
      const domains = new Map([
        ['a:1', 'shop.example.com'],
        ['b:1', 'blog.example.com'],
        ['c:1', 'x'.repeat(129)],
      ]);
      await store.intent.registerClusterDomains(domains);
      domains.delete('c:1');
      expect((await onlooker.intent.read()).clusterDomains).toEqual(domains);
      await backend.sql(`update cluster_domain_name set last_registered = ${backend.ago(9_000)}`);
      const token = await store.intent.changeToken();
      await store.intent.registerClusterDomains(domains);
      expect(await store.intent.changeToken()).toBe(token);
      await store.purge();
      expect((await onlooker.intent.read()).clusterDomains).toEqual(domains);
    });
  });
}
