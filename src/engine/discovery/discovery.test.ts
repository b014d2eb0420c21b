import { afterEach, describe, expect, it } from 'vitest';
import type { Instance } from '../../model/instance.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, replicationOf, uuidOf } from '../../model/testing/instances.ts';
import { createSystemClock } from '../clock.ts';
import { createFleet } from '../fleet.ts';
import { createFakeServers, SILENT } from '../testing/fakes.ts';
import { createDiscovery, type DiscoverySettings } from './discovery.ts';

const key = (name: string) => parseKey(name, 3306);
const NO_FILTERS = { hosts: [], replicas: [], sources: [], replicationUsers: [] };

let close: () => Promise<void> = async () => undefined;
afterEach(() => close());

function scene(changes: Partial<DiscoverySettings> = {}) {
  const clock = createSystemClock();
  const servers = createFakeServers();
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  const resolver = { resolve: async (hostname: string) => hostname, learn: async () => true };
  const discovery = createDiscovery(
    { servers, fleet, resolver, clock, logger: SILENT },
    {
      pollMs: 60_000,
      deadFactor: 1,
      deadMaxMs: 60_000,
      probeDeadlineMs: 1_000,
      maxConcurrency: 10,
      queueCapacity: 100,
      deadMaxConcurrency: 0,
      filters: NO_FILTERS,
      mysqlHostnameMethod: 'none',
      identityByAddress: false,
      forgetMs: 60_000,
      ...changes,
    },
  );
  close = () => discovery.close();
  const put = (name: string, of: Partial<Instance>): void =>
    servers.put(`${name}:3306`, instanceOf(`${name}:3306`, of));
  const names = (): string[] => fleet.records().map((record) => formatKey(record.key));
  return { discovery, servers, fleet, put, names };
}

describe('discovery', () => {
  it('goes up and down the tree from any server', async () => {
    const { discovery, put, names } = scene();
    put('p', { serverUuid: uuidOf(1), attachedReplicas: [key('a'), key('b')] });
    put('a', { serverUuid: uuidOf(2), replication: replicationOf('p') });
    put('b', { serverUuid: uuidOf(3), replication: replicationOf('p') });
    await discovery.readNow(key('b'));
    await expect.poll(names, { timeout: 5_000 }).toEqual(['a:3306', 'b:3306', 'p:3306']);
  });

  it('keeps a source that does not answer: its replicas are its witnesses', async () => {
    const { discovery, put, names, fleet } = scene();
    put('a', { serverUuid: uuidOf(2), replication: replicationOf('p') });
    await discovery.readNow(key('a'));
    await expect.poll(() => fleet.recordOf(key('p'))?.check.failure ?? null, { timeout: 5_000 }).not.toBeNull();
    expect(names()).toEqual(['a:3306', 'p:3306']);
  });

  it('does not take in a name that never answered', async () => {
    const { discovery, names } = scene();
    expect(await discovery.readNow(key('nobody'))).toMatchObject({ kind: 'failed' });
    expect(names()).toEqual([]);
  });

  it('shows one uuid at two living addresses once, and says so', async () => {
    const { discovery, put, names } = scene();
    put('a', { serverUuid: uuidOf(7) });
    put('alias', { serverUuid: uuidOf(7) });
    await discovery.readNow(key('a'));
    expect(await discovery.readNow(key('alias'))).toMatchObject({
      kind: 'ignored',
      reason: expect.stringContaining('are the same server'),
    });
    expect(names()).toEqual(['a:3306']);
  });

  it('shows it twice with IdentityByAddress', async () => {
    const { discovery, put, names } = scene({ identityByAddress: true });
    put('a', { serverUuid: uuidOf(7) });
    put('alias', { serverUuid: uuidOf(7) });
    await discovery.readNow(key('a'));
    await discovery.readNow(key('alias'));
    expect(names()).toEqual(['a:3306', 'alias:3306']);
  });

  it('moves the entry of a server that answers at another address now', async () => {
    const { discovery, put, names, servers } = scene();
    put('a', { serverUuid: uuidOf(7) });
    await discovery.readNow(key('a'));
    servers.put('a:3306', null);
    await discovery.readNow(key('a'));
    put('b', { serverUuid: uuidOf(7) });
    await discovery.readNow(key('b'));
    expect(names()).toEqual(['b:3306']);
  });

  it('knows a server by the name it gives itself, where the configuration asks for it', async () => {
    const { discovery, put, names } = scene({ mysqlHostnameMethod: '@@report_host' });
    put('10.0.0.1', { serverUuid: uuidOf(7), reportHost: 'db1' });
    await discovery.readNow(key('10.0.0.1'));
    expect(names()).toEqual(['db1:3306']);
  });

  it('does not take in again by itself what was forgotten, but does by hand', async () => {
    const { discovery, put, names } = scene();
    put('a', { serverUuid: uuidOf(7) });
    await discovery.readNow(key('a'));
    discovery.forget(key('a'));
    expect(await discovery.readNow(key('a'))).toMatchObject({ kind: 'ignored' });
    expect(names()).toEqual([]);
    expect(await discovery.readNow(key('a'), { evenIfForgotten: true })).toMatchObject({ kind: 'read' });
  });

  it('leaves out what the filters name', async () => {
    const { discovery, put, names } = scene({ filters: { ...NO_FILTERS, replicas: [/^b:/] } });
    put('p', { serverUuid: uuidOf(1), attachedReplicas: [key('a'), key('b')] });
    put('a', { serverUuid: uuidOf(2), replication: replicationOf('p') });
    put('b', { serverUuid: uuidOf(3), replication: replicationOf('p') });
    await discovery.readNow(key('p'));
    await expect.poll(names, { timeout: 5_000 }).toEqual(['a:3306', 'p:3306']);
  });
});
