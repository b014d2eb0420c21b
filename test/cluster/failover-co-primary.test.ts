import { describe, expect, it } from 'vitest';
import { FLAVOURS, waitFor } from '../../lab/index.ts';
import { expectOneCluster, rounds, rowIds, waitRecovered } from '../support/checks.ts';
import { useScene } from '../support/checks-scene.ts';
import { expectHarmlessReturn, known, makeRing, PAIR_CONFIG } from '../support/co-primaries.ts';
import type { Program } from '../support/program.ts';
import { expectNoneLost, missingFrom } from '../support/safety.ts';

/** 1 and 2 follow each other, 1 takes writes; 3 is below 1, 4 below 2. */
describe.each(FLAVOURS)('a dead co-primary on %s', (flavour) => {
  const scene = useScene({ flavour, tree: '1(2(4),3)' });

  const ring = (program: Program): Promise<void> =>
    makeRing(program, scene.server(1), scene.server(2), { flavour, byGtid: true });

  it('that took the writes is replaced by the other one, which follows nobody any more', async () => {
    const program = await scene.start(PAIR_CONFIG);
    await ring(program);
    const { topology } = scene;
    const dead = scene.server(1);
    const writer = topology.follow({ connections: 2 });
    await waitFor(() => writer.acknowledged.length >= 100, { what: '100 rows' });
    await dead.kill();
    const { successor, recovery } = await waitRecovered(program, topology, dead);
    expect(successor.number).toBe(2);
    expect(recovery.AnalysisEntry.Analysis).toBe('DeadCoMaster');
    await waitFor(() => writer.acknowledged.some(({ server }) => server === 2), { what: 'writes on the other one' });
    const report = await writer.stop();
    await expectOneCluster(topology, successor, [scene.server(3), scene.server(4)]);
    const rows = await rowIds(successor);
    const ofSuccessor = report.acknowledged.filter(({ server }) => server === 2).map(({ id }) => id);
    expectNoneLost(ofSuccessor, rows);
    for (const number of [3, 4]) expectNoneLost(await rowIds(scene.server(number)), rows);
    await expectHarmlessReturn(dead, successor);
  });

  it.runIf(flavour === 'mysql-9.7' || rounds(1, 2) === 2)(
    'that took no writes leaves the other one as it is, writable all the time, and its replica moves',
    async () => {
      const program = await scene.start({ ...PAIR_CONFIG, CoMasterRecoveryMustPromoteOtherCoMaster: false });
      await ring(program);
      const { topology } = scene;
      const dead = scene.server(2);
      // No write may fail, also where the machine is slow.
      const writer = topology.follow({ connections: 2, statementTimeoutMs: 10_000 });
      await waitFor(() => writer.acknowledged.length >= 100, { what: '100 rows' });
      await dead.kill();
      const { successor } = await waitRecovered(program, topology, dead);
      expect(successor.number).toBe(1);
      await waitFor(async () => writer.acknowledged.length >= 200, { what: '200 rows' });
      const report = await writer.stop();
      expect(report.failures).toEqual([]);
      await expectOneCluster(topology, successor, [scene.server(3), scene.server(4)]);
      await expectHarmlessReturn(dead, successor);
    },
  );
});

/** 1 and 2 follow each other and both take writes; 3 is below 1. */
describe.runIf(rounds(1, 2) === 2)('a dead co-primary of two that take writes', () => {
  const scene = useScene({ flavour: 'mysql-9.7', tree: '1(2,3)', proxied: true });

  it('leaves nothing behind: the other one gets from a replica what it has not received itself', async () => {
    const program = await scene.start(PAIR_CONFIG);
    await makeRing(program, scene.server(1), scene.server(2), { flavour: 'mysql-9.7', byGtid: true });
    const [dead, other] = [scene.server(1), scene.server(2)];
    await other.query('SET GLOBAL super_read_only=0');
    await other.query('SET GLOBAL read_only=0');
    await dead.proxy?.cut('reset', { from: [2] });
    await other.proxy?.cut('reset', { from: [1] });
    for (const id of [1, 2, 3]) await dead.query("INSERT INTO app.t VALUES (?, 'dead', '')", [id]);
    for (const id of [11, 12]) await other.query("INSERT INTO app.t VALUES (?, 'other', '')", [id]);
    await scene.topology.waitCaughtUp(3, 1);
    expect(missingFrom([1, 2, 3], await rowIds(other))).toEqual([1, 2, 3]);
    await program.waitFor('it to be known as writable', async () => {
      return !(await known(program, other)).ReadOnly;
    });
    await dead.kill();
    const { successor } = await waitRecovered(program, scene.topology, dead);
    expect(successor.number).toBe(2);
    await expectOneCluster(scene.topology, successor, [scene.server(3)]);
    expectNoneLost([1, 2, 3, 11, 12], await rowIds(successor));
  });
});
