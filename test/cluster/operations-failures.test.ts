import { describe, expect, it } from 'vitest';
import { type LabServer, waitFor } from '../../lab/index.ts';
import { replicaState, rounds } from '../support/checks.ts';
import { replicationKinds } from '../support/operation-kinds.ts';
import { sentenceOf } from '../support/operations.ts';
import { allSettings, expectTree, unlogged } from '../support/operations-checks.ts';
import { useOperationsScene } from '../support/operations-scene.ts';

const KINDS = replicationKinds('mysql-9.7');
const TREE = '2>1 3>1 4>3 5>3';

const setPassword = (flavour: string, server: LabServer, password: string): Promise<void> =>
  unlogged(
    server,
    flavour === 'mysql-5.6'
      ? `SET PASSWORD FOR 'repl'@'%' = PASSWORD('${password}')`
      : `ALTER USER 'repl'@'%' IDENTIFIED BY '${password}'`,
  );

/** MariaDB keeps a log until its transactions are on disk, which with relaxed durability is once a second. */
async function purgeAll(server: LabServer): Promise<void> {
  await waitFor(
    async () => {
      const logs = await server.query('SHOW BINARY LOGS');
      await server.query(`PURGE BINARY LOGS TO '${String(logs.at(-1)?.Log_name)}'`);
      return logs.length === 1;
    },
    { what: `server ${server.number} to have purged its logs`, intervalMs: 100 },
  );
}

describe.each(KINDS)('a move that fails in the middle on $flavour by $by', ({ flavour, gtid }) => {
  const scene = useOperationsScene({ flavour, gtid, tree: '1(2,3(4,5))', proxied: true });

  /** The move fails, says why, and says that everything is as before; so it is. */
  async function expectTakenBack(server: number, destination: number, why: RegExp): Promise<void> {
    const outcome = await scene.operator.run('relocate', server, destination);
    expect(outcome.kind, sentenceOf(outcome)).toBe('failed');
    if (outcome.kind !== 'failed') return;
    expect(outcome.reason).toMatch(why);
    expect(outcome.reason).toMatch(/everything is as it was before/);
    expect(outcome.leftovers).toEqual([]);
    await expectTree(scene.topology, TREE);
  }

  it('since the destination does not take the replication account', async () => {
    const before = await allSettings(scene.topology);
    await scene.write();
    await scene.progress();
    try {
      await setPassword(flavour, scene.topology.primary, 'other');
      await expectTakenBack(4, 1, /1045|Access denied|not running/);
    } finally {
      await setPassword(flavour, scene.topology.primary, scene.topology.users.replication.password);
    }
    await scene.progress();
    await scene.settle(TREE);
    expect(await allSettings(scene.topology)).toEqual(before);
  });

  // Takes the five seconds that a receiver has to come through: in the short form one flavour of a kind shows it.
  it.runIf(flavour === (gtid ? 'mariadb-10.11' : 'mysql-5.6') || (gtid && rounds(0, 1) === 1))(
    'for one of several, which cannot reach the destination and stays',
    async () => {
      const before = await allSettings(scene.topology);
      await scene.write();
      await scene.progress();
      await scene.topology.primary.proxy?.cut('reset', { from: [4] });
      const several = await scene.operator.run('relocate-replicas', 3, 1);
      expect(several.kind, sentenceOf(several)).toBe('done');
      if (several.kind === 'done') {
        expect(several.failed.map(({ server }) => server.port)).toEqual([scene.server(4).port]);
        expect(sentenceOf(several)).toMatch(/20[01]3|error (re)?connecting|Lost connection|not running/);
        expect(several.moved.map(({ key }) => key.port)).toEqual([scene.server(5).port]);
        expect(several.leftovers).toEqual([]);
      }
      await scene.topology.primary.proxy?.heal();
      await scene.progress();
      await scene.settle('2>1 3>1 4>3 5>1');
      expect(await allSettings(scene.topology)).toEqual(before);
    },
  );

  it('since a person stops it', async () => {
    const before = await allSettings(scene.topology);
    await scene.write();
    await scene.progress();
    const { orchestrator } = scene.operator;
    let stopped = 0;
    for (const afterMs of [5, 20, 40, 80]) {
      const stop = new AbortController();
      setTimeout(() => stop.abort(), afterMs);
      const request = scene.operator.request('relocate', 4, 1);
      const outcome = await orchestrator.operations.run(request, 'tester', stop.signal);
      if (outcome.kind === 'failed') {
        stopped += 1;
        expect(outcome.leftovers).toEqual([]);
        await expectTree(scene.topology, TREE);
      } else {
        // It was done before it could be stopped.
        expect(outcome.kind, sentenceOf(outcome)).toBe('done');
        if (gtid) await scene.operator.done('relocate', 4, 3);
        else await scene.operator.done('move-below', 4, 3);
      }
    }
    expect(stopped).toBeGreaterThan(0);
    await scene.settle(TREE);
    expect(await allSettings(scene.topology)).toEqual(before);
  });

  it.runIf(gtid)('since the destination has purged what the replica lacks', async () => {
    const { topology } = scene;
    const before = await allSettings(topology);
    await scene.write();
    await scene.progress();
    await scene.operator.done('stop-replica', 4);
    const [wasReceiver, wasApplier] = ['receiver', 'applier'].map(() => 'No');
    await scene.progress(20);
    await scene.stopWrites();
    await topology.waitCaughtUp(2, 1);
    await scene.server(2).query('FLUSH LOGS');
    await topology.primary.query("INSERT INTO app.t VALUES (1, 'after', '')");
    await topology.waitCaughtUp(2, 1);
    await purgeAll(scene.server(2));
    const outcome = await scene.operator.run('relocate', 4, 2);
    if (flavour === 'mariadb-10.11') {
      expect(outcome, sentenceOf(outcome)).toMatchObject({ kind: 'failed', leftovers: [] });
      expect(sentenceOf(outcome)).toMatch(/1236/);
    } else {
      expect(outcome, sentenceOf(outcome)).toMatchObject({ kind: 'refused' });
      expect(sentenceOf(outcome)).toMatch(/gtid-purged/);
    }
    // Stopped, as it was, and below the same source.
    expect(await replicaState(flavour, scene.server(4))).toEqual({
      sourcePort: scene.server(3).port,
      receiver: wasReceiver,
      applier: wasApplier,
    });
    await scene.operator.done('start-replica', 4);
    await waitFor(async () => (await replicaState(flavour, scene.server(4)))?.receiver === 'Yes', {
      what: 'server 4 to replicate again',
    });
    await scene.settle(TREE);
    expect(await allSettings(topology)).toEqual(before);
  });
});
