import { describe, expect, it } from 'vitest';
import { FLAVOURS, type Flavour, type LabServer, waitFor } from '../../lab/index.ts';
import {
  instanceOf,
  isWritable,
  missingFrom,
  replicaState,
  rounds,
  rowIds,
  stepsOf,
  waitFollows,
  waitRecovered,
} from '../support/checks.ts';
import { useScene, waitMarked } from '../support/checks-scene.ts';
import { isRefusedToWrite, killInBigTransaction } from '../support/writers.ts';

const replicaWord = (flavour: Flavour): string => (flavour === 'mysql-9.7' ? 'REPLICA' : 'SLAVE');

/** A dead primary whose replicas have no GTID of any kind. */
describe.each(FLAVOURS)('a dead primary without GTID on %s', (flavour) => {
  const scene = useScene({ flavour, gtid: false, tree: '1(2,3,4)' });

  /** These follow the successor, with its very rows; nobody else takes writes. */
  async function expectTogether(successor: LabServer, siblings: readonly LabServer[]): Promise<void> {
    const rows = await rowIds(successor);
    for (const sibling of siblings) {
      await waitFollows(flavour, sibling, successor);
      await scene.topology.waitCaughtUp(sibling.number, successor.number);
      expect(await rowIds(sibling)).toEqual(rows);
      expect(await isWritable(sibling)).toBe(false);
    }
    expect(await isWritable(successor)).toBe(true);
    expect(await replicaState(flavour, successor)).toBeNull();
  }

  it.each(
    Array.from({ length: rounds(1, 10) }, (_, round) => [false, true].map((isMarked) => ({ round, isMarked }))).flat(),
  )('is replaced, one replica being far behind (Pseudo-GTID: $isMarked, round $round)', async ({ isMarked }) => {
    const program = await scene.start({ AutoPseudoGTID: isMarked, InstancePollSeconds: 1 });
    const { topology } = scene;
    const [dead, late] = [topology.primary, scene.server(4)];
    const writer = topology.follow({ connections: 4 });
    if (isMarked) await waitMarked(program, topology);
    await waitFor(() => writer.acknowledged.length >= 200, { what: '200 rows' });
    await late.query(`STOP ${replicaWord(flavour)} IO_THREAD`);
    const seen = writer.acknowledged.length;
    await waitFor(() => writer.acknowledged.length >= seen + 50, { what: '50 rows that the late one lacks' });
    await dead.kill();
    await late.query(`START ${replicaWord(flavour)} IO_THREAD`);
    const { successor, recovery } = await waitRecovered(program, topology, dead);
    await waitFor(() => writer.acknowledged.some(({ server }) => server === successor.number), {
      what: 'writes on the successor',
    });
    await program.waitFor('the dead server to be downtimed', async () => {
      const { IsDowntimed, DowntimeReason } = await instanceOf(program, dead);
      return IsDowntimed && DowntimeReason === 'lost-in-recovery';
    });
    await dead.restart({ readOnly: false });
    await waitFor(async () => !(await isWritable(dead)), { what: 'the returned server to be fenced' });
    expect(await isRefusedToWrite(dead)).toBe(true);
    const { acknowledged } = await writer.stop();

    const lost = recovery.LostReplicas.map(({ Port }) => Port);
    const steps = (await stepsOf(program, recovery.UID)).join('\n');
    console.log(`${flavour}, Pseudo-GTID ${isMarked}: lost ${lost.length}; ${recovery.AllErrors.join('; ')}`);
    const kept = scene.others(dead, successor).filter(({ port }) => !lost.includes(port));
    await expectTogether(successor, kept);
    const rows = await rowIds(successor);
    const ofSuccessor = acknowledged.filter(({ server }) => server === successor.number);
    expect(
      missingFrom(
        ofSuccessor.map(({ id }) => id),
        rows,
      ),
    ).toEqual([]);
    // What any replica had received is at the successor, also what the lost ones have.
    for (const sibling of scene.others(dead, successor)) expect(missingFrom(await rowIds(sibling), rows)).toEqual([]);
    expect(successor).not.toBe(late);
    if (isMarked) {
      expect(lost).toEqual([]);
      expect(steps).toMatch(/stands where 127\.0\.0\.1:\d+ has/);
    } else {
      expect(lost).toContain(late.port);
      expect(steps).toMatch(/without Pseudo-GTID its place in the log of .* cannot be found/);
    }
  });

  it('is replaced when it dies in the middle of a big transaction, of which nobody keeps a part', async () => {
    const program = await scene.start();
    const { topology } = scene;
    const dead = topology.primary;
    const writer = topology.follow();
    await killInBigTransaction(dead, scene.server(2));
    const { successor, recovery } = await waitRecovered(program, topology, dead, 60_000);
    await waitFor(() => writer.acknowledged.some(({ server }) => server === successor.number), {
      what: 'writes on the successor',
    });
    await writer.stop();
    const lost = recovery.LostReplicas.map(({ Port }) => Port);
    console.log(`${flavour}, big transaction: lost ${lost.length}; ${recovery.AllErrors.join('; ')}`);
    await expectTogether(
      successor,
      scene.others(dead, successor).filter(({ port }) => !lost.includes(port)),
    );
    const rows = await rowIds(successor);
    for (const sibling of scene.others(dead, successor)) expect(missingFrom(await rowIds(sibling), rows)).toEqual([]);
  });
});
