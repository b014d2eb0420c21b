import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { loadSqliteEngine } from '../../src/store/sqlite/engine.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';
import { STORE_SETTINGS } from './store/harness.ts';
import { PRIMARY, REPLICA, sampleRecord } from './store/samples.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

/** `-c continuous` on a backend of its own; killed, if it still runs, and swept up after the test. */
async function start(settings: object, prepare: (file: string) => Promise<void> = async () => undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-continuous-'));
  const config = join(folder, 'orchestrator.conf.json');
  const file = join(folder, 'backend.db');
  writeFileSync(config, JSON.stringify({ BackendDB: 'sqlite', SQLite3DataFile: file, ...settings }));
  await prepare(file);
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, '--config', config, '-c', 'continuous']);
  const exit = once(child, 'exit');
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  for await (const chunk of child.stderr) if (String(chunk).includes('orchestrator serves')) break;
  return { child, exit, file };
}

test('continuous runs until it is told to stop, also where it knows no server', async () => {
  const { child, exit } = await start({});
  expect(await Promise.race([exit, sleep(500, 'runs')])).toBe('runs');
  child.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
}, 30_000);

test('the aliases of its clusters are in the backend, for whoever reads it', async () => {
  const { file } = await start({ InstancePollSeconds: 1, ClusterNameToAlias: { '^db1:': 'shop' } }, async (backend) => {
    const store = await createSqliteStore({ ...STORE_SETTINGS, file: backend });
    await store.servers.saveServers([sampleRecord(REPLICA, PRIMARY)]);
    await store.close();
  });
  const backend = (await loadSqliteEngine(process.versions.node))(file);
  onTestFinished(() => backend.close());
  const aliases = () => backend.prepare('select cluster_name, alias from cluster_alias').all();
  await expect.poll(aliases, { timeout: 20_000 }).toEqual([{ cluster_name: 'db1:3306', alias: 'shop' }]);
}, 30_000);
