import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LabServer, type LabTopology, startTopology } from '../../lab/index.ts';
import { createV2Client, type V2Client, V2ClientError } from '../../src/http/v2-client.ts';
import { type Program, startProgram } from '../support/program.ts';

/** /api/v2 by its own client, against a running program and real servers. */
describe('the typed client', () => {
  let topology: LabTopology;
  let program: Program;
  let orc: V2Client;
  beforeAll(async () => {
    topology = await startTopology({ flavour: 'mysql-9.7', tree: '1(2,3)' });
    program = await startProgram({ seeds: [], config: { RecoverMasterClusterFilters: [], AuditToBackendDB: true } });
    orc = createV2Client({ baseUrl: program.url });
  });
  afterAll(async () => {
    await program?.close();
    await topology?.close();
  });

  const key = (number: number) => keyOf(topology.server(number));
  const keyOf = ({ host, port }: LabServer) => ({ hostname: host, port });
  const at = ({ hostname: host, port }: ReturnType<typeof key>) => ({ host, port });

  test('discovers a tree by one server, and lists it', async () => {
    expect((await orc.dryRun.discoverInstance({ body: key(3) })).would).toContain('nothing was changed');
    expect((await orc.listInstances()).items).toEqual([]);
    const found = await orc.discoverInstance({ body: key(3) });
    expect(found).toMatchObject({
      key: key(3),
      source: key(1),
      isReadOnly: true,
      replication: { isReplicating: true },
    });
    const all = await program.waitFor('the tree', async () => {
      const ports: number[] = [];
      for await (const one of orc.all.listInstances({ query: { limit: 1 } })) ports.push(one.key.port);
      return ports.length === 3 && ports;
    });
    expect(all).toEqual([1, 2, 3].map((number) => key(number).port).sort((a, b) => a - b));
    await expect
      .poll(async () => (await orc.listClusters()).items, { timeout: 20_000 })
      .toMatchObject([{ primaries: [key(1)], instanceCount: 3 }]);
  });

  test('plans an operation, then does it', async () => {
    const body = { kind: 'relocate', instance: key(3), destination: key(2) } as const;
    const { plan } = await orc.dryRun.runOperation({ body });
    expect(plan.steps.flatMap(({ statements }) => statements ?? []).join()).toMatch(/CHANGE REPLICATION SOURCE/);
    expect(plan.steps.flatMap(({ statements }) => statements ?? []).join()).not.toContain('repl_password');
    expect((await orc.getInstance({ params: at(key(3)) })).source).toEqual(key(1));
    const done = await orc.runOperation({ body });
    expect(done).toMatchObject({ subject: key(3), source: key(2), troubles: [] });
    expect((await orc.getInstance({ params: at(key(3)) })).depth).toBe(2);
    const [name = ''] = (await orc.listClusters()).items.map((one) => one.name);
    const { instances } = await orc.getTopology({ params: { cluster: name } });
    expect(instances.map((one) => one.depth)).toEqual([0, 1, 2]);
    const [newest] = (await orc.listAudit({ query: { limit: 1 } })).items;
    expect(newest?.message).toMatch(/^move .*: done by /);
  });

  test('a takeover that is not safe is refused with each rule, planned or not', async () => {
    const [name = ''] = (await orc.listClusters()).items.map((one) => one.name);
    // Server 3 is no direct replica of the primary.
    const ask = { params: { cluster: name }, body: { mode: 'graceful', designated: key(3) } } as const;
    for (const call of [orc.dryRun.takeOver, orc.takeOver]) {
      const thrown = await call(ask).then(
        () => null,
        (error: unknown) => error,
      );
      expect(thrown).toBeInstanceOf(V2ClientError);
      const { problem, status } = thrown as V2ClientError;
      expect([status, problem?.code]).toEqual([409, 'plan-refused']);
      expect(problem?.refusals?.length).toBeGreaterThan(0);
      expect(problem?.detail).toMatch(/\S/);
    }
    expect(await orc.getInstance({ params: at(key(1)) })).toMatchObject({ isReadOnly: false });
  });

  test('is what the package exports', async () => {
    const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      readonly exports: { readonly './client': { readonly types: string; readonly default: string } };
    };
    const { types, default: module } = exports['./client'];
    expect(existsSync(types), 'npm run build writes it').toBe(true);
    const built = (await import(pathToFileURL(module).href)) as { readonly createV2Client: typeof createV2Client };
    expect((await built.createV2Client({ baseUrl: program.url }).getStatus()).isActiveNode).toBe(true);
  });

  test('what people decide is kept and shown', async () => {
    const params = at(key(2));
    await orc.beginDowntime({ params, body: { owner: 'ann', reason: 'upgrade', durationSeconds: 600 } });
    expect((await orc.getInstance({ params })).downtime).toMatchObject({ owner: 'ann', reason: 'upgrade' });
    await orc.endDowntime({ params });
    expect((await orc.getInstance({ params })).downtime).toBeNull();
    await orc.putRecoverySwitch({ body: { isEnabled: false } });
    expect(await orc.getRecoverySwitch()).toEqual({ isEnabled: false });
    await orc.putRecoverySwitch({ body: { isEnabled: true } });
  });
});
