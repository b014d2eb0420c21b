import { describe, expect, it } from 'vitest';
import { FLAVOURS, type Flavour, waitFor } from '../../lab/index.ts';
import { replicaState, rounds, rowIds, stepsOf, waitEnded, waitFollows, waitRecovered } from '../support/checks.ts';
import { useScene, waitMarked } from '../support/checks-scene.ts';
import { expectClosed, expectNoneLost } from '../support/safety.ts';

const AUTOMATIC = { RecoverIntermediateMasterClusterFilters: ['*'], InstancePollSeconds: 1 };

/** One is enough for `npm test`. */
const TRIED: readonly Flavour[] = rounds(0, 1) === 1 ? FLAVOURS : ['mysql-5.6'];

/** A dead intermediate source whose replicas have no GTID of any kind. */
describe.each(TRIED)('a dead intermediate source without GTID on %s', (flavour) => {
  const scene = useScene({ flavour, gtid: false, tree: '1(2(4,5),3)' });

  it.each(Array.from({ length: rounds(1, 10) }, (_, round) => round))(
    'has its replicas found in the log of its sibling by Pseudo-GTID, under writes (round %i)',
    async () => {
      const program = await scene.start({ ...AUTOMATIC, AutoPseudoGTID: true });
      const { topology } = scene;
      const dead = scene.server(2);
      const writer = topology.follow({ connections: 4 });
      await waitMarked(program, topology);
      await waitFor(() => writer.acknowledged.length >= 100, { what: '100 rows' });
      await dead.kill();
      const { successor, recovery } = await waitRecovered(program, topology, dead, 60_000);
      expect(recovery.LostReplicas).toEqual([]);
      expect(recovery.AnalysisEntry.Analysis).toMatch(/^DeadIntermediateMaster/);
      expect(successor.number).toBe(3);
      for (const number of [4, 5]) await waitFollows(flavour, scene.server(number), successor);
      const { acknowledged } = await writer.stop();
      const rows = await rowIds(topology.primary);
      for (const server of [3, 4, 5].map(scene.server)) {
        await topology.waitCaughtUp(server.number, server.number === 3 ? 1 : 3);
        expect(await rowIds(server)).toEqual(rows);
        await expectClosed(server);
      }
      expectNoneLost(
        acknowledged.map(({ id }) => id),
        rows,
      );
    },
  );

  it('is explained where there is no Pseudo-GTID: those at the same place are kept together, nobody is moved by guess', async () => {
    const program = await scene.start(AUTOMATIC);
    const { topology } = scene;
    const dead = scene.server(2);
    const writer = topology.follow({ connections: 4 });
    await waitFor(() => writer.acknowledged.length >= 100, { what: '100 rows' });
    await dead.kill();
    const recovery = await waitEnded(program, dead, 60_000);
    await writer.stop();
    expect(recovery.IsSuccessful).toBe(false);
    console.log(`${flavour}: ${recovery.AllErrors.join(' | ')}`);
    expect((await stepsOf(program, recovery.UID)).join('\n')).toMatch(/Pseudo-GTID/);
    const rows = await rowIds(topology.primary);
    const statesNow = () => Promise.all([4, 5].map(async (number) => replicaState(flavour, scene.server(number))));
    const states = await waitFor(
      async () => {
        const seen = await statesNow();
        return seen.every((state) => /Yes|Connecting/.test(state?.receiver ?? '') && state?.applier === 'Yes') && seen;
      },
      { what: 'both to look for their source', explain: async () => JSON.stringify(await statesNow()) },
    );
    console.log(`${flavour}: ${JSON.stringify(states)}`);
    for (const [index, number] of [4, 5].entries()) {
      expect(states[index]).toMatchObject({ applier: 'Yes' });
      expect(states[index]?.receiver).toMatch(/Yes|Connecting/);
      expect([dead.port, scene.server(9 - number).port]).toContain(states[index]?.sourcePort);
      expectNoneLost(await rowIds(scene.server(number)), rows);
    }
  });
});
