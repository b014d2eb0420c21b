import { describe, expect, it } from 'vitest';
import { FLAVOURS, waitFor } from '../../lab/index.ts';
import {
  backendRows,
  executedOf,
  expectOneCluster,
  instanceOf,
  rounds,
  rowIds,
  stepsOf,
  waitRecovered,
} from '../support/checks.ts';
import { useScene } from '../support/checks-scene.ts';
import { expectNoneLost, isWritable } from '../support/safety.ts';
import { BIG_TRANSACTION_ROWS, killInBigTransaction } from '../support/writers.ts';

describe.each(FLAVOURS)('a dead primary on %s', (flavour) => {
  const scene = useScene({ flavour, tree: '1(2,3,4)' });

  it.each(Array.from({ length: rounds(1, 10) }, (_, round) => round))(
    'is replaced; the others follow, nothing received is lost, everything is written down (round %i)',
    async () => {
      const program = await scene.start();
      const { topology } = scene;
      const dead = topology.primary;
      const writer = topology.follow({ connections: 4 });
      await waitFor(() => writer.acknowledged.length >= 200, { what: '200 rows' });
      const killedAtMs = performance.timeOrigin + performance.now();
      await dead.kill();
      const { successor, recovery } = await waitRecovered(program, topology, dead);
      await waitFor(() => writer.acknowledged.some(({ server }) => server === successor.number), {
        what: 'writes on the successor',
      });
      const report = await writer.stop();
      const firstMs = report.acknowledged.find(({ server }) => server === successor.number)?.atMs ?? 0;
      console.log(`${flavour}: kill -9 → first write on the successor ${Math.round(firstMs - killedAtMs)} ms`);
      const siblings = scene.others(dead, successor);
      await expectOneCluster(topology, successor, siblings);

      const rows = await rowIds(successor);
      const ofSuccessor = report.acknowledged.filter(({ server }) => server === successor.number);
      expectNoneLost(
        ofSuccessor.map(({ id }) => id),
        rows,
      );
      // Asynchronous replication may lose what no replica received; what the successor lacks, nobody has.
      for (const sibling of siblings) expectNoneLost(await rowIds(sibling), rows);

      expect(recovery.AnalysisEntry.Analysis).toBe('DeadMaster');
      for (const server of [successor, ...siblings]) {
        await program.waitFor(`the API to show server ${server.number}`, async () => {
          const instance = await instanceOf(program, server);
          return instance.GtidErrant === '' && instance.ReadOnly === (server !== successor);
        });
      }
      await program.waitFor('the dead server to be downtimed', async () => {
        const { IsDowntimed, DowntimeReason } = await instanceOf(program, dead);
        return IsDowntimed && DowntimeReason === 'lost-in-recovery';
      });
      expect(await program.api('deposed-primaries')).toMatchObject([
        { key: { port: dead.port }, successor: { port: successor.port }, fencedAtMs: null },
      ]);
      await expectWrittenDown(recovery.UID, dead.port, successor.port);
      expect(await stepsOf(program, recovery.UID)).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/will be the primary/),
          expect.stringMatching(/Recovery complete, all replicas follow/),
        ]),
      );
    },
  );

  async function expectWrittenDown(uid: string, failedPort: number, successorPort: number): Promise<void> {
    const [recovery] = await backendRows(scene.program, 'SELECT * FROM topology_recovery');
    expect(recovery).toMatchObject({
      uid,
      hostname: '127.0.0.1',
      port: failedPort,
      in_active_period: 1,
      analysis: 'DeadMaster',
      cluster_name: `127.0.0.1:${failedPort}`,
      count_affected_slaves: 3,
      is_successful: 1,
      successor_hostname: '127.0.0.1',
      successor_port: successorPort,
      lost_slaves: '',
      all_errors: '',
      acknowledged: 0,
    });
    expect(recovery?.end_recovery).not.toBeNull();
    expect(String(recovery?.slave_hosts).split(',')).toHaveLength(3);
    const detections = await backendRows(
      scene.program,
      'SELECT * FROM topology_failure_detection WHERE is_actionable=1',
    );
    expect(detections).toMatchObject([{ hostname: '127.0.0.1', port: failedPort, analysis: 'DeadMaster' }]);
    expect(recovery?.last_detection_id).toBe(detections[0]?.detection_id);
    const [steps] = await backendRows(
      scene.program,
      'SELECT COUNT(*) AS n, MIN(audit_at) AS first FROM topology_recovery_steps',
    );
    expect(Number(steps?.n)).toBeGreaterThan(5);
    expect(String(steps?.first)).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);
  }

  it('is replaced once in the block period; the next one waits for an acknowledgement', async () => {
    const program = await scene.start();
    const { topology } = scene;
    const first = topology.primary;
    const writer = topology.follow();
    await first.kill();
    const { successor: second } = await waitRecovered(program, topology, first);
    await expectOneClusterButRows(second.number, [first.number]);
    await second.kill();
    const blocked = await program.waitFor('the second recovery to be blocked', async () => {
      const rows = await program.api<Record<string, unknown>[]>('blocked-recoveries');
      return rows.length > 0 ? rows : null;
    });
    expect(blocked).toMatchObject([{ FailedInstanceKey: { Port: second.port }, Analysis: 'DeadMaster' }]);
    await program.waitFor('the explanation to tell of the block', async () => {
      const all = await program.api<{ primary: { port: number }; verdict: string; sentence: string }[]>('explanations');
      return all.some(
        ({ primary, verdict, sentence }) =>
          primary.port === second.port && verdict === 'not-acting' && /acknowledge recovery \d+/.test(sentence),
      );
    });
    const rest = scene.others(first, second);
    for (const server of rest) expect(await isWritable(server), `server ${server.number}`).toBe(false);

    const acknowledged = await program.api<{ Code: string }>('ack-all-recoveries?comment=seen');
    expect(acknowledged.Code).toBe('OK');
    const { successor: third } = await waitRecovered(program, topology, second);
    await waitFor(() => writer.acknowledged.some(({ server }) => server === third.number), {
      what: 'writes on the third',
    });
    await writer.stop();
    await expectOneCluster(topology, third, scene.others(first, second, third));
    await program.waitFor(
      'the block to be gone',
      async () => (await program.api<unknown[]>('blocked-recoveries')).length === 0,
    );
  });

  /** The program has seen the new tree: the siblings are below the new primary in its model. */
  async function expectOneClusterButRows(primary: number, without: readonly number[]): Promise<void> {
    const gone = without.map((number) => scene.server(number));
    await scene.program.waitFor('the program to know the new tree', async () => {
      const siblings = scene.others(scene.server(primary), ...gone);
      const known = await Promise.all(siblings.map((one) => instanceOf(scene.program, one)));
      return known.every(({ MasterKey }) => MasterKey.Port === scene.server(primary).port);
    });
  }

  it('is replaced when it dies in the middle of a big transaction, of which nobody keeps a part', async () => {
    const program = await scene.start();
    const { topology } = scene;
    const dead = topology.primary;
    const writer = topology.follow();
    const { isCommitted } = await killInBigTransaction(dead, scene.server(2));
    const { successor } = await waitRecovered(program, topology, dead, 60_000);
    await waitFor(() => writer.acknowledged.some(({ server }) => server === successor.number), {
      what: 'writes on the successor',
    });
    await writer.stop();
    const siblings = scene.others(dead, successor);
    await expectOneCluster(topology, successor, siblings);
    const counts = await Promise.all(
      [successor, ...siblings].map(async (server) => {
        const [row] = await server.query("SELECT COUNT(*) AS n FROM app.t WHERE who='big'");
        return Number(row?.n);
      }),
    );
    console.log(`${flavour}: killed in a big transaction (client told: ${isCommitted}), ${counts[0]} rows kept`);
    expect([0, BIG_TRANSACTION_ROWS]).toContain(counts[0]);
    expect(new Set(counts).size).toBe(1);
  });

  it('is replaced when a replica dies with it', async () => {
    const program = await scene.start();
    const { topology } = scene;
    const [dead, lost] = [topology.primary, scene.server(2)];
    const writer = topology.follow();
    await waitFor(() => writer.acknowledged.length >= 50, { what: '50 rows' });
    await Promise.all([dead.kill(), lost.kill()]);
    const { successor, recovery } = await waitRecovered(program, topology, dead);
    await waitFor(() => writer.acknowledged.some(({ server }) => server === successor.number), {
      what: 'writes on the successor',
    });
    await writer.stop();
    await expectOneCluster(topology, successor, scene.others(dead, lost, successor));
    expect(recovery.AnalysisEntry.Analysis).toMatch(/^DeadMaster/);
    expect(recovery.LostReplicas.map(({ Port }) => Port)).toEqual([lost.port]);
  });

  // The short form tries another moment on each flavour.
  const moments = [0, 60, 150].filter(
    (_, index) => rounds(index, FLAVOURS.indexOf(flavour)) === FLAVOURS.indexOf(flavour),
  );
  it.each(moments)('is replaced by another when its successor dies %i ms after it', async (afterMs) => {
    const program = await scene.start({ RecoveryPeriodBlockSeconds: 1 });
    const { topology } = scene;
    const dead = topology.primary;
    const writer = topology.follow();
    await waitFor(() => writer.acknowledged.length >= 50, { what: '50 rows' });
    // The choice among equals goes by name: server 2.
    const successor = scene.server(2);
    const killing = dead.kill();
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await Promise.all([killing, successor.kill()]);
    const rest = scene.others(dead, successor);
    const last = await waitFor(
      async () => {
        for (const server of rest) if (await isWritable(server)) return server;
        await program.api('ack-all-recoveries?comment=again');
        return null;
      },
      { what: 'one of the last two to take writes', deadlineMs: 40_000, intervalMs: 200 },
    );
    await waitFor(() => writer.acknowledged.at(-1)?.server === last.number, { what: 'writes on the last' });
    await writer.stop();
    await expectOneCluster(
      topology,
      last,
      rest.filter((one) => one !== last),
    );
    const ends = await backendRows(program, 'SELECT hostname, port, is_successful, all_errors FROM topology_recovery');
    console.log(`${flavour}: successor killed after ${afterMs} ms: ${JSON.stringify(ends)}`);
    expect(await executedOf(flavour, last)).not.toBe('');
  });
});
