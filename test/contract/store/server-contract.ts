import { describe, expect, test } from 'vitest';
import type { InstanceKey } from '../../../src/model/instance-key.ts';
import { NO_INTENT } from '../../../src/model/server-record.ts';
import { HISTORIC_TABLES } from '../../../src/store/schema/tables.ts';
import type { Backend } from './harness.ts';
import { PRIMARY, REPLICA, SECOND, SEEN_AT_MS, sampleInstance, sampleRecord } from './samples.ts';

const wholeSecond = Math.floor(SEEN_AT_MS / SECOND) * SECOND;

export function serverContract(backend: Backend): void {
  describe('servers', () => {
    test('a saved server comes back whole, times to the second', async () => {
      const store = await backend.open();
      const record = sampleRecord(REPLICA, PRIMARY);
      await store.servers.saveServers([record]);
      const reader = await backend.open();
      expect(await reader.servers.loadServers()).toEqual([
        {
          ...record,
          check: {
            ...record.check,
            lastAttemptAtMs: wholeSecond,
            lastCheckedAtMs: wholeSecond,
            lastSeenAtMs: wholeSecond,
          },
        },
      ]);
    });

    test('the addresses of stored servers are listed, also of those that another process stored', async () => {
      const [store, other] = [await backend.open(), await backend.open()];
      await other.servers.saveServers([sampleRecord(REPLICA, PRIMARY)]);
      expect(await store.servers.listServers()).toEqual([REPLICA]);
      await other.servers.forgetServer(REPLICA);
      expect(await store.servers.listServers()).toEqual([]);
    });

    test('saving again overwrites; more servers than one batch holds are all kept', async () => {
      const store = await backend.open();
      const records = Array.from({ length: 230 }, (_, index) =>
        sampleRecord({ hostname: `h${index}`, port: 3306 }, PRIMARY),
      );
      await store.servers.saveServers(records);
      await store.servers.saveServers(
        records.map((record) => ({ ...record, position: { ...record.position, depth: 2 } })),
      );
      const loaded = await store.servers.loadServers();
      expect(loaded).toHaveLength(230);
      expect(new Set(loaded.map((record) => record.position.depth))).toEqual(new Set([2]));
      expect(loaded.every((record) => record.instance?.replication?.receivedGtid !== '')).toBe(true);
    });

    test('a snapshot copies the servers into the history of topologies, once a second at most', async () => {
      const store = await backend.open();
      await store.servers.saveServers([sampleRecord(PRIMARY, null), sampleRecord(REPLICA, PRIMARY)]);
      expect(await store.servers.snapshotTopologies()).toBe(2);
      expect(await store.servers.snapshotTopologies()).toBeLessThanOrEqual(2);
      const rows = await backend.sql(
        'select hostname, port, master_host, master_port from database_instance_topology_history order by hostname',
      );
      expect(rows).toContainEqual({ hostname: 'db2', port: 3307, master_host: 'db1', master_port: 3306 });
    });

    test('the row carries the historic columns', async () => {
      const store = await backend.open();
      await store.servers.saveServers([sampleRecord(REPLICA, PRIMARY)]);
      const [row] = await backend.sql('select * from database_instance');
      expect(row).toMatchObject({
        hostname: 'db2',
        port: 3307,
        master_host: 'db1',
        master_port: 3306,
        slave_io_running: 0,
        slave_sql_running: 1,
        replication_io_thread_state: 2,
        replication_sql_thread_state: 1,
        oracle_gtid: 1,
        mariadb_gtid: 0,
        major_version: '8.4',
        semi_sync_enforced: 3,
        last_discovery_latency: 1_250_000,
        slave_hosts: '[]',
        replication_group_members: '[]',
        last_io_error: `"error reconnecting to source 'repl@db1:3306' \\u2013 \\"again\\"\\n"`,
        seconds_behind_master: null,
        slave_lag_seconds: 3,
        cluster_name: 'db1:3306',
      });
      expect(Object.keys(row ?? {})).toHaveLength(78);
    });

    test('a check that failed keeps the reading and its reason; a good touch afterwards clears the reason', async () => {
      const store = await backend.open();
      const good = sampleRecord(REPLICA, PRIMARY);
      const failedAtMs = SEEN_AT_MS + 5 * SECOND;
      const failed = {
        ...good,
        check: {
          ...good.check,
          lastAttemptAtMs: failedAtMs,
          lastCheckedAtMs: failedAtMs,
          failure: 'db2:3307 refused the connection',
        },
      };
      await store.servers.saveServers([failed]);
      const [afterFailure] = await store.servers.loadServers();
      expect(afterFailure?.instance).toEqual(good.instance);
      expect(afterFailure?.check.failure).toBe('db2:3307 refused the connection');
      const againAtMs = failedAtMs + 5 * SECOND;
      const seen = {
        lastAttemptAtMs: againAtMs,
        lastCheckedAtMs: againAtMs,
        lastSeenAtMs: againAtMs,
        lastCheckPartialSuccess: true,
        failure: null,
      };
      await store.servers.touchServers([{ ...good, check: seen }]);
      const [afterTouch] = await store.servers.loadServers();
      expect(afterTouch?.instance).toEqual(good.instance);
      expect(afterTouch?.check.failure).toBeNull();
      expect(afterTouch?.check.lastSeenAtMs).toBe(Math.floor(againAtMs / SECOND) * SECOND);
    });

    test('touching changes no server but those named, each to its own time', async () => {
      const store = await backend.open();
      const records = Array.from({ length: 250 }, (_, index) =>
        sampleRecord({ hostname: `h${index}`, port: 3306 }, PRIMARY),
      );
      await store.servers.saveServers(records);
      const touched = records.slice(0, 240).map((record, index) => {
        const atMs = wholeSecond + (index % 7) * SECOND;
        return { ...record, check: { ...record.check, lastCheckedAtMs: atMs, lastSeenAtMs: atMs } };
      });
      await store.servers.touchServers(touched);
      const expected = new Map(touched.map((record) => [record.key.hostname, record.check.lastSeenAtMs]));
      for (const { key, check } of await store.servers.loadServers()) {
        expect(check.lastSeenAtMs).toBe(expected.get(key.hostname) ?? wholeSecond);
      }
    });

    test('a server never read is a seed', async () => {
      const store = await backend.open();
      const never = {
        lastAttemptAtMs: null,
        lastCheckedAtMs: null,
        lastSeenAtMs: null,
        lastCheckPartialSuccess: false,
        failure: null,
      };
      const seed = { ...sampleRecord(PRIMARY, null), instance: null, check: never };
      await store.servers.saveServers([seed]);
      const [loaded] = await store.servers.loadServers();
      expect(loaded?.instance).toBeNull();
      expect(loaded?.check).toEqual(never);
    });

    test('a row that another program changed is read from its columns', async () => {
      const store = await backend.open();
      await store.servers.saveServers([sampleRecord(REPLICA, PRIMARY)]);
      await backend.sql(
        "update database_instance set master_host = 'db5', exec_master_log_pos = 99 where hostname = 'db2'",
      );
      const [loaded] = await store.servers.loadServers();
      expect(loaded?.instance?.replication?.source).toEqual({ hostname: 'db5', port: 3306 });
      expect(loaded?.instance?.replication?.executedCoordinates.position).toBe(99);
      // What only our own reading knew is unknown again rather than outdated.
      expect(loaded?.instance?.isSuperReadOnly).toBeNull();
      expect(loaded?.instance?.replication?.receivedGtid).toBe('');
    });

    test('values too large for their columns are cut, and do not spoil the batch', async () => {
      const store = await backend.open();
      const instance = sampleInstance(REPLICA, PRIMARY);
      const odd = sampleRecord(REPLICA, PRIMARY, {
        instance: {
          ...instance,
          version: { ...instance.version, comment: 'ü'.repeat(500) },
          semiSync: { ...instance.semiSync, sourceTimeoutMs: 2 ** 64 },
          executedGtid: Array.from(
            { length: 3000 },
            (_, i) => `11111111-2222-3333-4444-${String(i).padStart(12, '0')}:1-9`,
          ).join(','),
          uptimeSeconds: Number.NaN,
        },
      });
      await store.servers.saveServers([odd, sampleRecord(PRIMARY, null)]);
      expect(await store.servers.loadServers()).toHaveLength(2);
      const [row] = await backend.sql(
        "select version_comment, executed_gtid_set from database_instance where hostname = 'db2'",
      );
      expect(String(row?.version_comment)).toHaveLength(128);
      expect(String(row?.executed_gtid_set).length).toBeGreaterThan(100_000);
    });

    test('rows inserted by scripts, with 64 of the 78 columns, are servers', async () => {
      const store = await backend.open();
      await insertAsScript(backend, { hostname: 'db1', port: 3306, slave_io_running: 0, slave_sql_running: 0 });
      await insertAsScript(backend, {
        hostname: 'db2',
        port: 3306,
        master_host: 'db1',
        master_port: 3306,
        slave_io_running: 1,
        slave_sql_running: 1,
      });
      await insertAsScript(backend, {
        hostname: 'db3',
        port: 3306,
        master_host: 'db1',
        master_port: 3306,
        slave_io_running: 0,
        slave_sql_running: 1,
        last_io_error: "error reconnecting to master 'repl@db1:3306'",
      });
      const [primary, running, connecting] = [...(await store.servers.loadServers())].sort((a, b) =>
        a.key.hostname < b.key.hostname ? -1 : 1,
      );
      expect(primary?.instance?.replication).toBeNull();
      expect(primary?.check.lastSeenAtMs).not.toBeNull();
      expect(running?.instance?.replication).toMatchObject({
        source: { hostname: 'db1', port: 3306 },
        receiver: { state: 'running', errorNumber: 0, errorText: '' },
        applier: { state: 'running' },
      });
      expect(connecting?.instance?.replication?.receiver).toEqual({
        state: 'stopped',
        errorNumber: 2003,
        errorText: "error reconnecting to master 'repl@db1:3306'",
      });
      expect(connecting?.intent).toEqual(NO_INTENT);
    });

    test('a forgotten server is gone; forgetting tells whether it was known', async () => {
      const store = await backend.open();
      await store.servers.saveServers([sampleRecord(REPLICA, PRIMARY), sampleRecord(PRIMARY, null)]);
      expect(await store.servers.forgetServer(REPLICA)).toBe(true);
      expect(await store.servers.forgetServer(REPLICA)).toBe(false);
      expect((await store.servers.loadServers()).map((record) => record.key)).toEqual([PRIMARY]);
    });

    test('what is ordered to be forgotten is seen by others for an hour, unless it is discovered again', async () => {
      const [store, other] = [await backend.open(), await backend.open()];
      const order = (uid: string, key: InstanceKey, orderedAtMs: number) => ({ uid, key, orderedAtMs });
      const orders = [order('one', PRIMARY, 1_000), order('two', REPLICA, 2_000), order('three', REPLICA, 3_000)];
      for (const each of orders) await store.forgotten.order(each);
      expect(await other.forgotten.read()).toEqual(orders);
      await other.forgotten.revoke(REPLICA);
      expect(await store.forgotten.read()).toEqual(orders.slice(0, 1));
      const later = order('four', REPLICA, 1_000 + 3_600_001);
      await store.forgotten.order(later);
      expect(await store.forgotten.read()).toEqual([later]);
    });

    test('coordinates that stand still keep the time of the first note; others begin anew, null drops them', async () => {
      const store = await backend.open();
      const note = (position: number) => store.servers.noteStaleCoordinates(PRIMARY, { file: 'bin.000007', position });
      await note(4);
      await backend.sql(`update database_instance_stale_binlog_coordinates set first_seen = ${backend.ago(100)}`);
      await note(4);
      const [stale, ...rest] = await store.servers.readStaleCoordinates();
      expect(rest).toEqual([]);
      expect(stale).toMatchObject({ key: PRIMARY, file: 'bin.000007', position: 4 });
      expect(Date.now() - (stale?.firstSeenAtMs ?? 0)).toBeGreaterThan(90_000);
      await note(5);
      const [moved] = await store.servers.readStaleCoordinates();
      expect(Date.now() - (moved?.firstSeenAtMs ?? 0)).toBeLessThan(60_000);
      await store.servers.noteStaleCoordinates(PRIMARY, null);
      expect(await store.servers.readStaleCoordinates()).toEqual([]);
    });

    test('purge drops noted coordinates of servers that have moved on or are unknown', async () => {
      const store = await backend.open();
      const record = sampleRecord(PRIMARY, null);
      await store.servers.saveServers([record]);
      const { file = '', position = 0 } = record.instance?.ownCoordinates ?? {};
      await store.servers.noteStaleCoordinates(PRIMARY, { file, position });
      await store.servers.noteStaleCoordinates(REPLICA, { file, position });
      await store.purge();
      expect((await store.servers.readStaleCoordinates()).map(({ key }) => key)).toEqual([PRIMARY]);
      await store.servers.noteStaleCoordinates(PRIMARY, { file, position: position + 1 });
      await store.purge();
      expect(await store.servers.readStaleCoordinates()).toEqual([]);
    });
  });
}

