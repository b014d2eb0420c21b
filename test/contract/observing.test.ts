import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type App, type ComposeOptions, compose } from '../../src/compose.ts';
import { createFakeServers, SILENT } from '../../src/engine/testing/fakes.ts';
import { parseKey } from '../../src/model/instance-key.ts';
import { instanceOf, replicationOf } from '../../src/model/testing/instances.ts';
import { loadSqliteEngine } from '../../src/store/sqlite/engine.ts';
import { loadFile } from '../support/load-config.ts';

/** `orchestrator -discovery=false http`, and single commands: processes beside the one that polls. */
describe('beside the process that polls', () => {
  let folder: string;
  let file: string;
  let apps: App[];
  const [PRIMARY, REPLICA, LATER] = ['db1:3306', 'db2:3306', 'db3:3306'] as const;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orchestrator-observing-'));
    file = join(folder, 'orchestrator.sqlite3');
    apps = [];
    const settings = {
      ListenAddress: '127.0.0.1:0',
      HostnameResolveMethod: 'none',
      MySQLHostnameResolveMethod: 'none',
      BackendDB: 'sqlite',
      SQLite3DataFile: file,
    };
    writeFileSync(join(folder, 'orchestrator.conf.json'), JSON.stringify(settings));
  });

  afterEach(async () => {
    for (const app of apps) await app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** One process with invented servers; `asked` are those it read. */
  async function started(mode: ComposeOptions['mode']) {
    const explicitPath = join(folder, 'orchestrator.conf.json');
    const servers = createFakeServers();
    for (const name of [PRIMARY, REPLICA, LATER])
      servers.put(name, instanceOf(name, { replication: name === REPLICA ? replicationOf(PRIMARY) : null }));
    const asked: string[] = [];
    const app = await compose(loadFile(explicitPath), {
      mode,
      logger: SILENT,
      programFolder: folder,
      version: 'test',
      wrapServers(real) {
        void real.close();
        return {
          ...servers,
          probe(key, request) {
            asked.push(key.hostname);
            return servers.probe(key, request);
          },
        };
      },
    });
    apps.push(app);
    return { app, asked, discover: (name: string) => app.orchestrator.discover(parseKey(name, 3306)) };
  }

  const until = async (what: string, test: () => Promise<boolean>): Promise<void> => {
    const giveUpAtMs = performance.now() + 20_000;
    while (!(await test())) {
      if (performance.now() > giveUpAtMs) throw new Error(`waited in vain for ${what}`);
      await sleep(50);
    }
  };

  it('an onlooker shows what others find and forget, asks no server, leads nothing and changes nothing', async () => {
    const poller = await started('one-shot');
    for (const name of [PRIMARY, REPLICA]) await poller.discover(name);
    const onlooker = await started('observing');
    const { url } = await onlooker.app.serve();
    const api = async (path: string): Promise<unknown> => (await fetch(`${url}/api/${path}`)).json();
    const names = async (): Promise<readonly string[]> =>
      ((await api('all-instances')) as { readonly Key: { readonly Hostname: string } }[]).map(
        ({ Key }) => Key.Hostname,
      );
    expect(await names()).toEqual(['db1', 'db2']);

    await poller.discover(LATER);
    await poller.app.orchestrator.forget(parseKey(REPLICA, 3306));
    await until('what was found and forgotten', async () => (await names()).join() === 'db1,db3');

    expect(await api('health')).toMatchObject({ Code: 'OK', Details: { IsActiveNode: false } });
    expect((await fetch(`${url}/api/leader-check`)).status).toBe(404);
    expect((await fetch(`${url}/api/lb-check`)).status).toBe(200);
    expect(await api('discover/db2/3306')).toMatchObject({ Code: 'ERROR', Message: 'Unauthorized' });
    await expect(onlooker.app.orchestrator.node.grabElection()).rejects.toThrow(/another node is active/);
    expect(onlooker.asked).toEqual([]);
  }, 30_000);

  it('what a command forgets, the process that polls forgets as well, and stays so', async () => {
    const poller = await started('continuous');
    const known = (): readonly string[] => poller.app.orchestrator.fleet().records.map(({ key }) => key.hostname);
    for (const name of [PRIMARY, REPLICA, LATER]) await poller.discover(name);
    expect(known().toSorted()).toEqual(['db1', 'db2', 'db3']);
    await poller.app.orchestrator.forget(parseKey(REPLICA, 3306));
    await poller.discover(REPLICA);

    const command = await started('one-shot');
    expect(await command.app.orchestrator.forget(parseKey(LATER, 3306))).toBe(true);
    await apps.pop()?.close();
    await until('the other process to forget it', async () => !known().includes('db3'));
    const database = (await loadSqliteEngine(process.versions.node))(file);
    try {
      const rows = (): unknown[] => database.prepare('select hostname from database_instance order by hostname').all();
      await until('its row to be gone', async () => rows().length === 2);
      await sleep(600);
      expect(rows()).toEqual([{ hostname: 'db1' }, { hostname: 'db2' }]);
    } finally {
      database.close();
    }
    expect(known().toSorted()).toEqual(['db1', 'db2']);
  }, 30_000);

  it('a command writes down only the servers it has read', async () => {
    const first = await started('one-shot');
    for (const name of [PRIMARY, LATER]) await first.discover(name);
    const database = (await loadSqliteEngine(process.versions.node))(file);
    database.exec('create table written (port integer)');
    for (const event of ['insert', 'update'])
      database.exec(`create trigger t_${event} after ${event} on database_instance begin
        insert into written values (case new.hostname when 'db1' then 1 else 2 end); end`);
    const writes = (): unknown[] => database.prepare('select port from written').all();
    try {
      const reader = await started('one-shot');
      expect(reader.app.orchestrator.fleet().records).toHaveLength(2);
      await apps.pop()?.close();
      expect(writes()).toEqual([]);

      const again = await started('one-shot');
      await again.discover(LATER);
      await apps.pop()?.close();
      expect(writes().length).toBeGreaterThan(0);
      expect(writes()).not.toContainEqual({ port: 1 });
    } finally {
      database.close();
    }
  });
});
