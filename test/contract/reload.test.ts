import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type App, compose } from '../../src/compose.ts';
import type { LoadedConfig } from '../../src/config/load.ts';
import { createFakeServers, SILENT } from '../../src/engine/testing/fakes.ts';
import { parseKey } from '../../src/model/instance-key.ts';
import { instanceOf, replicationOf } from '../../src/model/testing/instances.ts';
import { loadFile } from '../support/load-config.ts';

/** reload-configuration on the whole program with invented servers: what is live holds at once, and nothing else changes. */
describe('the configuration is read again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-reload-'));
  const explicitPath = join(folder, 'orchestrator.conf.json');
  const base = {
    ListenAddress: '127.0.0.1:0',
    HostnameResolveMethod: 'none',
    MySQLHostnameResolveMethod: 'none',
    BackendDB: 'sqlite',
    SQLite3DataFile: join(folder, 'orchestrator.sqlite3'),
    ClusterNameToAlias: { db1: 'old' },
    InstancePollSeconds: 5,
  };
  let app: App;
  let url: string;

  const write = (keys: object): void => writeFileSync(explicitPath, JSON.stringify({ ...base, ...keys }));
  const load = (): LoadedConfig => loadFile(explicitPath);
  const api = async <T>(path: string): Promise<T> => (await (await fetch(`${url}/api/${path}`)).json()) as T;
  const reload = (): Promise<{ readonly Code: string; readonly Message: string }> => api('reload-configuration');
  const cluster = async () =>
    (await api<{ readonly ClusterAlias: string; readonly HasAutomatedMasterRecovery: boolean }[]>('clusters-info'))[0];

  beforeAll(async () => {
    write({});
    const servers = createFakeServers();
    for (const name of ['db1:3306', 'db2:3306', 'db3:3306'])
      servers.put(name, instanceOf(name, { replication: name === 'db1:3306' ? null : replicationOf('db1:3306') }));
    app = await compose(load(), {
      mode: 'one-shot',
      logger: SILENT,
      programFolder: folder,
      version: 'test',
      readAgain: load,
      wrapServers(real) {
        void real.close();
        return servers;
      },
    });
    for (const name of ['db1', 'db2']) await app.orchestrator.discover(parseKey(name, 3306));
    ({ url } = await app.serve());
  });

  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('filters, aliases and hooks hold from then on', async () => {
    expect(await cluster()).toMatchObject({ ClusterAlias: 'old', HasAutomatedMasterRecovery: false });

    write({
      ClusterNameToAlias: { db1: 'new' },
      RecoverMasterClusterFilters: ['alias=new'],
      DiscoveryIgnoreHostnameFilters: ['db3'],
      PreFailoverProcesses: ['true'],
      PromotionIgnoreHostnameFilters: ['db2'],
    });
    expect(await reload()).toMatchObject({ Code: 'OK', Message: 'Config reloaded' });
    expect(await cluster()).toMatchObject({ ClusterAlias: 'new', HasAutomatedMasterRecovery: true });
    await expect(app.orchestrator.discover(parseKey('db3', 3306))).rejects.toThrow(/DiscoveryIgnoreHostnameFilters/);
    const readiness = JSON.stringify(await app.orchestrator.readiness.of('db1:3306'));
    expect(readiness).toContain('matches PromotionIgnoreHostnameFilters');
    const filters = await api<{ readonly Details: { readonly RecoverMasterClusterFilters: readonly string[] } }>(
      'automated-recovery-filters',
    );
    expect(filters.Details.RecoverMasterClusterFilters).toEqual(['alias=new']);
  });

  it('what needs a restart is named, beside what holds; broken files change nothing', async () => {
    write({ InstancePollSeconds: 7, RecoverMasterClusterFilters: [] });
    expect(await reload()).toMatchObject({
      Code: 'ERROR',
      Message: expect.stringMatching(
        /^In effect now: .*RecoverMasterClusterFilters.*after a restart only: InstancePollSeconds$/,
      ),
    });
    expect(await cluster()).toMatchObject({ ClusterAlias: 'old', HasAutomatedMasterRecovery: false });

    writeFileSync(explicitPath, '{ "ClusterNameToAlias": { "(": "x" } }');
    expect((await reload()).Code).toBe('ERROR');
    expect(await cluster()).toMatchObject({ ClusterAlias: 'old' });

    rmSync(explicitPath);
    expect(await reload()).toMatchObject({ Code: 'ERROR', Message: expect.stringContaining(explicitPath) });
    expect(await cluster()).toMatchObject({ ClusterAlias: 'old' });
  });
});
