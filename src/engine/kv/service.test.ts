import { describe, expect, it } from 'vitest';
import { HOST, type Invented, inventServer } from '../../analysis/testing/records.ts';
import { OrchestratorError } from '../../model/error.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Clock, KvClaim, KvEntry, KvOutlet, KvStore } from '../ports.ts';
import { SILENT } from '../testing/fakes.ts';
import { createKvService } from './service.ts';

const key = (port: number): InstanceKey => ({ hostname: HOST, port });
const name = (port: number): string => formatKey(key(port));
const primary = (port: number, said: Invented = {}): ServerRecord =>
  inventServer(port, { source: null, readOnly: false, alias: 'shop', cluster: name(port), ...said });

/** The tables, in memory. */
function memoryStore(): KvStore & { readonly claims: Map<string, KvClaim>; readonly hosts: Set<string> } {
  const values = new Map<string, string>();
  const claims = new Map<string, KvClaim>();
  const hosts = new Set<string>();
  return {
    claims,
    hosts,
    get: async (one) => values.get(one) ?? null,
    put: async (one, value) => void values.set(one, value),
    all: async () => values,
    readClaims: async () => [...claims.values()],
    readClaim: async (alias) => claims.get(alias) ?? null,
    async claim(claim, pairs, mayReplace) {
      if (!mayReplace(claims.get(claim.alias) ?? null)) return false;
      claims.set(claim.alias, claim);
      for (const pair of pairs) values.set(pair.key, pair.value);
      return true;
    },
    readAddresses: async () => null,
    saveAddresses: async (host) => void hosts.add(host),
  };
}

/** A store outside, in memory, that can be away or hang. */
function memoryOutlet(outletName: string) {
  const held = new Map<string, KvEntry>();
  const state = { isAway: false, reads: 0, until: Promise.resolve() };
  const outlet: KvOutlet = {
    name: outletName,
    async read(keys) {
      state.reads += 1;
      await state.until;
      if (state.isAway) throw new OrchestratorError('kv-unreachable', `${outletName} cannot be reached`);
      return new Map(keys.flatMap((one) => (held.has(one) ? [[one, held.get(one) as KvEntry]] : [])));
    },
    async swap(changes) {
      for (const { key: one, value, version } of changes) held.set(one, { value, version: `${version}+` });
      return true;
    },
    elsewhere: async () => [],
    close: async () => undefined,
  };
  return { outlet, state, get: (one: string) => held.get(one)?.value, forget: () => held.clear() };
}

function scene(records: readonly ServerRecord[], deposed: readonly number[] = []) {
  const world = {
    records,
    deposed,
    nowMs: 0,
    epoch: 0,
    isLeader: true,
    successor: null as number | null,
    meanwhile: async () => undefined as unknown,
  };
  const clock: Clock = {
    now: () => world.nowMs,
    monotonicMs: () => world.nowMs,
    sleep: (_, signal) => new Promise((resolve) => (signal?.aborted ? resolve() : setTimeout(resolve, 5))),
    every: () => () => undefined,
  };
  const store = memoryStore();
  const [first, second] = [memoryOutlet('first'), memoryOutlet('second')];
  const steps: string[] = [];
  const service = createKvService(
    {
      store,
      recoveries: {
        currentEpoch: async () => {
          await world.meanwhile();
          return world.epoch;
        },
        readDeposed: async () =>
          world.deposed.map((port) => ({
            key: key(port),
            serverUuid: null,
            serverId: 1,
            clusterName: '',
            epoch: 1,
            successor: world.successor === null ? null : key(world.successor),
            source: null,
            deposedAtMs: 0,
            fencedAtMs: null,
          })),
      },
      auditLog: { write: async () => undefined },
      kv: {
        outlets: [first.outlet, second.outlet],
        lookup: { addresses: async () => ({ ipv4: HOST, ipv6: '' }) },
      },
      leadership: { isLeader: () => world.isLeader },
      clock,
      logger: SILENT,
      records: () => world.records,
      readNow: async () => true,
      isBeingRecovered: () => false,
    },
    { prefix: 'mysql/master/', instancePollSeconds: 5, reasonableInstanceCheckSeconds: 1 },
  );
  const promote = (from: number, to: number, epoch: number | null) =>
    service.promoted({
      alias: 'shop',
      clusterName: name(from),
      demoted: key(from),
      successor: key(to),
      epoch,
      audit: (message) => steps.push(message),
    });
  const shop = (): unknown => [first.get('mysql/master/shop'), second.get('mysql/master/shop')];
  return { service, world, store, first, second, steps, promote, shop };
}

