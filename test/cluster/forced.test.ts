import { describe, expect, it } from 'vitest';
import { FLAVOURS, type LabServer } from '../../lab/index.ts';
import type { Servers } from '../../src/engine/ports.ts';
import type { ForcedKind } from '../../src/engine/takeover/outcome.ts';
import type { ServerCommand } from '../../src/model/command.ts';
import { expectNothingErrant, replicaState } from '../support/checks.ts';
import { keyOf } from '../support/operations.ts';
import { expectTree, expectWritable } from '../support/operations-checks.ts';
import { useOperationsScene } from '../support/operations-scene.ts';
import { expectClosed, isWritable } from '../support/safety.ts';
import { TAKEOVER_CONFIG } from '../support/takeover.ts';

/** The command that fails, wherever it is sent; null: none. */
interface Fault {
  kind: ServerCommand['kind'] | null;
}

const wrap =
  (fault: Fault) =>
  (servers: Servers): Servers => ({
    ...servers,
    async execute(instance, command, options) {
      if (command.kind !== fault.kind) return servers.execute(instance, command, options);
      return { kind: 'failed', failure: { kind: 'answered', errorNumber: null, message: `invented: ${command.kind}` } };
    },
  });

describe.each(FLAVOURS)('a primary that is replaced by order on %s', (flavour) => {
  const fault: Fault = { kind: null };
  const scene = useOperationsScene(
    { flavour, tree: '1(2,3)' },
    { mode: 'continuous', config: TAKEOVER_CONFIG, wrapServers: wrap(fault) },
  );
  const order = (kind: ForcedKind, designated: number | null) =>
    scene.operator.orchestrator.forced.run(
      {
        kind,
        clusterName: `127.0.0.1:${scene.server(1).port}`,
        designated: designated === null ? null : keyOf(scene.server(designated)),
      },
      'tester',
    );
  const historyOf = async (server: LabServer) => {
    const { orchestrator } = scene.operator;
    const [record] = await orchestrator.recoveries({ key: keyOf(server) });
    return { record, steps: (await orchestrator.recoverySteps(record?.uid ?? '')).map(({ message }) => message) };
  };

  it('alive and written to: it is fenced first, no acknowledged write is missing, it takes no writes any more', async () => {
    const writer = scene.topology.follow({ connections: 2, intervalMs: 4 });
    await expect.poll(() => writer.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(50);
    const outcome = await order('force-master-takeover', 3);
    expect(outcome, JSON.stringify(outcome)).toMatchObject({ kind: 'promoted', successor: keyOf(scene.server(3)) });
    const before = writer.acknowledged.length;
    await expect.poll(() => writer.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(before + 20);
    const { acknowledged } = await writer.stop();
    const story = (await historyOf(scene.server(1))).steps.join('\n');
    expect(await scene.topology.lostWrites(3, acknowledged), story).toEqual([]);
    await expectTree(scene.topology, '2>3');
    await expectWritable(scene.topology, 3);
    await expectNothingErrant(scene.topology, scene.server(2), scene.server(3));
    expect(await replicaState(flavour, scene.server(1))).toBeNull();
    const { record, steps } = await historyOf(scene.server(1));
    expect(record).toMatchObject({ isSuccessful: true, successor: keyOf(scene.server(3)), analysis: 'DeadMaster' });
    expect(steps.join('\n')).toMatch(/force-master-takeover, ordered by tester/);
    expect(steps.join('\n')).toMatch(/answers and is fenced: .*READ_ONLY/i);
    expect(steps.join('\n')).toMatch(/has received everything that 127.0.0.1:\d+ has written/);
    const { orchestrator } = scene.operator;
    expect(await orchestrator.deposedPrimaries()).toMatchObject([{ key: keyOf(scene.server(1)) }]);
    const old = () => orchestrator.fleet().recordOf(keyOf(scene.server(1)));
    await expect.poll(() => old()?.intent.downtime?.reason, { timeout: 10_000 }).toBe('lost-in-recovery');
    await expect.poll(() => old()?.instance?.isReadOnly, { timeout: 10_000 }).toBe(true);
  });

  it('alive, and the recovery fails: it takes writes again, and everybody follows it', async () => {
    const writer = scene.topology.writer({ intervalMs: 4 });
    fault.kind = 'forget-source';
    const outcome = await order('force-master-failover', null).finally(() => {
      fault.kind = null;
    });
    expect(outcome).toMatchObject({ kind: 'failed' });
    await expectTree(scene.topology, '2>1 3>1');
    await expectWritable(scene.topology, 1);
    const before = writer.acknowledged.length;
    await expect.poll(() => writer.acknowledged.length, { timeout: 10_000 }).toBeGreaterThan(before);
    await writer.stop();
    expect(await scene.operator.orchestrator.deposedPrimaries()).toEqual([]);
    const { record, steps } = await historyOf(scene.server(1));
    expect(record).toMatchObject({ isSuccessful: false });
    expect(steps.join('\n')).toMatch(/takes writes again/);
  });

  it('alive and closed by people with read_only alone, and the recovery fails: it is left exactly so', async () => {
    const primary = scene.server(1);
    await primary.query('SET GLOBAL read_only=1');
    fault.kind = 'forget-source';
    const outcome = await order('force-master-failover', null).finally(() => {
      fault.kind = null;
    });
    expect(outcome).toMatchObject({ kind: 'failed' });
    const { steps } = await historyOf(primary);
    expect(steps.join('\n')).toMatch(/answers and is fenced: .*READ_ONLY/i);
    await expectClosed(primary);
    // Accounts with all privileges may write again: neither super_read_only nor the lock is left.
    await primary.query("INSERT INTO app.t VALUES (9, 'by hand', '')");
    await expectTree(scene.topology, '2>1 3>1');
  });

  it('alive, and cannot be fenced: it is not replaced', async () => {
    fault.kind = 'set-read-only';
    const outcome = await order('force-master-failover', null).finally(() => {
      fault.kind = null;
    });
    expect(outcome).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/alive and could not be fenced/) });
    await expectTree(scene.topology, '2>1 3>1');
    await expectWritable(scene.topology, 1);
  });

  it('dead: though recoveries are disabled and it is downtimed, one is chosen', async () => {
    const { orchestrator } = scene.operator;
    await orchestrator.setRecoveryDisabled(true);
    await orchestrator.beginDowntime(keyOf(scene.server(1)), 'tester', 'works', 600);
    await scene.server(1).kill();
    const outcome = await order('force-master-failover', null);
    expect(outcome, JSON.stringify(outcome)).toMatchObject({ kind: 'promoted' });
    const successor = outcome.kind === 'promoted' && outcome.successor.port === scene.server(2).port ? 2 : 3;
    const other = 5 - successor;
    await expect
      .poll(() => replicaState(flavour, scene.server(other)), { timeout: 20_000 })
      .toEqual({ sourcePort: scene.server(successor).port, receiver: 'Yes', applier: 'Yes' });
    expect(await isWritable(scene.server(successor))).toBe(true);
    await expectClosed(scene.server(other));
  });
});

