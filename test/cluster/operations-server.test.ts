import { describe, expect, it } from 'vitest';
import { openConnection } from '../../lab/connection.ts';
import { LAB_USERS, type LabServer, waitFor } from '../../lab/index.ts';
import { executedOf, replicaState, waitFollows } from '../support/checks.ts';
import { replicationKinds } from '../support/operation-kinds.ts';
import { openOperator } from '../support/operations.ts';
import { allSettings, unlogged, waitAccount } from '../support/operations-checks.ts';
import { useOperationsScene } from '../support/operations-scene.ts';
import { expectClosed, isWritable } from '../support/safety.ts';

const KINDS = replicationKinds('mariadb-10.11');
const TREE = '2>1 3>1 4>3';

describe.each(KINDS)('operations on one server of $flavour by $by', ({ flavour, gtid }) => {
  const hasSemiSync = flavour !== 'mysql-5.6';
  const scene = useOperationsScene(
    { flavour, gtid, tree: '1(2,3(4))', semiSync: hasSemiSync && gtid },
    { config: { UseSuperReadOnly: true } },
  );
  const stateOf = (number: number) => replicaState(flavour, scene.server(number));
  const threadsOf = async (number: number): Promise<string> => {
    const state = await stateOf(number);
    return `${state?.receiver} ${state?.applier}`;
  };
  const statusOf = async (server: LabServer, ...names: readonly string[]): Promise<unknown> => {
    const status = (await server.replicaStatus()) ?? {};
    return names.map((name) => status[name]).find((value) => value !== undefined);
  };

  it('detach and reattach keep everything but the address, and a detached one can be moved again', async () => {
    const before = await allSettings(scene.topology);
    await scene.write();
    await scene.progress();
    const { operator } = scene;
    await operator.done('detach-replica', 4);
    expect(await statusOf(scene.server(4), 'Source_Host', 'Master_Host')).toBe('//127.0.0.1');
    const again = await operator.refused('detach-replica', 4);
    expect(again.objections.map(({ rule }) => rule)).toEqual(['already-detached']);
    await scene.progress(10);
    await operator.done('reattach-replica', 4);
    await scene.progress();
    await operator.done('relocate', 4, 1);
    await scene.settle('2>1 3>1 4>1');
    expect(await allSettings(scene.topology)).toEqual(before);
  });

  it('stop, nice stop, start and restart', async () => {
    const before = await allSettings(scene.topology);
    await scene.write();
    await scene.progress();
    const { operator } = scene;
    for (const stop of ['stop-replica', 'stop-replica-nice'] as const) {
      await operator.done(stop, 4);
      expect(await threadsOf(4), stop).toBe('No No');
      await scene.progress(10);
      await operator.done('start-replica', 4);
      expect(await threadsOf(4), stop).toBe('Yes Yes');
      await scene.progress();
    }
    await operator.done('restart-replica', 4);
    expect(await threadsOf(4)).toBe('Yes Yes');
    await scene.settle(TREE);
    expect(await allSettings(scene.topology)).toEqual(before);
  });

  it('a delay is set and taken away, and nothing of the relay log is lost', async () => {
    const before = await allSettings(scene.topology);
    await scene.write();
    await scene.progress(10);
    const { operator } = scene;
    await operator.done('delay-replication', 4, null, { delaySeconds: 1 });
    expect(Number(await statusOf(scene.server(4), 'SQL_Delay'))).toBe(1);
    await scene.progress(20);
    await operator.done('delay-replication', 4, null, { delaySeconds: 0 });
    expect(Number(await statusOf(scene.server(4), 'SQL_Delay'))).toBe(0);
    await scene.settle(TREE);
    expect(await allSettings(scene.topology)).toEqual(before);
  });

  it('is opened and closed for writes', async () => {
    const before = await allSettings(scene.topology);
    await scene.operator.done('set-writeable', 4);
    expect(await isWritable(scene.server(4))).toBe(true);
    await scene.operator.done('set-read-only', 4);
    await expectClosed(scene.server(4));
    expect(await allSettings(scene.topology)).toEqual(before);
  });

  it('another replication account', async () => {
    await scene.topology.primary.query("CREATE USER 'repl2'@'%' IDENTIFIED BY 'second'");
    await scene.topology.primary.query("GRANT REPLICATION SLAVE ON *.* TO 'repl2'@'%'");
    await waitAccount(scene.server(3), 'repl2');
    const operator = await openOperator(scene.topology, {
      config: { ReplicationCredentialsQuery: "SELECT 'repl2', 'second'" },
    });
    try {
      await scene.write();
      await scene.progress();
      await operator.done('change-master-credentials', 4);
      expect(await statusOf(scene.server(4), 'Source_User', 'Master_User')).toBe('repl2');
    } finally {
      await operator.close();
    }
    await scene.progress();
    await scene.settle(TREE);
  });

  it('binary logs are flushed and purged, but not while a replica needs them', async () => {
    const server = scene.server(3);
    const logs = async (): Promise<string[]> =>
      (await server.query('SHOW BINARY LOGS')).map((row) => String(row.Log_name));
    await scene.write();
    await scene.progress();
    const { operator } = scene;
    await operator.done('flush-binary-logs', 3);
    expect(await logs()).toHaveLength(2);
    await operator.done('flush-binary-logs', 3, null, { binlogFile: 'mysql-bin.000004' });
    expect((await logs()).at(-1)).toBe('mysql-bin.000004');
    await operator.done('stop-replica', 4);
    await scene.progress();
    await operator.done('flush-binary-logs', 3);
    const refusal = await operator.refused('purge-binary-logs', 3, null, { binlogFile: 'latest' });
    expect(refusal.objections.map(({ rule }) => rule)).toEqual(['still-needed']);
    await operator.done('start-replica', 4);
    await waitFor(
      async () =>
        String(await statusOf(scene.server(4), 'Relay_Source_Log_File', 'Relay_Master_Log_File')) ===
        'mysql-bin.000005',
      { what: 'server 4 to come to the newest log' },
    );
    // MariaDB keeps a log until its transactions are on disk, once a second with the lab's settings.
    await waitFor(
      async () => {
        await operator.done('purge-binary-logs', 3, null, { binlogFile: 'latest' });
        return (await logs()).join() === 'mysql-bin.000005';
      },
      { what: 'server 3 to have purged its logs', intervalMs: 200 },
    );
    await scene.settle(TREE);
  });

  it('the one transaction at which the applier stopped is left out, whatever the kind of GTID', async () => {
    const row = "INSERT INTO app.t VALUES (7, 'twice', 'the same')";
    await unlogged(scene.server(4), row);
    await scene.topology.primary.query(row);
    await scene.topology.primary.query("INSERT INTO app.t VALUES (8, 'after', '')");
    await waitFor(async () => (await stateOf(4))?.applier === 'No', { what: 'the applier of server 4 to stop' });
    const { operator } = scene;
    await operator.discoverAll();
    const moved = await operator.refused('relocate', 4, 1);
    expect(moved.objections.map(({ rule }) => rule)).toContain(gtid ? 'applier-error' : 'applier-not-running');
    await operator.done('skip-query', 4);
    await waitFollows(flavour, scene.server(4), scene.server(3));
    const twice = await operator.refused('skip-query', 4);
    expect(twice.reason).toMatch(/Replication SQL thread is running/);
    await scene.settle(TREE);
  });

  it('a query is killed', async () => {
    const { host, port } = scene.server(4);
    const connection = await openConnection({ user: LAB_USERS.application, host, port });
    try {
      // An interrupted SLEEP answers 1, or fails with 1317.
      const slept = connection.query('SELECT SLEEP(100) AS interrupted').then(([rows]) => JSON.stringify(rows), String);
      await scene.operator.done('kill-query', 4, null, { processId: Number(connection.threadId) });
      expect(await slept).toMatch(/"interrupted":1|interrupted/);
    } finally {
      connection.destroy();
    }
  });

  it('its replication is reset', async () => {
    await scene.write();
    await scene.progress();
    await scene.operator.done('reset-replica', 4);
    expect(await scene.server(4).replicaStatus()).toBeNull();
    await scene.stopWrites();
    // Again there is nothing to do.
    expect((await scene.operator.done('reset-replica', 4)).plan.stages).toEqual([]);
  });

  it.runIf(flavour !== 'mariadb-10.11' && gtid)('errant GTIDs are dropped there, or made known to all', async () => {
    const { operator } = scene;
    const executed = async (number: number): Promise<string> =>
      String((await scene.server(number).query('SELECT @@global.gtid_executed AS gtids'))[0]?.gtids).replace(/\s/g, '');
    const leaveAlone = flavour === 'mysql-9.7' ? ['SET GLOBAL super_read_only=0'] : [];
    for (const number of [2, 4]) {
      for (const sql of leaveAlone) await scene.server(number).query(sql);
      await scene.server(number).query("INSERT INTO app.t VALUES (9, 'errant', '')");
      await scene.server(number).query('DELETE FROM app.t WHERE id = 9');
      if (flavour === 'mysql-9.7') await scene.server(number).query('SET GLOBAL super_read_only=1');
    }
    await operator.discoverAll();
    const uuidOf = async (number: number): Promise<string> =>
      String((await scene.server(number).query('SELECT @@global.server_uuid AS uuid'))[0]?.uuid);
    expect(await executed(4)).toContain(`${await uuidOf(4)}:1-2`);
    await scene.write();
    await scene.progress();
    await operator.done('gtid-errant-reset-master', 4);
    expect(await executed(4)).not.toContain(await uuidOf(4));
    await operator.done('gtid-errant-inject-empty', 2);
    expect(await executed(1)).toContain(`${await uuidOf(2)}:1-2`);
    await scene.progress();
    await scene.settle(TREE);
    // Rows are there a moment before their GTID.
    await expect.poll(() => executed(4), { timeout: 10_000 }).toBe(await executed(1));
  });

  it.runIf(gtid)('semi-sync of both sides is switched, or refused where there is none', async () => {
    const { operator } = scene;
    if (!hasSemiSync) {
      const refusal = await operator.refused('enable-semi-sync-master', 1);
      expect(refusal.objections.map(({ rule }) => rule)).toEqual(['no-semi-sync']);
      return;
    }
    const before = await allSettings(scene.topology);
    await scene.write();
    await scene.progress();
    const isOn = async (number: number, side: string): Promise<boolean> => {
      const rows = await scene.server(number).query(`SHOW GLOBAL VARIABLES LIKE 'rpl_semi_sync_${side}_enabled'`);
      return rows[0]?.Value === 'ON';
    };
    const [source, replica] = flavour === 'mysql-9.7' ? ['source', 'replica'] : ['master', 'slave'];
    await operator.done('disable-semi-sync-replica', 2);
    expect(await isOn(2, replica ?? '')).toBe(false);
    await operator.done('enable-semi-sync-replica', 2);
    expect(await isOn(2, replica ?? '')).toBe(true);
    await operator.done('disable-semi-sync-master', 1);
    expect(await isOn(1, source ?? '')).toBe(false);
    await operator.done('enable-semi-sync-master', 1);
    expect(await isOn(1, source ?? '')).toBe(true);
    await scene.progress();
    await scene.settle(TREE);
    expect(await allSettings(scene.topology)).toEqual(before);
  });

  it('GTID use is switched off and on again, where the servers have GTIDs', async () => {
    const { operator } = scene;
    const usesGtid = async (): Promise<boolean> =>
      /^(1|Slave_Pos)$/.test(String(await statusOf(scene.server(4), 'Using_Gtid', 'Auto_Position')));
    await scene.write();
    await scene.progress();
    if (!gtid && flavour !== 'mariadb-10.11') {
      expect(await operator.run('enable-gtid', 4)).toMatchObject({ kind: 'refused' });
      expect(await operator.run('disable-gtid', 4)).toMatchObject({ kind: 'refused' });
    } else {
      // One that has not executed anything yet has no GTID to begin at.
      await waitFor(async () => (await executedOf(flavour, scene.server(4))) !== '', { what: 'server 4 to have one' });
      if (!gtid) await operator.done('enable-gtid', 4);
      await operator.done('disable-gtid', 4);
      expect(await usesGtid()).toBe(false);
      await scene.progress();
      await operator.done('enable-gtid', 4);
      expect(await usesGtid()).toBe(true);
    }
    await scene.progress();
    await scene.settle(TREE);
  });
});