describe('a promotion', () => {
  it('is written to the table and to every store, five keys each', async () => {
    const { promote, shop, store, steps, first } = scene([]);
    await promote(1, 2, 1);
    expect(shop()).toEqual([name(2), name(2)]);
    expect(first.get('mysql/master/shop/port')).toBe('2');
    expect((await store.all()).size).toBe(5);
    expect(steps).toEqual([`Published: mysql/master/shop is ${name(2)}`]);
  });

  it('of an older epoch goes over nothing that a newer one wrote', async () => {
    const { promote, shop, store, steps } = scene([]);
    await promote(1, 2, 1);
    await promote(2, 3, 2);
    await promote(1, 4, 1);
    expect(shop()).toEqual([name(3), name(3)]);
    expect(store.claims.get('shop')).toEqual({ alias: 'shop', primary: key(3), epoch: 2 });
    expect(steps.at(-1)).toMatch(/a newer recovery has published another primary as shop/);
  });

  it('that comes late does not go over a newer one which took its demoted primary back', async () => {
    const { promote, shop, store, steps, world } = scene([]);
    world.epoch = 1;
    await promote(1, 2, 1);
    world.epoch = 2;
    await promote(2, 1, 2);
    await promote(1, 2, 1);
    expect(shop()).toEqual([name(1), name(1)]);
    expect(store.claims.get('shop')).toEqual({ alias: 'shop', primary: key(1), epoch: 2 });
    expect(steps.at(-1)).toMatch(/a newer recovery has published another primary as shop/);
  });

  it('is overtaken by a newer one while it reads', async () => {
    const { promote, store, world } = scene([]);
    store.claims.set('shop', { alias: 'shop', primary: key(1), epoch: 9 });
    world.epoch = 3;
    world.meanwhile = async () => store.claims.set('shop', { alias: 'shop', primary: key(1), epoch: 10 });
    await promote(1, 2, 3);
    expect(store.claims.get('shop')).toEqual({ alias: 'shop', primary: key(1), epoch: 10 });
  });

  it('of the primary that is published is written though its alias has a higher epoch from another cluster', async () => {
    const { promote, shop, store, world } = scene([]);
    store.claims.set('shop', { alias: 'shop', primary: key(1), epoch: 9 });
    world.epoch = 3;
    await promote(1, 2, 3);
    expect(shop()).toEqual([name(2), name(2)]);
  });

  it('by a takeover has the epoch of its cluster', async () => {
    const { promote, store, world } = scene([]);
    world.epoch = 7;
    await promote(1, 2, null);
    expect(store.claims.get('shop')?.epoch).toBe(7);
  });

  it('a store that is away is told as soon as it answers, whether the primary is to be seen or not', async () => {
    const { promote, shop, service, second, steps } = scene([]);
    second.state.isAway = true;
    await promote(1, 2, 1);
    expect(shop()).toEqual([name(2), undefined]);
    expect(steps).toEqual([expect.stringMatching(/^Not published: second cannot be reached/)]);
    expect(service.states()[1]).toEqual({
      name: 'second',
      problem: 'second cannot be reached',
      sinceMs: 0,
      pending: ['shop'],
    });
    await service.reconcile();
    second.state.isAway = false;
    await service.reconcile();
    expect(shop()).toEqual([name(2), name(2)]);
    expect(service.states()[1]).toMatchObject({ problem: null, pending: [] });
  });

  it('a store that hangs is not waited for', async () => {
    const { promote, shop, service, second, steps } = scene([]);
    let answer = (): void => undefined;
    second.state.until = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await promote(1, 2, 1);
    expect(shop()).toEqual([name(2), undefined]);
    expect(steps).toEqual([expect.stringMatching(/takes its time/)]);
    answer();
    await service.close();
    expect(shop()).toEqual([name(2), name(2)]);
  });

  describe('in a cluster that suggests the alias of another one', () => {
    const below = (port: number, source: number): ServerRecord =>
      inventServer(port, { source, readOnly: true, alias: 'shop', cluster: name(source) });
    const copy = [primary(11), below(12, 11)];
    const refusal = (port: number) =>
      expect.stringMatching(new RegExp(`^Not published: another .* that of .*:${port};`));

    it.each([
      ['by a takeover', null],
      ['by a recovery, which has an epoch', 1],
    ])('does not take its key (%s)', async (_, epoch) => {
      const { promote, shop, store, steps, world, service } = scene([primary(1), below(2, 1), ...copy]);
      store.claims.set('shop', { alias: 'shop', primary: key(1), epoch: 0 });
      world.epoch = epoch ?? 0;
      await promote(11, 12, epoch);
      expect(steps).toEqual([refusal(1)]);
      expect(shop()).toEqual([undefined, undefined]);
      expect(store.claims.get('shop')?.primary).toEqual(key(1));
      const succession = { alias: 'shop', clusterName: name(11), demoted: key(11), successor: key(12) };
      expect(await service.isOfAnother(succession)).toBe(true);
      expect(await service.isOfAnother({ ...succession, alias: 'another' })).toBe(false);
    });

    it('does not take it either while the other one has no primary, or a new one that is not published yet', async () => {
      const { promote, shop, store, steps, world } = scene([primary(1, { valid: false }), below(2, 1), ...copy]);
      store.claims.set('shop', { alias: 'shop', primary: key(1), epoch: 0 });
      await promote(11, 12, 1);
      world.records = [primary(1, { valid: false }), primary(2), ...copy];
      world.deposed = [1];
      world.successor = 2;
      await promote(11, 12, 1);
      expect(steps).toEqual([refusal(1), refusal(2)]);
      await promote(1, 2, 1);
      expect(shop()).toEqual([name(2), name(2)]);
    });

    it('does not keep the other one from its own key, and a recovery that is gone on with from its new one', async () => {
      const { promote, shop, store, service } = scene([primary(1, { valid: false }), below(2, 1), ...copy]);
      store.claims.set('shop', { alias: 'shop', primary: key(1), epoch: 0 });
      await promote(1, 2, 1);
      await promote(1, 2, 1);
      expect(shop()).toEqual([name(2), name(2)]);
      const succession = { alias: 'shop', clusterName: name(1), demoted: key(1), successor: key(2) };
      expect(await service.isOfAnother(succession)).toBe(false);
    });

    it('is not published before either was, as long as the other one takes writes', async () => {
      const { promote, steps, store, world, shop } = scene([primary(1), below(2, 1), ...copy]);
      await promote(11, 12, null);
      expect(steps).toEqual([refusal(1)]);
      expect(store.claims.size).toBe(0);
      world.records = [primary(1, { valid: false }), ...copy];
      await promote(11, 12, null);
      expect(shop()).toEqual([name(12), name(12)]);
    });

    it('is published when the other one is what a change of primary by hand has left: alone, and silent or read-only', async () => {
      for (const said of [{ valid: false }, { readOnly: true }]) {
        const { promote, store, shop } = scene([primary(1, said), ...copy]);
        store.claims.set('shop', { alias: 'shop', primary: key(1), epoch: 0 });
        await promote(11, 12, null);
        expect(shop()).toEqual([name(12), name(12)]);
      }
    });
  });

  it('of a cluster without an alias is not published', async () => {
    const { service, store } = scene([]);
    const nameless = { clusterName: name(1), demoted: key(1), successor: key(2), epoch: 1, audit: () => undefined };
    await service.promoted({ ...nameless, alias: '' });
    await service.promoted({ ...nameless, alias: name(1) });
    expect(store.claims.size).toBe(0);
  });
});

