import { describe, expect, it } from 'vitest';
import { waitFor } from '../../lab/index.ts';
import type { OperationOutcome } from '../../src/engine/operations/outcome.ts';
import { replicationKinds } from '../support/operation-kinds.ts';
import { sentenceOf } from '../support/operations.ts';
import { allSettings, expectTree } from '../support/operations-checks.ts';
import { useOperationsScene } from '../support/operations-scene.ts';
import { FILTER_ARGS, makeUnusual } from '../support/unusual-replica.ts';

const KINDS = replicationKinds('mysql-9.7', 'mariadb-10.11');

const methodOf = (outcome: OperationOutcome): string | null =>
  outcome.kind === 'done' ? outcome.plan.method : outcome.kind;

describe.each(KINDS)('moves under writes on $flavour by $by', ({ flavour, gtid }) => {
  const scene = useOperationsScene({ flavour, gtid, tree: '1(2(5),3(4))', serverSettings: { 4: FILTER_ARGS } });

  it('relocate goes up and sideways and keeps everything that is set of the replica', async () => {
    await makeUnusual(scene.topology, scene.server(4), gtid);
    const before = await allSettings(scene.topology);
    await scene.write();
    await scene.progress();
    const { operator } = scene;
    expect(methodOf(await operator.done('relocate', 4, 1))).toBe(gtid ? 'gtid' : 'move-up');
    await scene.progress();
    expect(methodOf(await operator.done('relocate', 4, 2))).toBe(gtid ? 'gtid' : 'move-below');
    await scene.progress();
    expect(methodOf(await operator.done('relocate', 2, 3))).toBe(gtid ? 'gtid' : 'move-below');
    // Already there: pointed at it again.
    expect(methodOf(await operator.done('relocate', 2, 3))).toBe('repoint');
    await scene.progress();
    await scene.settle('2>3 3>1 4>2 5>2');
    expect(await allSettings(scene.topology)).toEqual(before);
  });

  it('relocate-replicas moves those that match, all of them, and back', async () => {
    await scene.write();
    await scene.progress();
    const { operator } = scene;
    await operator.done('relocate', 4, gtid ? 2 : 1);
    if (!gtid) await operator.done('relocate', 4, 2);
    await expectTree(scene.topology, '2>1 3>1 4>2 5>2');
    const one = await operator.done('relocate-replicas', 2, 1, { pattern: `:${scene.server(5).port}$` });
    expect(one.moved.map(({ key }) => key.port)).toEqual([scene.server(5).port]);
    await expectTree(scene.topology, '2>1 3>1 4>2 5>1');
    await operator.done('relocate-replicas', 2, 1);
    await expectTree(scene.topology, '2>1 3>1 4>1 5>1');
    if (gtid) {
      const all = await operator.done('relocate-replicas', 1, 3);
      expect(all.moved.map(({ key }) => key.port).sort()).toEqual([2, 4, 5].map((n) => scene.server(n).port));
    } else {
      const refusal = await operator.refused('relocate-replicas', 1, 3);
      expect(refusal.objections.map(({ rule }) => rule)).toEqual(['only-alone', 'only-alone', 'only-alone']);
    }
    await scene.settle(gtid ? '2>3 3>1 4>3 5>3' : '2>1 3>1 4>1 5>1');
  });

  it('repoint and repoint-replicas point at the same source again', async () => {
    const before = await allSettings(scene.topology);
    await scene.write();
    await scene.progress();
    await scene.operator.done('repoint', 4);
    const all = await scene.operator.done('repoint-replicas', 1);
    expect(all.moved).toHaveLength(2);
    await scene.progress();
    await scene.settle('2>1 3>1 4>3 5>2');
    expect(await allSettings(scene.topology)).toEqual(before);
  });

  it('move-up, move-up-replicas and move-below do as they are called, and GTID replicas stay so', async () => {
    const before = await allSettings(scene.topology);
    await scene.write();
    await scene.progress();
    const { operator } = scene;
    await operator.done('move-up', 4);
    await expectTree(scene.topology, '2>1 3>1 4>1 5>2');
    await operator.done('move-below', 4, 2);
    await expectTree(scene.topology, '2>1 3>1 4>2 5>2');
    const up = await operator.done('move-up-replicas', 2);
    expect(up.moved.map(({ key }) => key.port).sort()).toEqual([4, 5].map((n) => scene.server(n).port));
    await scene.settle('2>1 3>1 4>1 5>1');
    expect(await allSettings(scene.topology)).toEqual(before);
  });

  it.runIf(gtid)('move-gtid and move-replicas-gtid move by GTID', async () => {
    const before = await allSettings(scene.topology);
    await scene.write();
    await scene.progress();
    await scene.operator.done('move-gtid', 4, 2);
    const all = await scene.operator.done('move-replicas-gtid', 2, 3);
    expect(all.moved).toHaveLength(2);
    await scene.settle('2>1 3>1 4>3 5>3');
    expect(await allSettings(scene.topology)).toEqual(before);
  });

  it.runIf(!gtid)('move-gtid is refused, move-equivalent knows places that earlier moves have shown', async () => {
    const { operator } = scene;
    const byGtid = await operator.refused('move-gtid', 4, 2);
    expect(byGtid.objections.map(({ rule }) => rule)).toEqual(['gtid']);
    await scene.write();
    await scene.progress();
    await scene.stopWrites();
    // Else it would execute the rest of the writes where it is moved to, and stand elsewhere.
    await scene.topology.waitCaughtUp(3, 1);
    await scene.topology.waitCaughtUp(4, 3);
    await operator.done('relocate', 4, 1);
    expect(methodOf(await operator.done('move-equivalent', 4, 3))).toBe('equivalence');
    await scene.write();
    await scene.progress();
    await scene.stopWrites();
    await scene.topology.waitCaughtUp(4, 1);
    // A multi-threaded applier tells only after a while how far it has come: until then the step looks, and takes itself back.
    await waitFor(
      async () => {
        const outcome = await operator.run('move-equivalent', 4, 1);
        if (outcome.kind === 'refused')
          expect(outcome.refusal.objections.map(({ rule }) => rule)).toEqual(['no-equivalence']);
        else expect(sentenceOf(outcome)).toMatch(/which is past .*everything is as it was before/);
        return outcome.kind === 'refused';
      },
      { what: 'the place of server 4 to be another', intervalMs: 100 },
    );
    await scene.settle('2>1 3>1 4>3 5>2');
  });
});