describe.each(FLAVOURS)('two replicas that have diverged on %s', (flavour) => {
  const scene = useOperationsScene(
    { flavour, tree: '1(2,3)', proxied: true },
    { mode: 'continuous', config: TAKEOVER_CONFIG },
  );

  it('nobody is promoted, both differences are told; a person chooses one, and the other is set apart', async () => {
    const { orchestrator } = scene.operator;
    const [primary, chosen, loser] = [scene.server(1), scene.server(2), scene.server(3)];
    const names = [chosen, loser].map(({ port }) => `127.0.0.1:${port}`);
    await primary.proxy?.cut('reset', { from: [3] });
    await primary.query("INSERT INTO app.t VALUES (1, 'only 2', 'x')");
    await scene.topology.waitCaughtUp(2);
    const hasSuper = flavour === 'mysql-9.7';
    if (hasSuper) await loser.query('SET GLOBAL super_read_only=0');
    await loser.query("INSERT INTO app.t VALUES (2, 'only 3', 'x')");
    if (hasSuper) await loser.query('SET GLOBAL super_read_only=1');
    await primary.kill();

    const historyOf = async () => (await orchestrator.recoveries({ key: keyOf(primary) }))[0];
    await expect.poll(async () => (await historyOf())?.endedAt ?? '', { timeout: 30_000 }).not.toBe('');
    const told = (await historyOf())?.errors.join('\n') ?? '';
    expect(told).toMatch(/have diverged/);
    for (const name of names) expect(told).toContain(`${name} lacks `);
    for (const server of [chosen, loser]) await expectClosed(server);
    expect(await orchestrator.planRecovery(keyOf(primary), null)).toMatchObject({ kind: 'refusal' });

    const outcome = await orchestrator.recover(keyOf(primary), { candidate: keyOf(chosen), skipHooks: false });
    expect(outcome, JSON.stringify(outcome)).toMatchObject({
      kind: 'recovered',
      successor: keyOf(chosen),
      lost: [keyOf(loser)],
    });
    expect(await isWritable(chosen)).toBe(true);
    await expectClosed(loser);
    expect((await replicaState(flavour, loser))?.receiver).toBe('No');
    await expect
      .poll(() => orchestrator.fleet().recordOf(keyOf(loser))?.intent.downtime?.reason, { timeout: 10_000 })
      .toBe('lost-in-recovery');
    expect((await historyOf())?.lostReplicas).toEqual([keyOf(loser)]);
  });
});
