import { describe, expect, it } from 'vitest';
import { FLAVOURS, type Flavour, LAB_USERS, type LabServer, waitFor } from '../../lab/index.ts';
import { expectOneCluster, isWritable, missingFrom, rounds, rowIds, waitRecovered } from '../support/checks.ts';
import { useScene } from '../support/checks-scene.ts';
import type { Program } from '../support/program.ts';

const { user, password } = LAB_USERS.replication;
const CONFIG = { MySQLReplicationUser: user, MySQLReplicationPassword: password };

/** 1 and 2 follow each other, 1 takes writes; 3 is below 1, 4 below 2. */
describe.each(FLAVOURS)('a dead co-primary on %s', (flavour) => {
  const scene = useScene({ flavour, tree: '1(2(4),3)' });

  const ring = (program: Program): Promise<void> => makeRing(program, flavour, scene.server(1), scene.server(2));

  it('that took the writes is replaced by the other one, which follows nobody any more', async () => {
    const program = await scene.start(CONFIG);
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
    expect(missingFrom(ofSuccessor, rows)).toEqual([]);
    for (const number of [3, 4]) expect(missingFrom(await rowIds(scene.server(number)), rows)).toEqual([]);
    await expectHarmlessReturn(dead, successor);
  });

  it.runIf(flavour === 'mysql-9.7' || rounds(1, 2) === 2)(
    'that took no writes leaves the other one as it is, writable all the time, and its replica moves',
    async () => {
      const program = await scene.start({ ...CONFIG, CoMasterRecoveryMustPromoteOtherCoMaster: false });
      await ring(program);
      const { topology } = scene;
      const dead = scene.server(2);
      const writer = topology.follow({ connections: 2 });
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

  /**
   * The dead one still follows its former pair when it returns: it does not become writable beside it, nor its source again. The
   * second time as the first: that it still follows its pair is no word of a person.
   */
  async function expectHarmlessReturn(dead: LabServer, successor: LabServer): Promise<void> {
    for (const time of ['first', 'second']) {
      if (time === 'second') await dead.kill();
      await dead.restart({ readOnly: false });
      await waitFor(async () => !(await isWritable(dead)), { what: `it to be read-only the ${time} time` });
    }
    expect(await successor.replicaStatus()).toBeNull();
    expect(await isWritable(successor)).toBe(true);
  }
});

/** 1 and 2 follow each other and both take writes; 3 is below 1. */
describe.runIf(rounds(1, 2) === 2)('a dead co-primary of two that take writes', () => {
  const scene = useScene({ flavour: 'mysql-9.7', tree: '1(2,3)', proxied: true });

  it('leaves nothing behind: the other one gets from a replica what it has not received itself', async () => {
    const program = await scene.start(CONFIG);
    await makeRing(program, 'mysql-9.7', scene.server(1), scene.server(2));
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
      const { ReadOnly } = await program.api<Known>(`instance/127.0.0.1/${other.port}`);
      return !ReadOnly;
    });
    await dead.kill();
    const { successor } = await waitRecovered(program, scene.topology, dead);
    expect(successor.number).toBe(2);
    await expectOneCluster(scene.topology, successor, [scene.server(3)]);
    expect(missingFrom([1, 2, 3, 11, 12], await rowIds(successor))).toEqual([]);
  });
});

/** Makes `first` follow its replica `second`, by GTID, and waits until the program knows of it. */
async function makeRing(program: Program, flavour: Flavour, first: LabServer, second: LabServer): Promise<void> {
  await program.api(`make-co-master/127.0.0.1/${second.port}`);
  // There it begins by file and position.
  if (flavour === 'mariadb-10.11') await program.api(`enable-gtid/127.0.0.1/${first.port}`);
  await program.waitFor('both to be co-primaries', async () => {
    const both = [first, second].map(({ port }) => program.api<Known>(`instance/127.0.0.1/${port}`));
    return (await Promise.all(both)).every(
      ({ IsCoMaster, UsingOracleGTID, UsingMariaDBGTID }) => IsCoMaster && (UsingOracleGTID || UsingMariaDBGTID),
    );
  });
}

interface Known {
  readonly ReadOnly: boolean;
  readonly IsCoMaster: boolean;
  readonly UsingOracleGTID: boolean;
  readonly UsingMariaDBGTID: boolean;
}
