import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type LabServer,
  type LabService,
  type LabTopology,
  startEtcd,
  startTopology,
  startZookeeper,
} from '../../lab/index.ts';
import type { KvOutlet } from '../../src/engine/ports.ts';
import { kvKeysOf } from '../../src/legacy/kv-pairs.ts';
import { Secret } from '../../src/model/secret.ts';
import { createEtcd } from '../../src/outlet/kv/etcd.ts';
import { createZookeeper } from '../../src/outlet/kv/zookeeper.ts';
import { type FakeConsul, startFakeConsul } from '../../src/outlet/testing/fake-consul.ts';
import { type Engine, keyOf, openEngine } from '../support/engine.ts';
import { TAKEOVER_CONFIG } from '../support/takeover.ts';

const KEYS = kvKeysOf('mysql/master/', 'shop');
const TIMEOUT = { timeout: 30_000 };

/** etcd and ZooKeeper are real, Consul is a small server after its documented API (there is no real one here). */
describe('who is primary, in etcd, ZooKeeper and Consul', () => {
  let topology: LabTopology;
  let etcd: LabService;
  let zookeeper: LabService;
  let consul: FakeConsul;
  let engine: Engine;
  let readers: readonly KvOutlet[] = [];

  beforeAll(async () => {
    [topology, etcd, zookeeper, consul] = await Promise.all([
      startTopology({ flavour: 'mariadb-10.11', tree: '1(2,3)' }),
      startEtcd(),
      startZookeeper(),
      startFakeConsul(),
    ]);
    await topology.primary.query("INSERT INTO app.t VALUES (1, 'l', 'x')");
    readers = [
      createEtcd({ endpoints: [etcd.address], user: '', password: new Secret('') }),
      createZookeeper(zookeeper.address),
    ];
    engine = await openEngine(topology, {
      mode: 'continuous',
      config: {
        ...TAKEOVER_CONFIG,
        DetectClusterAliasQuery: "SELECT 'shop'",
        KVEtcdAddress: etcd.address,
        ZkAddress: zookeeper.address,
        ConsulAddress: consul.address,
        ConsulKVStoreProvider: 'consul-txn',
      },
    });
  });
  afterAll(async () => {
    await engine?.close();
    await Promise.all(readers.map((reader) => reader.close()));
    await Promise.all([topology?.close(), etcd?.close(), zookeeper?.close(), consul?.close()]);
  });

  const valuesOf = (server: LabServer): string[] => [
    `127.0.0.1:${server.port}`,
    '127.0.0.1',
    String(server.port),
    '127.0.0.1',
    '',
  ];

  async function published(): Promise<unknown> {
    const [inEtcd, inZookeeper] = await Promise.all(
      readers.map(async (reader) => {
        const found = await reader.read(KEYS, AbortSignal.timeout(3_000)).catch(() => null);
        return found === null ? null : KEYS.map((key) => found.get(key)?.value);
      }),
    );
    return { etcd: inEtcd, zookeeper: inZookeeper, consul: KEYS.map((key) => consul.get(key)) };
  }

  const everywhere = (server: LabServer) => {
    const values = valuesOf(server);
    return { etcd: values, zookeeper: values, consul: values };
  };

  const primaryNow = (): LabServer => {
    const [head] = engine.orchestrator
      .fleet()
      .records.filter(({ instance }) => instance !== null && !instance.isReadOnly && instance.replication === null)
      .filter(({ check }) => check.failure === null);
    const found = [...topology.servers.values()].find(({ port }) => port === head?.key.port);
    if (found === undefined) throw new Error('nobody is primary');
    return found;
  };

  it('the primary is published without being asked, and again where somebody meddled, when asked', async () => {
    await expect.poll(published, TIMEOUT).toEqual(everywhere(topology.server(1)));
    consul.put(KEYS[0] ?? '', 'nonsense:1');
    const submitted = await engine.orchestrator.kv.submit(null);
    expect(submitted).toMatchObject({ troubles: [], primaries: [{ alias: 'shop' }] });
    expect(submitted.pairs.map(({ value }) => value)).toEqual(valuesOf(topology.server(1)));
    expect(await published()).toEqual(everywhere(topology.server(1)));
  });

  it('a failover is published at once; a store that hangs does not hold it up, and is told when it answers', async () => {
    etcd.pause();
    await topology.server(1).kill();
    await expect
      .poll(async () => (await engine.orchestrator.recoveries({}))[0]?.endedAt, { ...TIMEOUT, interval: 50 })
      .toMatch(/\d/);
    const successor = primaryNow();
    expect(successor.port).not.toBe(topology.server(1).port);
    // The two stores that answer are told meanwhile; on a busy machine not always within the second that the recovery waits.
    await expect.poll(published, TIMEOUT).toEqual({ ...everywhere(successor), etcd: null });
    const [recovery] = await engine.orchestrator.recoveries({});
    const steps = (await engine.orchestrator.recoverySteps(recovery?.uid ?? '')).map(({ message }) => message);
    expect(steps).toContainEqual(expect.stringMatching(/^A key-value store takes its time/));
    expect(recovery).toMatchObject({ isSuccessful: true });
    await expect
      .poll(() => engine.orchestrator.kv.states().find(({ name }) => name.startsWith('etcd')), TIMEOUT)
      .toMatchObject({ problem: expect.stringContaining(etcd.address), pending: ['shop'] });
    etcd.resume();
    await expect.poll(published, TIMEOUT).toEqual(everywhere(successor));
    await expect
      .poll(() => engine.orchestrator.kv.states().map(({ problem }) => problem), TIMEOUT)
      .toEqual([null, null, null]);
  });

  it('a planned takeover is published when it has ended', async () => {
    const before = primaryNow();
    await expect
      .poll(() => engine.orchestrator.fleet().recordOf(keyOf(before))?.position.replicas.length, TIMEOUT)
      .toBe(1);
    const { clusterName = '' } = engine.orchestrator.fleet().recordOf(keyOf(before))?.position ?? {};
    const outcome = await engine.orchestrator.takeover.run(
      { kind: 'graceful-master-takeover-auto', clusterName, designated: null },
      'tester',
    );
    expect(outcome).toMatchObject({ kind: 'promoted', troubles: [] });
    const successor = [...topology.servers.values()].find(({ port, number }) => number !== 1 && port !== before.port);
    await expect.poll(published, TIMEOUT).toEqual(everywhere(successor ?? before));
  });
});
