import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../src/engine/ports.ts';
import { loadSqliteEngine, type SqliteConnection } from '../../src/store/sqlite/engine.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';
import { STORE_SETTINGS } from './store/harness.ts';

/** A backend that the historic program left: four MariaDB servers, a failover, a downtime, a tag, a candidate, an alias. */
const GOLDEN = join(import.meta.dirname, '..', 'golden', 'go-backend.db');

describe('a backend of the historic program', () => {
  let folder: string;
  let store: Store;
  let after: SqliteConnection;
  let before: SqliteConnection;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'store-go-'));
    const file = join(folder, 'go.sqlite');
    copyFileSync(GOLDEN, file);
    copyFileSync(GOLDEN, join(folder, 'untouched.sqlite'));
    store = await createSqliteStore({ ...STORE_SETTINGS, file });
    const open = await loadSqliteEngine(process.versions.node);
    after = open(file);
    before = open(join(folder, 'untouched.sqlite'));
  });
  afterAll(async () => {
    await store.close();
    after.close();
    before.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('its servers are read from their columns, with what people decided about them', async () => {
    const servers = [...(await store.servers.loadServers())].sort((a, b) => a.key.port - b.key.port);
    expect(servers.map((server) => server.key.port)).toEqual([11000, 11001, 11002, 11003]);
    const [dead, replica, primary, tagged] = servers;
    expect(dead?.check.lastCheckedAtMs).toBeGreaterThan(dead?.check.lastSeenAtMs ?? 0);
    expect(replica?.instance?.replication).toMatchObject({
      source: { hostname: '127.0.0.1', port: 11002 },
      receiver: { state: 'running' },
      applier: { state: 'running' },
      positioning: 'mariadb-slave-pos',
      sourceUuid: null,
    });
    expect(primary?.instance?.replication).toBeNull();
    expect(primary?.instance?.version).toMatchObject({ flavour: 'mariadb', major: 10, minor: 11 });
    expect(primary?.position).toMatchObject({ clusterName: '127.0.0.1:11002', clusterAlias: 'shop', depth: 0 });
    expect(primary?.position.replicas).toHaveLength(2);
    expect(primary?.intent).toMatchObject({ promotionRule: 'prefer', isCandidate: true });
    expect(tagged?.intent.tags).toEqual({ role: 'analytics' });
  });

  test('its history is readable: the recovery, its detection and steps', async () => {
    const [recovery, ...rest] = await store.recoveries.readRecoveries({ clusterAlias: 'shop' });
    expect(rest).toEqual([]);
    expect(recovery).toMatchObject({
      recoveryId: 1,
      key: { hostname: '127.0.0.1', port: 11000 },
      analysis: 'DeadMaster',
      successor: { hostname: '127.0.0.1', port: 11002 },
      isSuccessful: true,
      isAcknowledged: true,
      acknowledgedComment: 'seen',
      countReplicas: 3,
      errors: [],
      startedAt: '2026-11-21 05:26:36',
      endedAt: '2026-11-21 05:26:36',
      isInActivePeriod: false,
    });
    expect(recovery?.replicas).toHaveLength(3);
    expect(await store.recoveries.readDetections({})).toMatchObject([
      { detectionId: 1, relatedRecoveryId: 1, isActionable: true },
    ]);
    const steps = await store.recoveries.readSteps(recovery?.uid ?? '');
    expect(steps.length).toBeGreaterThan(10);
    expect(steps.every((step) => step.at.startsWith('2026-11-21 05:26:'))).toBe(true);
  });

  test('its alias, override and key-value pairs are there', async () => {
    const intent = await store.intent.read();
    expect(intent.clusterAliases).toEqual(new Map([['127.0.0.1:11002', 'shop']]));
    expect(intent.aliasOverrides).toEqual(new Map([['127.0.0.1:11000', 'shop']]));
    expect((await store.kv.all()).get('mysql/master/shop')).toBe('127.0.0.1:11002');
  });

  test('its equivalent positions and the writer of its cluster are there', async () => {
    const [domain, ...others] = await store.intent.readAttributes({ hostname: '*' });
    expect(others).toEqual([]);
    expect(domain).toMatchObject({ name: '127.0.0.1:11000', value: '127.0.0.1:11002', expiresAt: '' });
    const at = (port: number) => ({
      key: { hostname: '127.0.0.1', port },
      coordinates: { kind: 'binlog', file: 'bin.000001', position: 136_042 } as const,
    });
    expect(await store.equivalences.find(at(11002))).toEqual([at(11000)]);
    expect(await store.maintenance.readActive()).toEqual([]);
  });

  test('every table keeps its columns, its rows and its indexes; ours are added beside', () => {
    const tables = 'select name from sqlite_master where type = ? order by name';
    const old = before
      .prepare(tables)
      .all('table')
      .map((row) => String(row.name));
    expect(old).toHaveLength(47);
    for (const name of old) {
      const columns = `select name, type, "notnull", dflt_value, pk from pragma_table_info('${name}')`;
      expect(after.prepare(columns).all()).toEqual(before.prepare(columns).all());
      if (name === 'orchestrator_db_deployments') continue;
      const rows = `select * from ${name}`;
      expect(after.prepare(rows).all()).toEqual(before.prepare(rows).all());
    }
    const indexes = "select name from sqlite_master where type = 'index' and sql is not null order by name";
    const added = after.prepare(indexes).all().length - before.prepare(indexes).all().length;
    expect(added).toBe(2);
  });

  test('a schema made afresh equals it: tables, columns, types, defaults, keys', async () => {
    const fresh = join(folder, 'fresh.sqlite');
    await (await createSqliteStore({ ...STORE_SETTINGS, file: fresh })).close();
    const made = (await loadSqliteEngine(process.versions.node))(fresh);
    const shape = `select m.name as t, c.name, c.type, c."notnull", c.dflt_value, c.pk
      from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table' and m.name in (${before
        .prepare("select name from sqlite_master where type = 'table'")
        .all()
        .map((row) => `'${row.name}'`)
        .join(', ')}) order by m.name, c.cid`;
    const normal = (rows: readonly Readonly<Record<string, unknown>>[]) =>
      rows.map((row) => ({ ...row, dflt_value: row.dflt_value === '""' ? "''" : row.dflt_value }));
    expect(normal(made.prepare(shape).all())).toEqual(normal(before.prepare(shape).all()));
    const keys = `select m.name as t, l."unique" as u, group_concat(x.name) as columns
      from sqlite_master m join pragma_index_list(m.name) l join pragma_index_info(l.name) x
      where m.type = 'table' and m.name not like 'orchestrator_%' and m.name <> 'database_instance_extra'
      group by m.name, l.name order by 1, 2, 3`;
    expect(made.prepare(keys).all()).toEqual(before.prepare(keys).all());
    made.close();
  });
});
