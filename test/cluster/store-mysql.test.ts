import mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Flavour, LAB_USERS, type LabTopology, startTopology } from '../../lab/index.ts';
import { Secret } from '../../src/model/secret.ts';
import { createMysqlStore, type MysqlStoreSettings } from '../../src/store/mysql-store.ts';
import { describeStoreContract } from '../contract/store/contract.ts';
import { STORE_SETTINGS } from '../contract/store/harness.ts';
import { PRIMARY, SEEN_AT_MS, sampleRecord, sampleRecovery } from '../contract/store/samples.ts';

/** A zone of its own, so that nothing passes by the server running in UTC. */
const ZONE = '+05:30';
const DATABASE = 'orchestrator';

const settingsFor = (topology: LabTopology): MysqlStoreSettings => ({
  ...STORE_SETTINGS,
  host: topology.primary.host,
  port: topology.primary.port,
  database: DATABASE,
  user: LAB_USERS.orchestrator.user,
  password: new Secret(LAB_USERS.orchestrator.password),
  tls: null,
  maxConnections: 8,
  connectTimeoutMs: 2000,
  readTimeoutMs: 10_000,
  rejectReadOnly: false,
});

const startServer = (flavour: Flavour): Promise<LabTopology> =>
  startTopology({ flavour, tree: '1', settings: [`--default-time-zone=${ZONE}`] });

/** Leaves the tables, emptied: to create all of them anew takes MySQL half a second, for each of two hundred tests. */
async function empty(connection: mysql.Connection): Promise<void> {
  await connection.query(`create database if not exists ${DATABASE}`);
  await connection.query(`use ${DATABASE}`);
  const tables = await names(
    connection,
    'select table_name as name from information_schema.tables where table_schema = database()',
  );
  const filled = tables.map((table) => `select '${table}' as name from dual where exists (select 1 from ${table})`);
  if (filled.length === 0) return;
  for (const table of await names(connection, filled.join(' union all ')))
    await connection.query(`truncate table ${table}`);
}

async function names(connection: mysql.Connection, sql: string): Promise<readonly string[]> {
  const [rows] = await connection.query<mysql.RowDataPacket[]>(sql);
  return rows.map(({ name }) => String(name));
}

for (const flavour of ['mariadb-10.11', 'mysql-9.7'] as const) {
  describeStoreContract(flavour, async () => {
    const topology = await startServer(flavour);
    const { host, port } = topology.primary;
    const { user, password } = LAB_USERS.orchestrator;
    const connection = await mysql.createConnection({ host, port, user, password, dateStrings: true });
    return {
      wipe: () => empty(connection),
      open: (settings) => createMysqlStore({ ...settingsFor(topology), ...settings }),
      async sql(text) {
        const [rows] = await connection.query(text);
        return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
      },
      ago: (seconds) => `now() - interval ${seconds} second`,
      async close() {
        await connection.end();
        await topology.close();
      },
    };
  });
}

