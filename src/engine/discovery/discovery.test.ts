import { afterEach, describe, expect, it } from 'vitest';
import { OrchestratorError } from '../../model/error.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { problemsOf } from '../../model/problems.ts';
import { instanceOf, NO_CLASSIFICATION, replicationOf, uuidOf } from '../../model/testing/instances.ts';
import { createSystemClock } from '../basis/clock.ts';
import { createFleet } from '../fleet/fleet.ts';
import { createOtherAddresses } from '../fleet/other-addresses.ts';
import { withResolvedNames } from '../fleet/resolving-servers.ts';
import type { Clock } from '../ports.ts';
import { createStillClock } from '../testing/clocks.ts';
import { createFakeServers, SILENT } from '../testing/fakes.ts';
import { createDiscovery, type DiscoverySettings } from './discovery.ts';

const key = (name: string) => parseKey(name, 3306);
const NO_FILTERS = { hosts: [], replicas: [], sources: [], replicationUsers: [] };

let close: () => Promise<void> = async () => undefined;
afterEach(() => close());

function scene(changes: Partial<DiscoverySettings> = {}, clock: Clock = createSystemClock()) {
  const servers = createFakeServers();
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  const resolver = {
    async resolve(hostname: string) {
      if (hostname.includes(',')) throw new OrchestratorError('bad-hostname', `"${hostname}" is a list`);
      return hostname;
    },
    learn: async () => true,
    addressOf: async () => null,
  };
  const addresses = createOtherAddresses();
  const twins = new Set<string>();
  const warnings: string[] = [];
  const infos: object[] = [];
  const refused: string[] = [];
  const discovery = createDiscovery(
    {
      servers: {
        ...withResolvedNames(servers, resolver, { ...fleet, ...addresses }),
        renamed: (instance, key) => ({
          ...instance,
          key,
          classification: { ...NO_CLASSIFICATION, region: key.hostname },
        }),
        // The one thing that a fake server cannot be asked: whether a lock at one address is seen at the other.
        inquire: async ({ key }, _inquiry, { other }) => {
          const isOne = other !== undefined && twins.has(key.hostname) && twins.has(other.hostname);
          return { kind: 'answered', answer: isOne as never };
        },
      },
      fleet,
      resolver,
      addresses,
      clock,
      logger: {
        ...SILENT,
        warn(fields: { readonly warning?: string }, message: string) {
          warnings.push(message);
          if (fields.warning !== undefined) refused.push(fields.warning);
        },
        info: (fields: object, message: string) => void infos.push({ ...fields, message }),
      },
    },
    {
      pollMs: 60_000,
      deadFactor: 1,
      deadMaxMs: 60_000,
      probeDeadlineMs: 1_000,
      maxConcurrency: 10,
      queueCapacity: 100,
      deadMaxConcurrency: 0,
      filters: NO_FILTERS,
      logsFilters: true,
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
  return { discovery, servers, fleet, put, names, twins, warnings, infos, refused };
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

  describe('a name that is a list of names', () => {
    const list = { hostname: '10.0.0.5,192.168.0.5', port: 3306 };

    it('of a replica makes nobody unreadable: it is kept as told, not asked, and warned of once', async () => {
      const { discovery, put, names, fleet, refused } = scene();
      put('p', { serverUuid: uuidOf(1), attachedReplicas: [key('a'), list] });
      put('a', { serverUuid: uuidOf(2), replication: replicationOf('p') });
      for (let time = 0; time < 2; time += 1) await discovery.readNow(key('p'));
      await expect.poll(names, { timeout: 5_000 }).toEqual(['a:3306', 'p:3306']);
      // Somebody is attached there, whose logs may not be purged.
      expect(fleet.recordOf(key('p'))?.instance?.attachedReplicas).toEqual([key('a'), list]);
      expect(refused).toEqual([expect.stringContaining('report_host "10.0.0.5,192.168.0.5"')]);
    });

    it('of a source or a member of a group stands as it is told', async () => {
      const { discovery, put, fleet, refused } = scene();
      const group = { groupName: 'g', isSinglePrimary: true, memberState: 'ONLINE', memberRole: 'SECONDARY' };
      const replication = { ...replicationOf('p'), source: list, configuredSource: list };
      put('a', { serverUuid: uuidOf(2), replication, group: { ...group, members: [list], primary: list } });
      await discovery.readNow(key('a'));
      const read = fleet.recordOf(key('a'))?.instance;
      expect(read?.replication?.source).toEqual(list);
      expect(read?.group).toMatchObject({ members: [list], primary: list });
      expect(refused).toEqual([expect.stringContaining('member'), expect.stringContaining('source')]);
    });

    it('is not taken for the own name of a server', async () => {
      const { discovery, put, names } = scene({ mysqlHostnameMethod: '@@report_host' });
      put('10.0.0.5', { serverUuid: uuidOf(7), reportHost: list.hostname });
      await discovery.readNow(key('10.0.0.5'));
      expect(names()).toEqual(['10.0.0.5:3306']);
    });
  });

  it('keeps a source that does not answer: its replicas are its witnesses', async () => {
    const { discovery, put, names, fleet } = scene();
    put('a', { serverUuid: uuidOf(2), replication: replicationOf('p') });
    await discovery.readNow(key('a'));
    await expect.poll(() => fleet.recordOf(key('p'))?.check.failure ?? null, { timeout: 5_000 }).not.toBeNull();
    expect(names()).toEqual(['a:3306', 'p:3306']);
  });

  it('keeps one cluster together whose replicas connect by several addresses of the primary', async () => {
    const { discovery, put, names, fleet } = scene();
    put('p', { serverUuid: uuidOf(1), attachedReplicas: [key('a'), key('b')] });
    put('alias', { serverUuid: uuidOf(1) });
    put('a', { serverUuid: uuidOf(2), replication: replicationOf('p', { sourceUuid: uuidOf(1) }) });
    put('b', { serverUuid: uuidOf(3), replication: replicationOf('alias', { sourceUuid: uuidOf(1) }) });
    await discovery.readNow(key('p'));
    await expect.poll(names, { timeout: 5_000 }).toEqual(['a:3306', 'b:3306', 'p:3306']);
    expect(fleet.records().map(({ position }) => position.clusterName)).toEqual(['p:3306', 'p:3306', 'p:3306']);
  });

  describe('replicas that report no host, beside one that does', () => {
    /** `r1` reports its name; the process list has its address, `r2`'s, and that of somebody who is no server. */
    function mixed(changes: Partial<DiscoverySettings> = {}) {
      const clock = createStillClock();
      const told = scene(changes, clock);
      const { put, servers, discovery, names } = told;
      const guessedReplicas = ['10.0.0.1', '10.0.0.2', '10.0.0.9'].map(key);
      put('p', { serverUuid: uuidOf(9), attachedReplicas: [key('r1')], guessedReplicas });
      const replication = replicationOf('p', { sourceUuid: uuidOf(9) });
      for (const name of ['r1', '10.0.0.1']) put(name, { serverUuid: uuidOf(1), mysqlHostname: 'r1', replication });
      put('10.0.0.2', { serverUuid: uuidOf(2), serverId: 2, mysqlHostname: 'r2', replication });
      const asked: string[] = [];
      const { probe } = servers;
      servers.probe = (at, request) => {
        asked.push(at.hostname);
        return probe(at, request);
      };
      const readPrimary = async (times: number): Promise<void> => {
        for (let time = 0; time < times; time += 1) {
          clock.pass(5_000);
          await discovery.readNow(key('p'));
          await expect.poll(() => discovery.metrics().healthy.active).toBe(0);
        }
      };
      return { ...told, readPrimary, names, timesAsked: (host: string) => asked.filter((one) => one === host).length };
    }

    it('are found by their addresses, and nobody twice', async () => {
      const { readPrimary, names, fleet, timesAsked } = mixed();
      await readPrimary(1);
      // Whoever told its name is known by it.
      expect(names()).toEqual(['p:3306', 'r1:3306']);
      await readPrimary(1);
      expect(names()).toEqual(['10.0.0.2:3306', 'p:3306', 'r1:3306']);
      await readPrimary(9);
      expect(['10.0.0.1', '10.0.0.9'].map(timesAsked)).toEqual([1, 1]);
      await readPrimary(9);
      expect(['10.0.0.1', '10.0.0.9'].map(timesAsked)).toEqual([1, 2]);
      expect(names()).toEqual(['10.0.0.2:3306', 'p:3306', 'r1:3306']);
      expect(new Set(fleet.records().map(({ position }) => position.clusterName))).toEqual(new Set(['p:3306']));
    });

    it('are none of the others that answer there: of another source, or with a name that is left out', async () => {
      const { readPrimary, names, put } = mixed({ filters: { ...NO_FILTERS, replicas: [/^analytics/] } });
      const reported = { serverUuid: uuidOf(2), serverId: 2, reportHost: 'analytics1' };
      put('10.0.0.2', { ...reported, replication: replicationOf('p', { sourceUuid: uuidOf(9) }) });
      put('10.0.0.9', { serverUuid: uuidOf(4), serverId: 4 });
      await readPrimary(3);
      expect(names()).toEqual(['p:3306', 'r1:3306']);
    });

    it('are not looked for where every address is a server', async () => {
      const { readPrimary, names } = mixed({ identityByAddress: true });
      await readPrimary(3);
      expect(names()).toEqual(['p:3306', 'r1:3306']);
    });
  });

  describe('servers that have no uuid (MariaDB)', () => {
    const alike = { serverUuid: null, serverId: 1, mysqlHostname: 'host', ownPort: 3306, uptimeSeconds: 100 };
    const behind = (source: string, serverId: number): Partial<Instance> => ({
      serverUuid: null,
      serverId,
      replication: replicationOf(source, { sourceUuid: null, sourceServerId: 1 }),
    });

    it('are one at two addresses where that is proven: the cluster stays together', async () => {
      const { discovery, put, names, twins, fleet, warnings } = scene();
      for (const name of ['p', 'alias']) twins.add(name);
      put('p', { ...alike, attachedReplicas: [key('a'), key('b')] });
      put('alias', alike);
      put('a', behind('p', 2));
      put('b', behind('alias', 3));
      await discovery.readNow(key('p'));
      await expect
        .poll(() => warnings, { timeout: 5_000 })
        .toEqual([expect.stringContaining('are the same server; only')]);
      await discovery.readNow(key('b'));
      expect(names()).toEqual(['a:3306', 'b:3306', 'p:3306']);
      expect(fleet.records().map(({ position }) => position.clusterName)).toEqual(['p:3306', 'p:3306', 'p:3306']);
    });

    it('that are both known, and read side by side, do not both go', async () => {
      const { discovery, put, names, twins, fleet } = scene();
      for (const name of ['p', 'alias']) {
        twins.add(name);
        put(name, alike);
        fleet.answered(instanceOf(`${name}:3306`, alike));
      }
      await Promise.all(['p', 'alias'].map((name) => discovery.readNow(key(name))));
      expect(names()).toHaveLength(1);
      await Promise.all(['p', 'alias'].map((name) => discovery.readNow(key(name))));
      expect(names()).toHaveLength(1);
    });

    it.each([
      ['they look alike, but it is not proven', {}, []],
      ['they were started at different times', { uptimeSeconds: 4_000 }, ['p', 'copy']],
      ['they say that they listen on different ports', { ownPort: 3307 }, ['p', 'copy']],
    ])('are two when %s', async (_why, other, proven) => {
      const { discovery, put, names, twins } = scene();
      for (const name of proven) twins.add(name);
      put('p', alike);
      put('copy', { ...alike, ...other });
      for (const name of ['p', 'copy']) expect((await discovery.readNow(key(name))).kind).toBe('read');
      expect(names()).toEqual(['copy:3306', 'p:3306']);
    });
  });

  it('does not take in a name that never answered', async () => {
    const { discovery, names } = scene();
    expect(await discovery.readNow(key('nobody'))).toMatchObject({ kind: 'failed' });
    expect(names()).toEqual([]);
  });

  it('shows one uuid at two living addresses once, and says so', async () => {
    const { discovery, put, names } = scene();
    put('a', { serverUuid: uuidOf(7), mysqlHostname: 'db' });
    put('alias', { serverUuid: uuidOf(7), mysqlHostname: 'db' });
    await discovery.readNow(key('a'));
    expect(await discovery.readNow(key('alias'))).toMatchObject({
      kind: 'ignored',
      reason: expect.stringContaining('are the same server'),
    });
    expect(names()).toEqual(['a:3306']);
  });

  it.each([
    ['server_id', { serverId: 8 }],
    ['port', { ownPort: 3307 }],
    ['host name', { mysqlHostname: 'other' }],
  ])(
    'shows two servers with one uuid, told apart by their %s, and what is wrong with both; told once',
    async (_what, own) => {
      const { discovery, put, fleet, warnings } = scene();
      put('a', { serverUuid: uuidOf(7), serverId: 7, ownPort: 3306, mysqlHostname: 'db' });
      put('copy', { serverUuid: uuidOf(7), serverId: 7, ownPort: 3306, mysqlHostname: 'db', ...own });
      for (const name of ['a', 'copy', 'a', 'copy']) await discovery.readNow(key(name));
      const settings = {
        instancePollSeconds: 5,
        reasonableInstanceCheckSeconds: 1,
        reasonableReplicationLagSeconds: 10,
      };
      expect(fleet.records().map((record) => problemsOf(record, settings, Date.now()))).toEqual([
        ['shared_server_uuid'],
        ['shared_server_uuid'],
      ]);
      expect(warnings).toEqual([expect.stringMatching(/^copy:3306 and a:3306 are two servers with one uuid/)]);
      discovery.forget(key('copy'));
      expect(fleet.records().map(({ position }) => position.sharesUuidWith)).toEqual([undefined]);
    },
  );

  it('does not take a copy for a dead server that has moved', async () => {
    const { discovery, put, names, servers } = scene();
    put('a', { serverUuid: uuidOf(7), serverId: 7 });
    await discovery.readNow(key('a'));
    servers.put('a:3306', null);
    await discovery.readNow(key('a'));
    put('copy', { serverUuid: uuidOf(7), serverId: 8 });
    await discovery.readNow(key('copy'));
    expect(names()).toEqual(['a:3306', 'copy:3306']);
  });

  it('tells of one server at two addresses once, not at every poll', async () => {
    const { discovery, put, warnings } = scene();
    put('a', { serverUuid: uuidOf(7), mysqlHostname: 'db' });
    put('alias', { serverUuid: uuidOf(7), mysqlHostname: 'db' });
    for (const name of ['a', 'alias', 'alias', 'alias']) await discovery.readNow(key(name));
    expect(warnings).toHaveLength(1);
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

  it('classifies a server by its own name at the first reading already, not by the address it was met at', async () => {
    const { discovery, put, fleet } = scene({ mysqlHostnameMethod: '@@hostname' });
    put('10.0.0.7', { serverUuid: uuidOf(7), mysqlHostname: 'db7.east' });
    const read = await discovery.readNow(key('10.0.0.7'));
    const classification = { ...NO_CLASSIFICATION, region: 'db7.east' };
    expect(read).toMatchObject({ kind: 'read', record: { instance: { key: key('db7.east'), classification } } });
    expect(fleet.recordOf(key('db7.east'))?.instance?.classification).toEqual(classification);
  });

  it('leaves out what the filters name', async () => {
    const { discovery, put, names } = scene({ filters: { ...NO_FILTERS, replicas: [/^b:/] } });
    put('p', { serverUuid: uuidOf(1), attachedReplicas: [key('a'), key('b')] });
    put('a', { serverUuid: uuidOf(2), replication: replicationOf('p') });
    put('b', { serverUuid: uuidOf(3), replication: replicationOf('p') });
    await discovery.readNow(key('p'));
    await expect.poll(names, { timeout: 5_000 }).toEqual(['a:3306', 'p:3306']);
  });

  it('tells once which servers the filters leave out, unless EnableDiscoveryFiltersLogs is off', async () => {
    const filters = { hosts: [/^a:/], replicas: [/^b:/], sources: [/^s:/], replicationUsers: [/^repl$/] };
    const toldBy = async (logsFilters: boolean): Promise<readonly object[]> => {
      const { discovery, put, infos } = scene({ filters, logsFilters });
      const source = replicationOf('s');
      put('p', { replication: source, attachedReplicas: [key('a'), key('b')] });
      put('c', { serverUuid: uuidOf(2), replication: { ...source, profile: { ...source.profile, user: 'repl' } } });
      for (let times = 0; times < 2; times += 1) for (const name of ['p', 'a', 'c']) await discovery.readNow(key(name));
      return infos;
    };
    const message = 'a filter leaves a server out';
    expect(await toldBy(true)).toEqual([
      { server: 's:3306', list: 'DiscoveryIgnoreMasterHostnameFilters', message },
      { server: 'b:3306', list: 'DiscoveryIgnoreReplicaHostnameFilters', message },
      { server: 'a:3306', list: 'DiscoveryIgnoreHostnameFilters', message },
      { server: 'c:3306', list: 'DiscoveryIgnoreReplicationUsernameFilters', message },
    ]);
    expect(await toldBy(false)).toEqual([]);
  });

  describe('an attempt', () => {
    const FRESHNESS = {
      instancePollSeconds: 5,
      reasonableInstanceCheckSeconds: 1,
      reasonableReplicationLagSeconds: 10,
    };

    /** `p`, last seen at 0, is read again at 20 s: later than it should be. The read takes so long. */
    async function lateReading(tookMs: number, answers: boolean) {
      const clock = createStillClock();
      const { discovery, put, fleet, servers } = scene({}, clock);
      put('p', {});
      await discovery.readNow(key('p'));
      clock.pass(20_000);
      const problems = () => fleet.records().flatMap((record) => problemsOf(record, FRESHNESS, clock.now()));
      let during: readonly string[] = [];
      const { probe } = servers;
      servers.probe = (...asked) => {
        clock.pass(tookMs);
        during = problems();
        return probe(...asked);
      };
      if (!answers) servers.put('p:3306', null);
      await discovery.readNow(key('p'));
      const after = problems();
      clock.pass(5_000);
      return { during, after, later: problems() };
    }

    it('that is late, and no more than that, speaks against nobody', async () => {
      expect(await lateReading(900, true)).toEqual({ during: [], after: [], later: [] });
    });

    it('that takes long counts while it hangs', async () => {
      expect(await lateReading(1_000, true)).toEqual({ during: ['last_check_invalid'], after: [], later: [] });
    });

    it('that fails counts at once', async () => {
      const invalid = ['last_check_invalid'];
      expect(await lateReading(0, false)).toEqual({ during: [], after: invalid, later: invalid });
    });

    it('at a server that a filter leaves out by now is none: it ages', async () => {
      const clock = createStillClock();
      const filters = { ...NO_FILTERS, replicationUsers: [/^repl$/] };
      const { discovery, put, fleet } = scene({ filters }, clock);
      const behind = (user: string) => {
        const replication = replicationOf('p');
        return { serverUuid: uuidOf(2), replication: { ...replication, profile: { ...replication.profile, user } } };
      };
      put('r', behind('other'));
      await discovery.readNow(key('r'));
      put('r', behind('repl'));
      clock.pass(30_000);
      expect(await discovery.readNow(key('r'))).toMatchObject({ isFiltered: true });
      const record = fleet.recordOf(key('r'));
      expect(record && problemsOf(record, FRESHNESS, clock.now())).toEqual(['not_recently_checked']);
    });
  });
});
