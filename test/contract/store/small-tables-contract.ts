import { describe, expect, test } from 'vitest';
import type { Backend } from './harness.ts';

export function smallTablesContract(backend: Backend): void {
  describe('small tables', () => {
    test('resolved names are kept, replaced, listed and cleared', async () => {
      const store = await backend.open();
      expect(await store.resolve.read('a')).toBeNull();
      await store.resolve.write('a', 'a.example.com');
      await store.resolve.write('a', 'a2.example.com');
      await store.resolve.write('b', 'b');
      expect(await store.resolve.read('a')).toBe('a2.example.com');
      expect(await store.resolve.readAll()).toEqual(
        new Map([
          ['a', 'a2.example.com'],
          ['b', 'b'],
        ]),
      );
      await store.resolve.clear();
      expect((await store.resolve.readAll()).size).toBe(0);
    });

    test('nodes that beat are available, silent ones are not', async () => {
      const store = await backend.open();
      const node = { hostname: 'n1', token: 't1', command: '', version: '1.2.3' };
      await store.nodes.beat(node);
      await store.nodes.beat(node);
      await store.nodes.beat({ ...node, hostname: 'n2' });
      await backend.sql(`update node_health set last_seen_active = ${backend.ago(30)} where hostname = 'n2'`);
      // A single command of the existing program notes itself as well; it is no node.
      await store.nodes.beat({ ...node, hostname: 'n3' });
      await backend.sql("update node_health set extra_info = 'CliMode' where hostname = 'n3'");
      const available = await store.nodes.readAvailable();
      expect(available).toMatchObject([{ hostname: 'n1', token: 't1', version: '1.2.3', dbBackend: store.location }]);
      expect(available[0]?.firstSeenActive).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
      const [row] = await backend.sql(
        "select incrementing_indicator, extra_info from node_health where hostname = 'n1'",
      );
      expect([Number(row?.incrementing_indicator), row?.extra_info]).toEqual([2, 'HttpMode']);
      expect(await backend.sql('select hostname from node_health_history order by hostname')).toHaveLength(3);
    });

    test('key-value pairs: case and trailing blanks matter', async () => {
      const store = await backend.open();
      expect(await store.kv.get('mysql/master/shop')).toBeNull();
      await store.kv.put('mysql/master/shop', 'db1:3306');
      await store.kv.put('mysql/master/shop', 'db2:3306');
      await store.kv.put('mysql/master/Shop', '');
      expect(await store.kv.get('mysql/master/shop')).toBe('db2:3306');
      expect(await store.kv.all()).toEqual(
        new Map([
          ['mysql/master/Shop', ''],
          ['mysql/master/shop', 'db2:3306'],
        ]),
      );
    });

    test('who is published under an alias changes in one transaction, when the caller agrees', async () => {
      const store = await backend.open();
      const claim = (port: number, epoch: number) => ({ alias: 'shop', primary: { hostname: 'db', port }, epoch });
      const pairs = (value: string) => [
        { key: 'mysql/master/shop', value },
        { key: 'mysql/master/shop/ipv6', value: '' },
      ];
      expect(await store.kv.claim(claim(1, 1), pairs('db:1'), () => false)).toBe(false);
      expect([await store.kv.readClaims(), (await store.kv.all()).size]).toEqual([[], 0]);
      expect(await store.kv.claim(claim(1, 1), pairs('db:1'), (current) => current === null)).toBe(true);
      expect(await store.kv.claim(claim(2, 2), pairs('db:2'), (current) => current?.epoch === 1)).toBe(true);
      expect(await store.kv.claim(claim(3, 1), pairs('db:3'), (current) => (current?.epoch ?? 0) <= 1)).toBe(false);
      expect(await store.kv.readClaim('shop')).toEqual(claim(2, 2));
      expect(await store.kv.readClaim('Shop')).toBeNull();
      expect(await store.kv.get('mysql/master/shop')).toBe('db:2');
    });

    test('of claims made at once, each sees the one before', async () => {
      const store = await backend.open();
      const takers = [1, 2, 3, 4, 5].map((port) =>
        store.kv.claim(
          { alias: 'shop', primary: { hostname: 'db', port }, epoch: 1 },
          [],
          (current) => current === null,
        ),
      );
      expect((await Promise.all(takers)).filter((isTaken) => isTaken)).toHaveLength(1);
    });

    test('addresses of hosts', async () => {
      const store = await backend.open();
      expect(await store.kv.readAddresses('db')).toBeNull();
      await store.kv.saveAddresses('db', { ipv4: '10.0.0.1', ipv6: '' });
      await store.kv.saveAddresses('db', { ipv4: '10.0.0.2', ipv6: '::1' });
      expect(await store.kv.readAddresses('db')).toEqual({ ipv4: '10.0.0.2', ipv6: '::1' });
    });

    test('the deployed version is recorded, and a different one refused only when asked to', async () => {
      await backend.open({ version: '1.0.0' });
      await expect(backend.open({ version: '2.0.0', panicIfDifferentDatabaseDeploy: true })).rejects.toMatchObject({
        code: 'store-schema-version',
        message: expect.stringContaining('"1.0.0"'),
      });
      await backend.open({ version: '2.0.0' });
      const rows = await backend.sql(
        'select deployed_version from orchestrator_db_deployments order by deployed_version',
      );
      expect(rows.map((row) => row.deployed_version)).toEqual(['1.0.0', '2.0.0']);
    });

    test('SkipOrchestratorDatabaseUpdate changes nothing, and says what is missing', async () => {
      await backend.open();
      await backend.open({ skipDatabaseUpdate: true, version: '9.9.9' });
      expect(await backend.sql("select * from orchestrator_db_deployments where deployed_version = '9.9.9'")).toEqual(
        [],
      );
      await backend.sql('drop table orchestrator_epoch');
      await expect(backend.open({ skipDatabaseUpdate: true })).rejects.toMatchObject({
        code: 'store-schema',
        message: expect.stringContaining('orchestrator_epoch'),
      });
    });

    test('missing tables, columns and unique keys of an older backend are added, rows stay', async () => {
      const first = await backend.open();
      await first.kv.put('k', 'v');
      await first.recoveries.registerRecovery({
        uid: 'u',
        key: { hostname: 'h', port: 1 },
        analysis: 'DeadMaster',
        clusterName: 'h:1',
        clusterAlias: '',
        replicas: [],
        detectionId: 0,
        isForced: false,
      });
      await backend.sql('drop table database_instance_tags');
      await backend.sql('alter table topology_recovery drop column all_errors');
      await backend.sql('alter table database_instance drop column region');
      const second = await backend.open();
      expect(await second.kv.get('k')).toBe('v');
      expect(await second.recoveries.readRecoveries({})).toMatchObject([{ uid: 'u', errors: [] }]);
      expect(await second.servers.loadServers()).toEqual([]);
      expect((await second.intent.read()).tags.size).toBe(0);
    });
  });
}
