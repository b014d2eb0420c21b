import { describe, expect, it } from 'vitest';
import { FLAVOURS, type Flavour, type LabServer, waitFor } from '../../lab/index.ts';
import { instanceOf, replicaState, rounds, rowIds, stepsOf, waitFollows, waitRecovered } from '../support/checks.ts';
import { useScene, waitMarked } from '../support/checks-scene.ts';
import { expectClosed, expectNoneLost, isWritable } from '../support/safety.ts';
import { isRefusedToWrite, killInBigTransaction } from '../support/writers.ts';

const replicaWord = (flavour: Flavour): string => (flavour === 'mysql-9.7' ? 'REPLICA' : 'SLAVE');

const isLong = rounds(0, 1) === 1;
/** The long form tries everything on every flavour. */
const TRIED: readonly Flavour[] = isLong ? FLAVOURS : ['mysql-9.7', 'mariadb-10.11'];
const lateRounds = (flavour: Flavour): { readonly round: number; readonly isMarked: boolean }[] =>
  Array.from({ length: rounds(1, 5) }, (_, round) => round).flatMap((round) =>
    (isLong ? [true, false] : [flavour === 'mysql-9.7']).map((isMarked) => ({ round, isMarked })),
  );

/** A dead primary whose replicas have no GTID of any kind. */
describe.each(TRIED)('a dead primary without GTID on %s', (flavour) => {
  const scene = useScene({ flavour, gtid: false, tree: '1(2,3,4)' });

  /** These follow the successor, with its very rows; nobody else takes writes. */
  async function expectTogether(successor: LabServer, siblings: readonly LabServer[]): Promise<void> {
    const rows = await rowIds(successor);
    for (const sibling of siblings) {
      await waitFollows(flavour, sibling, successor);
      await scene.topology.waitCaughtUp(sibling.number, successor.number);
      expect(await rowIds(sibling)).toEqual(rows);
      await expectClosed(sibling);
    }
    expect(await isWritable(successor)).toBe(true);
    expect(await replicaState(flavour, successor)).toBeNull();
  }

  it.each(lateRounds(flavour))(
    'is replaced, one replica being far behind (Pseudo-GTID: $isMarked, round $round)',
    async ({ isMarked }) => {
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
      expectNoneLost(
        ofSuccessor.map(({ id }) => id),
        rows,
      );
      // What any replica had received is at the successor, also what the lost ones have.
      for (const sibling of scene.others(dead, successor)) expectNoneLost(await rowIds(sibling), rows);
      expect(successor).not.toBe(late);
      if (isMarked) {
        expect(lost).toEqual([]);
        expect(steps).toMatch(/stands where 127\.0\.0\.1:\d+ has/);
      } else {
        expect(lost).toContain(late.port);
        expect(steps).toMatch(/without Pseudo-GTID its place in the log of .* cannot be found/);
      }
    },
  );

  it.runIf(isLong)(
    'is replaced when it dies in the middle of a big transaction, of which nobody keeps a part',
    async () => {
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
      for (const sibling of scene.others(dead, successor)) expectNoneLost(await rowIds(sibling), rows);
    },
  );

  it.runIf(isLong || flavour === 'mariadb-10.11')(
    'is replaced by order while it lives: closed first, no acknowledged write is missing',
    async () => {
      const program = await scene.start();
      const { topology } = scene;
      const [before, after] = [topology.primary, scene.server(3)];
      const writer = topology.follow({ connections: 2, intervalMs: 4 });
      await waitFor(() => writer.acknowledged.length >= 50, { what: '50 rows' });
      const outcome = await program.api<{ Code: string; Message: string }>(
        `force-master-takeover/127.0.0.1:${before.port}/127.0.0.1/${after.port}`,
      );
      expect(outcome).toMatchObject({ Code: 'OK' });
      await waitFor(() => writer.acknowledged.some(({ server }) => server === after.number), {
        what: 'writes on the successor',
      });
      const { acknowledged } = await writer.stop();
      expect(await topology.lostWrites(after.number, acknowledged)).toEqual([]);
      await expectClosed(before);
      const [recovery] = await program.api<{ LostReplicas: { Port: number }[]; UID: string }[]>('audit-recovery');
      const lost = recovery?.LostReplicas.map(({ Port }) => Port) ?? [];
      console.log(`${flavour}, by order: lost ${lost.length}`);
      await expectTogether(
        after,
        scene.others(before, after).filter(({ port }) => !lost.includes(port)),
      );
    },
  );
});