/** Columns that scripts leave to their defaults. */
const LEFT_OUT = [
  'replication_sql_thread_state',
  'replication_io_thread_state',
  'semi_sync_available',
  'semi_sync_master_timeout',
  'semi_sync_master_wait_for_slave_count',
  'semi_sync_master_status',
  'semi_sync_master_clients',
  'semi_sync_replica_status',
  'replication_group_name',
  'replication_group_is_single_primary_mode',
  'replication_group_member_state',
  'replication_group_member_role',
  'replication_group_members',
  'replication_group_primary_host',
  'replication_group_primary_port',
];

async function insertAsScript(backend: Backend, values: Readonly<Record<string, string | number>>): Promise<void> {
  const columns = HISTORIC_TABLES.find((table) => table.name === 'database_instance')?.columns ?? [];
  const given = columns.filter((column) => !LEFT_OUT.includes(column.name));
  const literal = (name: string, type: string): string => {
    const value = values[name];
    if (value !== undefined) return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
    if (['last_checked', 'last_attempted_check', 'last_seen'].includes(name)) return backend.ago(0);
    if (name === 'version') return "'5.7.26-log'";
    return /int/i.test(type) ? '0' : "''";
  };
  await backend.sql(
    `insert into database_instance (${given.map((column) => column.name).join(', ')})
     values (${given.map((column) => literal(column.name, column.type)).join(', ')})`,
  );
}
