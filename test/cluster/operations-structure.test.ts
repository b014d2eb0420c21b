import { describe, expect, it } from 'vitest';
import { LAB_USERS } from '../../lab/index.ts';
import { replicaState, waitFollows } from '../support/checks.ts';
import { replicationKinds } from '../support/operation-kinds.ts';
import { allSettings, expectSameData, expectTree, expectWritable, treeOf } from '../support/operations-checks.ts';
import { useOperationsScene } from '../support/operations-scene.ts';

const KINDS = replicationKinds('mysql-5.6');

describe.each(KINDS)('operations that change the shape of the tree of $flavour by $by', ({ flavour, gtid }) => {
  const { user, password } = LAB_USERS.replication;
  const scene = useOperationsScene(
    { flavour, gtid, tree: '1(2,3(4(5)))' },
    // MariaDB stores the account of its replication where nobody can read it.
    { config: { MySQLReplicationUser: user, MySQLReplicationPassword: password } },
  );

  it('take-master: a replica and its source change places, and keep their settings', async () => {
    const before = await allSettings(scene.topology);
    await scene.write();
    await scene.progress();
    await scene.operator.done('take-master', 4);
    await expectTree(scene.topology, '2>1 3>4 4>1 5>4');
    await scene.progress();
    // Back again, by the same operation.
    await scene.operator.done('take-master', 3);
    await scene.progress();
    await scene.settle('2>1 3>1 4>3 5>4');
    expect(await allSettings(scene.topology)).toEqual(before);
  });

  it('take-siblings: all siblings of a replica come below it', async () => {
    const before = await allSettings(scene.topology);
    await scene.write();
    await scene.progress();
    if (gtid) {
      await scene.operator.done('take-siblings', 2);
      await scene.progress();
      await scene.settle('2>1 3>2 4>3 5>4');
    } else {
      // By coordinates each sibling needs the others to wait for it: one after another, by relocate.
      expect(await scene.operator.run('take-siblings', 2)).toMatchObject({ kind: 'refused' });
      await scene.settle('2>1 3>1 4>3 5>4');
    }
    expect(await allSettings(scene.topology)).toEqual(before);
  });

  it('make-co-master: the primary follows its replica too, and nothing goes round for ever', async () => {
    await scene.write();
    await scene.progress();
    await scene.operator.done('make-co-master', 2);
    await scene.progress();
    await scene.settle('1>2 2>1 3>1 4>3 5>4');
    const [first] = await scene.topology.primary.query('SELECT COUNT(*) AS n FROM app.t');
    const [second] = await scene.topology.primary.query('SELECT COUNT(*) AS n FROM app.t');
    expect(second).toEqual(first);
    const again = await scene.operator.run('make-co-master', 2);
    expect(again.kind === 'refused' || (again.kind === 'done' && again.plan.stages.length === 0)).toBe(true);
  });

  it('regroup-replicas: the replica that has most takes the others', async () => {
    await scene.write();
    await scene.progress();
    const kind = gtid ? 'regroup-replicas' : 'regroup-replicas-gtid';
    if (!gtid) {
      expect(await scene.operator.run(kind, 1)).toMatchObject({ kind: 'refused' });
      await scene.settle('2>1 3>1 4>3 5>4');
      return;
    }
    await scene.operator.done(kind, 1);
    await scene.progress();
    const tree = await treeOf(scene.topology);
    expect(['2>1 3>2 4>3 5>4', '2>3 3>1 4>3 5>4']).toContain(tree);
    await scene.settle(tree);
  });

  it.runIf(gtid)('make-local-master: an orphan goes to its grandparent and takes its siblings', async () => {
    await scene.operator.done('relocate', 5, 3);
    await scene.write();
    await scene.progress();
    // Both orphans have the same: else the one that has more would have to lead.
    await scene.stopWrites();
    for (const orphan of [4, 5]) await scene.topology.waitCaughtUp(orphan, 1);
    await scene.server(3).kill();
    await scene.write();
    await scene.operator.orchestrator.discover({ hostname: '127.0.0.1', port: scene.server(3).port }).catch(() => null);
    await scene.operator.done('make-local-master', 4);
    await scene.progress();
    await waitFollows(flavour, scene.server(4), scene.topology.primary);
    await waitFollows(flavour, scene.server(5), scene.server(4));
    await scene.stopWrites();
    await scene.topology.waitCaughtUp(5, 1);
  });

  it.runIf(gtid)('make-master: a replica of a dead primary is opened and takes its siblings', async () => {
    await scene.write();
    await scene.progress();
    await scene.stopWrites();
    await scene.topology.waitCaughtUp(2, 1);
    await scene.topology.waitCaughtUp(3, 1);
    await scene.topology.primary.kill();
    await scene.operator.orchestrator
      .discover({ hostname: '127.0.0.1', port: scene.topology.primary.port })
      .catch(() => null);
    await scene.operator.done('make-master', 2);
    await waitFollows(flavour, scene.server(3), scene.server(2));
    await scene.server(2).query("INSERT INTO app.t VALUES (1, 'new primary', '')");
    await scene.topology.waitCaughtUp(5, 2);
    expect((await replicaState(flavour, scene.server(2)))?.receiver ?? 'No').not.toBe('Yes');
  });
});

describe('two co-masters and what is below them', () => {
  const scene = useOperationsScene({ flavour: 'mysql-9.7', tree: '1(2,3)' });

  it('a replica goes from one to the other, under writes on one', async () => {
    await scene.write();
    await scene.progress();
    await scene.operator.done('make-co-master', 2);
    await scene.operator.done('relocate', 3, 2);
    await scene.progress();
    await scene.stopWrites();
    await expectTree(scene.topology, '1>2 2>1 3>2');
    await expectSameData(scene.topology, scene.topology.primary);
    await expectWritable(scene.topology, 1);
  });
});
