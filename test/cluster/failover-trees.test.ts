import { describe, expect, it } from 'vitest';
import { FLAVOURS, waitFor } from '../../lab/index.ts';
import {
  expectOneCluster,
  instanceOf,
  rowIds,
  stepsOf,
  waitEnded,
  waitFollows,
  waitRecovered,
} from '../support/checks.ts';
import { useScene } from '../support/checks-scene.ts';
import { isWritable } from '../support/safety.ts';
import { acknowledgersOf } from '../support/semi-sync.ts';

describe.each(FLAVOURS)('a dead primary above an intermediate one on %s', (flavour) => {
  const scene = useScene({ flavour, tree: '1(2,3(4))' });

  it('is replaced by one of its own replicas; the rest of the tree stays as it is', async () => {
    const program = await scene.start();
    const { topology } = scene;
    const dead = topology.primary;
    const writer = topology.follow();
    await waitFor(() => writer.acknowledged.length >= 50, { what: '50 rows' });
    await dead.kill();
    const { successor, recovery } = await waitRecovered(program, topology, dead);
    expect([2, 3]).toContain(successor.number);
    expect(recovery.LostReplicas).toEqual([]);
    await waitFor(() => writer.acknowledged.at(-1)?.server === successor.number, { what: 'writes on the successor' });
    await writer.stop();
    await expectOneCluster(topology, successor, [scene.server(successor.number === 2 ? 3 : 2)]);
    await waitFollows(flavour, scene.server(4), scene.server(3));
    await topology.waitCaughtUp(4, successor.number);
  });
});

describe.each(['mysql-9.7', 'mariadb-10.11'] as const)('a dead semi-synchronous primary on %s', (flavour) => {
  const scene = useScene({ flavour, tree: '1(2,3,4)', semiSync: { timeoutMs: 60_000 } });
  const word = flavour === 'mysql-9.7' ? 'source' : 'master';

  it('loses nothing that it acknowledged, and its successor waits for acknowledgements as it did', async () => {
    const program = await scene.start();
    const { topology } = scene;
    const dead = topology.primary;
    const writer = topology.follow({ connections: 8, statementTimeoutMs: 10_000 });
    await waitFor(() => writer.acknowledged.length >= 500, { what: '500 rows' });
    await dead.kill();
    const { successor } = await waitRecovered(program, topology, dead);
    const onSuccessor = () => writer.acknowledged.filter(({ server }) => server === successor.number).length;
    await waitFor(() => onSuccessor() >= 100, { what: '100 rows on the successor' });
    const report = await writer.stop();
    await expectOneCluster(topology, successor, scene.others(dead, successor));
    expect(await topology.lostWrites(successor.number, report.acknowledged)).toEqual([]);
    expect((await rowIds(successor)).size).toBeGreaterThanOrEqual(report.acknowledged.length);
    const [enabled] = await successor.query(`SELECT @@global.rpl_semi_sync_${word}_enabled AS semi`);
    expect(Number(enabled?.semi)).toBe(1);
    // A receiver says that it runs before its source counts it.
    await waitFor(async () => (await acknowledgersOf(flavour, successor)) === 2, { what: 'both to acknowledge' });
  });

  it('is replaced by the only replica that acknowledged for it', async () => {
    const program = await scene.start();
    const { topology } = scene;
    const dead = topology.primary;
    // 3 and 4 stand still: only 2 acknowledges, so only 2 has everything.
    const stop = flavour === 'mysql-9.7' ? 'STOP REPLICA IO_THREAD' : 'STOP SLAVE IO_THREAD';
    for (const number of [3, 4]) await scene.server(number).query(stop);
    const writer = topology.follow({ connections: 4, statementTimeoutMs: 10_000 });
    await waitFor(() => writer.acknowledged.length >= 200, { what: '200 rows' });
    await dead.kill();
    const { successor } = await waitRecovered(program, topology, dead);
    expect(successor.number).toBe(2);
    const before = writer.acknowledged.length;
    // Nobody is left to acknowledge: the successor must not wait for it.
    await waitFor(() => writer.acknowledged.length > before + 50, { what: 'writes to go on' });
    const report = await writer.stop();
    expect(await topology.lostWrites(successor.number, report.acknowledged)).toEqual([]);
  });

  /** It dies together with a replica that acknowledges, and so may be the only one to have a row. */
  async function dieWithAcknowledger(config: Readonly<Record<string, unknown>>) {
    const program = await scene.start(config);
    const { topology } = scene;
    const [dead, acknowledger] = [topology.primary, scene.server(2)];
    const writer = topology.follow({ connections: 4, statementTimeoutMs: 10_000 });
    await waitFor(() => writer.acknowledged.length >= 200, { what: '200 rows' });
    await Promise.all([dead.kill(), acknowledger.kill()]);
    async function comesBack(after = ''): Promise<void> {
      await acknowledger.restart({ readOnly: true });
      if (after !== '') {
        await program.waitFor('the program to see it again', async () => {
          return (await instanceOf(program, acknowledger)).IsLastCheckValid;
        });
        await program.api('ack-all-recoveries?comment=it+is+back');
      }
      const { successor } = await waitRecovered(program, topology, dead, 30_000, after);
      await waitFor(() => writer.acknowledged.at(-1)?.server === successor.number, { what: 'writes on the successor' });
      const report = await writer.stop();
      await expectOneCluster(topology, successor, scene.others(dead, successor));
      expect(await topology.lostWrites(successor.number, report.acknowledged)).toEqual([]);
    }
    const isPromoted = async (): Promise<boolean> =>
      (await Promise.all(scene.others(dead, acknowledger).map(isWritable))).includes(true);
    const complaint = new RegExp(`${acknowledger.port} acknowledged for the failed primary`);
    return { program, dead, comesBack, isPromoted, complaint };
  }

  it('is not replaced while a replica that may have been the only one to acknowledge is dead as well', async () => {
    const { program, dead, comesBack, isPromoted, complaint } = await dieWithAcknowledger({
      PromotionDrainTimeoutSeconds: 2,
    });
    const failed = await waitEnded(program, dead);
    expect(failed.IsSuccessful).toBe(false);
    expect(failed.AllErrors.join()).toMatch(complaint);
    expect(await isPromoted()).toBe(false);
    await comesBack(failed.UID);
  });

  it('is replaced as soon as that replica is back, if it comes in time', async () => {
    const { program, comesBack, isPromoted, complaint } = await dieWithAcknowledger({});
    await program.waitFor('the recovery to wait for it', async () => {
      const [recovery] = await program.api<{ UID: string }[]>('audit-recovery');
      return recovery !== undefined && complaint.test((await stepsOf(program, recovery.UID)).join('\n'));
    });
    expect(await isPromoted()).toBe(false);
    await comesBack();
  });
});
