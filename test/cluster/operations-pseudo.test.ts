import { describe, expect, it } from 'vitest';
import { FLAVOURS, type Flavour, waitFor } from '../../lab/index.ts';
import { rounds } from '../support/checks.ts';
import { allSettings, expectTree, treeOf } from '../support/operations-checks.ts';
import { useOperationsScene } from '../support/operations-scene.ts';

// One is enough for `npm test`: the matching itself has tests of its own on every flavour.
const SOME: readonly Flavour[] = rounds(0, 1) === 1 ? FLAVOURS : ['mysql-5.6'];

describe.each(SOME)('moves by Pseudo-GTID under writes on %s', (flavour) => {
  const scene = useOperationsScene(
    { flavour, gtid: false, tree: '1(2(4,5),3)' },
    { mode: 'continuous', config: { AutoPseudoGTID: true, ListenAddress: '127.0.0.1:0', InstancePollSeconds: 1 } },
  );

  /** Markers are written by the service itself; every server must have some before it can be matched. */
  async function waitMarked(): Promise<void> {
    await waitFor(
      () => {
        const { records } = scene.operator.orchestrator.fleet();
        return records.length === 5 && records.every(({ instance }) => instance?.pseudoGtid === true);
      },
      { what: 'all servers to have Pseudo-GTID entries', deadlineMs: 30_000, intervalMs: 50 },
    );
    await scene.progress(10);
  }

  it('a replica is matched anywhere, up, and below its own source again; several are, too', async () => {
    const before = await allSettings(scene.topology);
    await scene.write();
    await waitMarked();
    const { operator } = scene;
    expect((await operator.done('relocate', 4, 3)).plan.method).toBe('pseudo-gtid');
    await expectTree(scene.topology, '2>1 3>1 4>3 5>2');
    await scene.progress();
    await operator.done('match', 4, 2);
    await operator.done('rematch', 4);
    await scene.progress();
    await expectTree(scene.topology, '2>1 3>1 4>2 5>2');
    const all = await operator.done('match-replicas', 2, 3);
    expect(all.moved).toHaveLength(2);
    await scene.progress();
    await expectTree(scene.topology, '2>1 3>1 4>3 5>3');
    await operator.done('match-up', 4);
    await operator.done('match-up-replicas', 3);
    await scene.progress();
    await expectTree(scene.topology, '2>1 3>1 4>1 5>1');
    await operator.done('regroup-replicas-pgtid', 1);
    await scene.progress();
    const tree = await treeOf(scene.topology);
    expect(tree.split(' ').filter((edge) => edge.endsWith('>1'))).toHaveLength(1);
    await scene.settle(tree);
    expect(await allSettings(scene.topology)).toEqual(before);
  });
});
