import { describe, expect, it } from 'vitest';
import { FLAVOURS, type Flavour, waitFor } from '../../lab/index.ts';
import { expectOneCluster, rounds, rowIds, stepsOf, waitRecovered } from '../support/checks.ts';
import { useScene } from '../support/checks-scene.ts';
import { expectHarmlessReturn, known, makeRing, PAIR_CONFIG } from '../support/co-primaries.ts';
import type { Program } from '../support/program.ts';
import { expectNoneLost, isWritable } from '../support/safety.ts';

const isLong = rounds(0, 1) === 1;
const TRIED: readonly Flavour[] = isLong ? FLAVOURS : ['mariadb-10.11'];

/** 1 and 2 follow each other by file and position, 1 takes writes; 3 is below 1, 4 below 2. */
describe.each(TRIED)('a dead co-primary without GTID on %s', (flavour) => {
  const scene = useScene({ flavour, gtid: false, tree: '1(2(4),3)' });
  const ring = (program: Program): Promise<void> =>
    makeRing(program, scene.server(1), scene.server(2), { flavour, byGtid: false });

  it('that took the writes is replaced by the other one, and replicas of both follow that', async () => {
    const program = await scene.start({ ...PAIR_CONFIG, InstancePollSeconds: 1 });
    await ring(program);
    const { topology } = scene;
    const dead = scene.server(1);
    const writer = topology.follow({ connections: 2 });
    await waitFor(() => writer.acknowledged.length >= 100, { what: '100 rows' });
    const before = await writer.stop();
    // By file and position nobody gets from another what he has not received: all have the same here.
    for (const number of [2, 3]) await topology.waitCaughtUp(number, 1);
    await dead.kill();
    const { successor, recovery } = await waitRecovered(program, topology, dead);
    expect(successor.number).toBe(2);
    expect(recovery.AnalysisEntry.Analysis).toBe('DeadCoMaster');
    const after = topology.follow({ connections: 2, server: 2 });
    await waitFor(() => after.acknowledged.length >= 50, { what: 'writes on the other one' });
    const { acknowledged } = await after.stop();
    await expectOneCluster(topology, successor, [scene.server(3), scene.server(4)]);
    const ids = [...before.acknowledged, ...acknowledged].map(({ id }) => id);
    for (const number of [2, 3, 4]) expectNoneLost(ids, await rowIds(scene.server(number)));
    await expectHarmlessReturn(dead, successor);
  });

  it.runIf(isLong)(
    'that took the writes as the other one did: that one goes on, and a replica of the dead one is left',
    async () => {
      const program = await scene.start({ ...PAIR_CONFIG, InstancePollSeconds: 1 });
      await ring(program);
      const { topology } = scene;
      const [dead, other] = [scene.server(1), scene.server(2)];
      if (flavour === 'mysql-9.7') await other.query('SET GLOBAL super_read_only=0');
      await other.query('SET GLOBAL read_only=0');
      await program.waitFor('it to be known as writable', async () => !(await known(program, other)).ReadOnly);
      await other.query("INSERT INTO app.t VALUES (11, 'other', '')");
      await topology.waitCaughtUp(1, 2);
      await dead.kill();
      const { successor, recovery } = await waitRecovered(program, topology, dead);
      expect(successor.number).toBe(2);
      expect(await isWritable(other)).toBe(true);
      expect(await other.replicaStatus()).toBeNull();
      const told = (await stepsOf(program, recovery.UID)).join('\n');
      expect(told).toMatch(new RegExp(`127\\.0\\.0\\.1:${scene.server(3).port}.*may have rows`));
    },
  );
});

/** The classic pair: nobody else, and writes until the end. */
describe.runIf(isLong).each(FLAVOURS)('a pair without GTID on %s', (flavour) => {
  const scene = useScene({ flavour, gtid: false, tree: '1(2)' });

  it('one dies under writes: the other one takes over with all it has received', async () => {
    const program = await scene.start(PAIR_CONFIG);
    await makeRing(program, scene.server(1), scene.server(2), { flavour, byGtid: false });
    const { topology } = scene;
    const [dead, other] = [scene.server(1), scene.server(2)];
    const writer = topology.follow({ connections: 4 });
    await waitFor(() => writer.acknowledged.length >= 300, { what: '300 rows' });
    await dead.kill();
    const { successor } = await waitRecovered(program, topology, dead);
    expect(successor.number).toBe(2);
    await waitFor(() => writer.acknowledged.some(({ server }) => server === 2), { what: 'writes on the other one' });
    const { acknowledged } = await writer.stop();
    const ofOther = acknowledged.filter(({ server }) => server === 2).map(({ id }) => id);
    expectNoneLost(ofOther, await rowIds(other));
    await expectHarmlessReturn(dead, successor);
  });
});