describe('MySQL store', () => {
  let topology: LabTopology;
  beforeAll(async () => {
    topology = await startServer('mariadb-10.11');
  });
  afterAll(() => topology?.close());

  test('creates its database, and keeps times by the second in any zone', async () => {
    await topology.primary.query(`drop database if exists ${DATABASE}`);
    const store = await createMysqlStore(settingsFor(topology));
    await store.servers.saveServers([sampleRecord(PRIMARY, null)]);
    const [loaded] = await store.servers.loadServers();
    expect(loaded?.check.lastSeenAtMs).toBe(Math.floor(SEEN_AT_MS / 1000) * 1000);
    // Texts for people stay in the server's own zone, as they always were.
    await store.recoveries.registerRecovery(sampleRecovery('u1'));
    const [recovery] = await store.recoveries.readRecoveries({});
    const aheadMs = Date.parse(`${recovery?.startedAt.replace(' ', 'T')}Z`) - Date.now();
    expect(Math.round(aheadMs / 60_000)).toBe(330);
    await store.close();
  });

  test('a transaction whose session is killed half-way leaves nothing behind', async () => {
    const store = await createMysqlStore({ ...settingsFor(topology), database: 'killed' });
    const saving = store.servers.saveServers(
      Array.from({ length: 2000 }, (_, index) => sampleRecord({ hostname: `k${index}`, port: 1 }, PRIMARY)),
    );
    const outcome = saving.then(
      () => 'saved',
      (error: { code: string }) => error.code,
    );
    let killed = 0;
    while (killed === 0) {
      const sessions = await topology.primary.query(
        "select id from information_schema.processlist where db = 'killed' and time_ms >= 0 and command = 'Query'",
      );
      for (const session of sessions) {
        await topology.primary.query(`kill ${session.id}`).catch(() => undefined);
        killed++;
      }
      if ((await Promise.race([outcome, Promise.resolve('pending')])) !== 'pending') break;
    }
    await outcome;
    const [row] = await topology.primary.query('select count(*) as n from killed.database_instance');
    const [extra] = await topology.primary.query('select count(*) as n from killed.database_instance_extra');
    // Whole batches of 100 or none of them, and never a row without its other half.
    expect(Number(row?.n) % 100).toBe(0);
    expect(Number(extra?.n)).toBe(Number(row?.n));
    await store.recoveries.registerRecovery(sampleRecovery('still alive'));
    await store.close();
  });

  test('wrong password, wrong port and no right to create say what to do', async () => {
    const settings = settingsFor(topology);
    await expect(createMysqlStore({ ...settings, password: new Secret('wrong') })).rejects.toMatchObject({
      code: 'store-access-denied',
      message: expect.stringMatching(/127\.0\.0\.1:\d+\/orchestrator.*MySQLOrchestratorPassword/),
    });
    await expect(createMysqlStore({ ...settings, port: 1 })).rejects.toMatchObject({
      code: 'store-unreachable',
      message: expect.stringContaining('127.0.0.1:1/orchestrator'),
    });
    const { user, password } = LAB_USERS.application;
    const app = { ...settings, user, password: new Secret(password), database: 'forbidden' };
    await expect(createMysqlStore(app)).rejects.toMatchObject({ code: 'store-access-denied' });
  });

  test('a server that hangs is given up after the deadline, and used again when it is back', async () => {
    const store = await createMysqlStore({ ...settingsFor(topology), readTimeoutMs: 500, connectTimeoutMs: 500 });
    await store.kv.put('k', 'v');
    topology.primary.pause();
    try {
      await expect(store.kv.get('k')).rejects.toMatchObject({ code: 'store-unreachable' });
    } finally {
      topology.primary.resume();
    }
    // Half a second may be too short for one that has just woken up on a busy machine.
    await expect.poll(() => store.kv.get('k').catch(String), { timeout: 10_000 }).toBe('v');
    await store.close();
  });

  test('a killed and restarted server is used again', async () => {
    const store = await createMysqlStore(settingsFor(topology));
    await store.kv.put('k', 'before');
    await topology.primary.kill();
    await expect(store.kv.get('k')).rejects.toMatchObject({ code: 'store-unreachable' });
    await topology.primary.restart();
    expect(await store.kv.get('k')).toBe('before');
    await store.kv.put('k', 'after');
    await store.close();
  });

  test('a read-only server refuses writes with the remedy', async () => {
    const { application: app } = LAB_USERS;
    const root = topology.primary;
    const settings = {
      ...settingsFor(topology),
      user: app.user,
      password: new Secret(app.password),
      database: 'app',
      rejectReadOnly: true,
    };
    const store = await createMysqlStore(settings);
    await root.query('set global read_only = 1');
    try {
      await expect(store.kv.put('k', 'v')).rejects.toMatchObject({
        code: 'store-read-only',
        message: expect.stringContaining('writable'),
      });
      expect(await store.kv.get('k')).toBeNull();
    } finally {
      await root.query('set global read_only = 0');
    }
    await store.kv.put('k', 'v');
    await store.close();
  });
});
