import { describe, expect, it } from 'vitest';
import { openConnection } from '../../lab/connection.ts';
import { LAB_USERS, type LabServer, waitFor } from '../../lab/index.ts';
import { rounds, stepsOf, waitEnded, waitRecovered } from '../support/checks.ts';
import { useScene } from '../support/checks-scene.ts';

const CONFIG = {
  RecoverLockedSemiSyncMaster: true,
  ReasonableLockedSemiSyncMasterSeconds: 1,
  DetectSemiSyncEnforcedQuery: 'SELECT 1',
  InstancePollSeconds: 1,
};
const FOREVER_MS = 600_000;

describe.each(['mysql-9.7', 'mariadb-10.11'] as const)('semi-sync on %s', (flavour) => {
  const scene = useScene({ flavour, tree: '1(2,3,4)', semiSync: { timeoutMs: FOREVER_MS } });
  const [source, replica] = flavour === 'mysql-9.7' ? ['source', 'replica'] : ['master', 'slave'];

  /** How many replicas acknowledge for the primary. */
  const clients = async (): Promise<number> =>
    Number((await scene.topology.primary.query(`SHOW STATUS LIKE 'Rpl_semi_sync_${source}_clients'`))[0]?.Value);
  const acknowledges = async (server: LabServer): Promise<boolean> =>
    Number((await server.query(`SELECT @@global.rpl_semi_sync_${replica}_enabled AS is_on`))[0]?.is_on) === 1;

  async function connectAnew(server: LabServer, acknowledges: boolean): Promise<void> {
    await server.query(`SET GLOBAL rpl_semi_sync_${replica}_enabled=${acknowledges ? 1 : 0}`);
    const words = flavour === 'mysql-9.7' ? 'REPLICA IO_THREAD' : 'SLAVE IO_THREAD';
    for (const verb of ['STOP', 'START']) await server.query(`${verb} ${words}`);
  }

  /** Of the replicas only these acknowledge. */
  async function onlyOf(numbers: readonly number[]): Promise<void> {
    for (const number of [2, 3, 4].filter((one) => !numbers.includes(one))) {
      await connectAnew(scene.server(number), false);
    }
    await waitFor(async () => (await clients()) === numbers.length, { what: `${numbers.length} to acknowledge` });
  }

  /** Inserts side by side, each in a session of its own; gives what those were told that failed. */
  async function insertAll(primary: LabServer, ids: readonly number[]): Promise<readonly string[]> {
    const login = { user: LAB_USERS.application, port: primary.port };
    const answers = await Promise.allSettled(
      ids.map(async (id) => {
        const session = await openConnection(login);
        // Its end is told by the answer that does not come.
        session.on('error', () => undefined);
        const insert = session.query({ sql: `INSERT INTO app.t VALUES (${id}, 'locked', '')`, timeout: 30_000 });
        await insert.finally(() => session.destroy());
      }),
    );
    return answers.flatMap((answer) => (answer.status === 'rejected' ? [String(answer.reason)] : []));
  }

  const inCommit = async (primary: LabServer): Promise<number> => {
    const sql =
      "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE INFO LIKE 'INSERT INTO app.t%' AND TIME > 0";
    return Number((await primary.query(sql))[0]?.n);
  };

  it('releases a primary that is locked since its acknowledger died, and recovers it all the same when it dies', async () => {
    const program = await scene.start(CONFIG);
    await onlyOf([2]);
    const { primary } = scene.topology;
    await scene.server(2).kill();
    await waitFor(async () => (await clients()) === 0, { what: 'nobody to acknowledge' });
    const inserting = insertAll(primary, [7, 17, 27, 37, 47, 57]);
    const recovery = await waitEnded(program, primary);
    expect(recovery).toMatchObject({ IsSuccessful: true, SuccessorKey: { Port: primary.port } });
    const refused = await inserting;
    // On MariaDB the first two hold the log, and nothing but the end of the first session lets the others go on.
    expect(refused.length, refused.join('\n')).toBeLessThanOrEqual(flavour === 'mariadb-10.11' ? 1 : 0);
    await primary.query("INSERT INTO app.t VALUES (67, 'released', '')");
    expect(recovery.AnalysisEntry.Analysis).toBe('LockedSemiSyncMaster');
    expect((await stepsOf(program, recovery.UID)).join('\n')).toMatch(/enable-semi-sync-replica on .*: done/);
    const enabled = await Promise.all([3, 4].map((number) => acknowledges(scene.server(number))));
    expect(enabled.filter(Boolean)).toEqual([true]);
    // The row it left blocks no failover.
    await primary.kill();
    const { successor } = await waitRecovered(program, scene.topology, primary, 30_000, recovery.UID);
    expect([3, 4]).toContain(successor.number);
    expect((await successor.query('SELECT id FROM app.t WHERE id IN (7, 17, 27, 37, 47, 57, 67)')).length).toBe(7);
  });

  it('lets commits go on that hang although a replica acknowledges, which had received them before it could say so', async () => {
    const program = await scene.start({ ...CONFIG, DetectSemiSyncEnforcedQuery: 'SELECT 0', AuditToBackendDB: true });
    await onlyOf([2]);
    const { primary } = scene.topology;
    await scene.server(2).kill();
    await waitFor(async () => (await clients()) === 0, { what: 'nobody to acknowledge' });
    const inserting = insertAll(primary, [71, 72, 73, 74]);
    await waitFor(async () => (await inCommit(primary)) === 4, { what: 'four commits to hang' });
    // By hand, as anybody would; by itself it does not help.
    await connectAnew(scene.server(3), true);
    await waitFor(async () => (await clients()) === 1, { what: 'one to acknowledge' });
    const refused = await inserting;
    expect(refused.length, refused.join('\n')).toBeLessThanOrEqual(flavour === 'mariadb-10.11' ? 1 : 0);
    await primary.query("INSERT INTO app.t VALUES (75, 'released', '')");
    const told = async (): Promise<string> => {
      const rows = await program.api<{ AuditType: string; Message: string }[]>('audit');
      return rows.map(({ AuditType, Message }) => `${AuditType}: ${Message}`).join('\n');
    };
    await expect.poll(told, { timeout: 10_000 }).toMatch(/release-held-commits: .*(KILL|FLUSH)/);
    await scene.topology.waitCaughtUp(3);
  });

  it.runIf(flavour === 'mysql-9.7' || rounds(1, 2) === 2)(
    'exact: switches off those that are more than the primary waits for, never below',
    async () => {
      const program = await scene.start({
        ...CONFIG,
        RecoverLockedSemiSyncMaster: false,
        EnforceExactSemiSyncReplicas: true,
        DetectSemiSyncEnforcedQuery: `SELECT IF(@@port=${scene.server(3).port}, 5, 1)`,
      });
      const { primary } = scene.topology;
      const recovery = await waitEnded(program, primary);
      expect(recovery.AnalysisEntry.Analysis).toBe('MasterWithTooManySemiSyncReplicas');
      expect(recovery).toMatchObject({ IsSuccessful: true });
      const on = await Promise.all([2, 3, 4].map((number) => acknowledges(scene.server(number))));
      expect(on).toEqual([false, true, false]);
      // Who does not acknowledge any more is counted until its former connection is missed.
      await expect.poll(clients, { timeout: 10_000 }).toBe(1);
      await primary.query("INSERT INTO app.t VALUES (8, 'exact', '')");
    },
  );
});