describe('addresses', () => {
  it('of hosts that may be promoted are known before they are', async () => {
    const replica = inventServer(2, { hostname: 'db2', source: 1, readOnly: true, alias: 'shop', cluster: name(1) });
    const { service, first, store } = scene([primary(1), replica]);
    await service.reconcile();
    await expect.poll(() => [...store.hosts].sort(), { timeout: 10_000 }).toEqual([HOST, 'db2']);
    const successor = { hostname: 'db2', port: 2 };
    const promotion = { alias: 'shop', clusterName: name(1), demoted: key(1), successor, epoch: 1 };
    await service.promoted({ ...promotion, audit: () => undefined });
    expect(first.get('mysql/master/shop/ipv4')).toBe(HOST);
  });
});

describe('looking again', () => {
  it('publishes who is primary, once a minute, and only what changed', async () => {
    const { service, world, shop, first } = scene([primary(1)]);
    await service.reconcile();
    expect(shop()).toEqual([name(1), name(1)]);
    const { reads } = first.state;
    world.records = [inventServer(1, { source: 2, readOnly: true, alias: 'shop', cluster: name(2) }), primary(2)];
    await service.reconcile();
    expect(shop()).toEqual([name(1), name(1)]);
    world.nowMs += 60_000;
    await service.reconcile();
    expect(shop()).toEqual([name(2), name(2)]);
    world.nowMs += 60_000;
    await service.reconcile();
    expect(first.state.reads).toBe(reads + 1);
    // After ten minutes it is looked whether somebody else changed it.
    first.forget();
    world.nowMs += 600_000;
    await service.reconcile();
    expect(shop()).toEqual([name(2), name(2)]);
  });

  it('a replaced primary that is back and writable is not published, also not by hand', async () => {
    const { service, promote, shop } = scene([primary(1)], [1]);
    await promote(1, 2, 1);
    await service.reconcile();
    expect((await service.submit(null)).primaries).toEqual([]);
    expect(shop()).toEqual([name(2), name(2)]);
  });

  it('is left to the leader', async () => {
    const { service, world, shop } = scene([primary(1)]);
    world.isLeader = false;
    await service.reconcile();
    expect(shop()).toEqual([undefined, undefined]);
  });
});

describe('by hand', () => {
  it('everything is written, whatever the stores are thought to hold; a dry run writes nothing', async () => {
    const { service, shop, first, second } = scene([primary(1)]);
    const made = await service.preview(null);
    expect(made.pairs.map(({ value }) => value)).toEqual([name(1), HOST, '1', HOST, '']);
    expect(shop()).toEqual([undefined, undefined]);
    await service.reconcile();
    first.forget();
    second.forget();
    const done = await service.submit(name(1));
    expect(done.troubles).toEqual([]);
    expect(done.pairs.map(({ value }) => value)).toEqual([name(1), HOST, '1', HOST, '']);
    expect(shop()).toEqual([name(1), name(1)]);
    expect((await service.submit('another:1')).pairs).toEqual([]);
  });

  it('a store that fails is named', async () => {
    const { service, second } = scene([primary(1)]);
    second.state.isAway = true;
    expect((await service.submit(null)).troubles).toEqual(['second cannot be reached']);
  });
});
