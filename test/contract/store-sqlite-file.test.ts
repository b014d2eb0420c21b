import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Store } from '../../src/engine/ports.ts';
import { loadSqliteEngine } from '../../src/store/sqlite/engine.ts';
import { openSqliteDatabase } from '../../src/store/sqlite/sqlite-database.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';
import { STORE_SETTINGS } from './store/harness.ts';
import { PRIMARY, sampleRecovery } from './store/samples.ts';

const openEngine = await loadSqliteEngine(process.versions.node);
let folder: string;
let file: string;
let stores: Store[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-file-'));
  file = join(folder, 'store.sqlite');
  stores = [];
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function open(path = file, lockTimeoutMs = 5000): Promise<Store> {
  const store = await createSqliteStore({ ...STORE_SETTINGS, file: path, lockTimeoutMs });
  stores.push(store);
  return store;
}

test('a file in a folder that is not there cannot be opened', async () => {
  const missing = join(folder, 'missing', 'store.sqlite');
  await expect(open(missing)).rejects.toMatchObject({
    code: 'store-unopenable',
    message: expect.stringContaining(missing),
  });
  await expect(open(missing)).rejects.toThrow(/create its folder/);
});

test('nor below something that is no folder', async () => {
  await expect(open('/dev/null/store.sqlite')).rejects.toMatchObject({
    code: 'store-unopenable',
    message: expect.stringContaining('SQLite3DataFile /dev/null/store.sqlite'),
  });
});

test('a folder is no file', async () => {
  mkdirSync(file);
  const message = expect.stringMatching(/this is a folder; name a file in it$/);
  await expect(open()).rejects.toMatchObject({ code: 'store-unopenable', message });
});

test('a file that is no SQLite file is left alone', async () => {
  writeFileSync(file, 'a configuration file, perhaps; certainly not a database. '.repeat(50));
  await expect(open()).rejects.toMatchObject({ code: 'store-corrupt', message: expect.stringContaining(file) });
});

test('a file that may not be written is told apart', async () => {
  const database = await openSqliteDatabase(
    (path) => {
      const connection = openEngine(path);
      // The answer is that of a file without the right to write, which a test run by root would not meet.
      connection.exec('pragma query_only = on');
      return connection;
    },
    { file, lockTimeoutMs: 100 },
  );
  await expect(database.run('create table t (a text)')).rejects.toMatchObject({
    code: 'store-read-only',
    message: expect.stringContaining(file),
  });
  await database.close();
});

test('a full disk says so, and a transaction that met it leaves nothing behind', async () => {
  const database = await openSqliteDatabase(
    (path) => {
      const connection = openEngine(path);
      connection.exec('pragma max_page_count = 40');
      return connection;
    },
    { file, lockTimeoutMs: 100 },
  );
  await database.run('create table t (a text)');
  const filling = database.transaction(async (session) => {
    for (let index = 0; index < 1000; index++) await session.run('insert into t values (?)', ['x'.repeat(1000)]);
  });
  await expect(filling).rejects.toMatchObject({ code: 'store-full', message: expect.stringContaining('free space') });
  expect(await database.all('select count(*) as n from t')).toEqual([{ n: 0 }]);
  await database.run('insert into t values (?)', ['fits']);
  await database.close();
});

test('a lock held by another process is waited for without stopping the program, then reported', async () => {
  const store = await open(file, 300);
  const other = openEngine(file);
  other.exec('begin immediate');
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 5);
  await expect(store.kv.put('k', 'v')).rejects.toMatchObject({
    code: 'store-locked',
    message: expect.stringContaining(file),
  });
  clearInterval(ticking);
  expect(ticks).toBeGreaterThan(5);
  // Reading goes on meanwhile.
  expect(await store.kv.get('k')).toBeNull();
  other.exec('rollback');
  other.close();
  await store.kv.put('k', 'v');
  expect(await store.kv.get('k')).toBe('v');
});

test('a transaction that throws is rolled back, and those queued behind it go on', async () => {
  const database = await openSqliteDatabase(openEngine, { file, lockTimeoutMs: 100 });
  await database.run('create table t (a integer)');
  const failing = database.transaction(async (session) => {
    await session.run('insert into t values (1)');
    throw new Error('changed my mind');
  });
  const queued = database.run('insert into t values (2)');
  await expect(failing).rejects.toThrow('changed my mind');
  await queued;
  expect(await database.all('select a from t')).toEqual([{ a: 2 }]);
  await database.close();
});

test('a process killed in the middle of its writing leaves whole transactions only', async () => {
  const script = join(import.meta.dirname, 'store', 'dying-writer.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    await once(child.stdout, 'data');
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const store = await open();
  const connection = openEngine(file);
  try {
    expect(connection.prepare('pragma integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    const [row] = connection
      .prepare('select count(*) as n, (select count(*) from database_instance_extra) as x from database_instance')
      .all();
    expect(Number(row?.n)).toBeGreaterThan(0);
    expect(Number(row?.n) % 100).toBe(0);
    expect(row?.x).toBe(row?.n);
  } finally {
    connection.close();
  }
  const recoveries = await store.recoveries.readRecoveries({});
  for (const { clusterName } of recoveries) expect(await store.recoveries.currentEpoch(clusterName)).toBe(1);
  expect(await store.recoveries.registerRecovery(sampleRecovery('after', { key: PRIMARY }))).toMatchObject({
    kind: 'registered',
  });
}, 30_000);

test('a store in memory works', async () => {
  const store = await open(':memory:');
  await store.kv.put('k', 'v');
  expect(await store.kv.get('k')).toBe('v');
});

test('registering a recovery takes a few milliseconds at most', async () => {
  const store = await open();
  const took: number[] = [];
  for (let index = 0; index < 100; index++) {
    const started = performance.now();
    await store.recoveries.registerRecovery(
      sampleRecovery(`u${index}`, { key: { hostname: `h${index}`, port: 1 }, clusterName: `c${index}` }),
    );
    took.push(performance.now() - started);
  }
  took.sort((a, b) => a - b);
  // The median is about 0.2 ms; the bound is loose because test machines are busy.
  expect(took[50]).toBeLessThan(100);
});
