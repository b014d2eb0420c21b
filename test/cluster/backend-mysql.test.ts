import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { LAB_USERS, type LabServer, type LabTopology, startTopology } from '../../lab/index.ts';
import type { RecoveryJson } from '../../src/legacy/recovery-json.ts';
import { expectOneCluster, waitDiscovered, waitRecovered } from '../support/checks.ts';
import { linesOf } from '../support/lines-of.ts';
import { type Program, startProgram } from '../support/program.ts';
import { expectClosed, isWritable } from '../support/safety.ts';
import { cli, keyOf } from './program-support.ts';

const DATABASE = 'orchestrator';
const backendKeys = (backend: LabServer): Readonly<Record<string, unknown>> => ({
  BackendDB: 'mysql',
  MySQLOrchestratorHost: backend.host,
  MySQLOrchestratorPort: backend.port,
  MySQLOrchestratorDatabase: DATABASE,
  MySQLOrchestratorUser: LAB_USERS.orchestrator.user,
  MySQLOrchestratorPassword: LAB_USERS.orchestrator.password,
});

const ERROR_LEVEL = 50;
const errorsOf = (program: Program) => program.log().filter(({ level }) => Number(level) >= ERROR_LEVEL);

interface Envelope {
  readonly Code: string;
  readonly Message: string;
}

describe.each(['mariadb-10.11', 'mysql-9.7'] as const)('a MySQL backend on %s', (flavour) => {
  let backendLab: LabTopology;
  let topology: LabTopology;
  let program: Program | null = null;
  beforeAll(async () => {
    backendLab = await startTopology({ flavour, tree: '1', settings: ['--default-time-zone=+05:30'] });
    topology = await startTopology({ flavour: 'mariadb-10.11', tree: '1(2,3)' });
  });
  afterAll(async () => {
    await program?.close();
    await topology?.close();
    await backendLab?.close();
  });

  test('keeps what was discovered, the failover, and over a restart its history and who was deposed', async () => {
    const backend = backendLab.primary;
    const rows = (sql: string) => backend.query(sql);
    program = await startProgram({ seeds: [keyOf(topology.primary)], config: backendKeys(backend) });
    await waitDiscovered(program, topology);
    const started = program.log().find(({ msg }) => msg === 'backend opened');
    expect(started).toMatchObject({ backend: 'mysql', location: `127.0.0.1:${backend.port}/${DATABASE}` });

    const { primary } = topology;
    await program.waitFor('the servers to be stored', async () => {
      const stored = await rows(
        `SELECT port, master_port, read_only, cluster_name, mariadb_gtid, last_seen >= last_checked AS valid
         FROM ${DATABASE}.database_instance ORDER BY port`,
      );
      return (
        JSON.stringify(
          stored.map((row) => [row.port, row.master_port, row.read_only, row.mariadb_gtid, row.cluster_name]),
        ) ===
        JSON.stringify([
          [primary.port, 0, 0, 0, keyOf(primary)],
          [topology.server(2).port, primary.port, 1, 1, keyOf(primary)],
          [topology.server(3).port, primary.port, 1, 1, keyOf(primary)],
        ])
      );
    });

    await primary.kill();
    const { successor, recovery } = await waitRecovered(program, topology, primary);
    const sibling = [2, 3].map(topology.server).filter((server) => server !== successor);
    await expectOneCluster(topology, successor, sibling);
    expect(
      await rows(`SELECT hostname, port, successor_port, is_successful, end_recovery IS NOT NULL AS ended
        FROM ${DATABASE}.topology_recovery`),
    ).toEqual([
      { hostname: '127.0.0.1', port: primary.port, successor_port: successor.port, is_successful: 1, ended: 1 },
    ]);
    const [count] = await rows(`SELECT COUNT(*) AS n FROM ${DATABASE}.topology_recovery_steps`);
    expect(Number(count?.n)).toBeGreaterThan(5);
    expect(
      await rows(`SELECT reason FROM ${DATABASE}.database_instance_downtime WHERE port = ${primary.port}`),
    ).toEqual([{ reason: 'lost-in-recovery' }]);

    expect(await program.stop()).toBe(0);
    await primary.restart({ readOnly: false });
    await program.start();
    await program.waitFor('the returned primary to be fenced', async () => !(await isWritable(primary)));
    const [known, ...others] = await program.api<RecoveryJson[]>('audit-recovery');
    expect(others).toEqual([]);
    expect(known?.UID).toBe(recovery.UID);
    expect(await isWritable(successor)).toBe(true);
    // A command that only reads, on that backend by itself.
    const listed = await cli(program, '-c', 'which-cluster-instances', '-i', keyOf(successor));
    const members = [successor, ...sibling].map(keyOf);
    expect(listed).toMatchObject({ exitCode: 0, stderr: '' });
    expect(listed.stdout.split('\n')).toEqual(expect.arrayContaining(members));
  });
});

describe('a MySQL backend that dies', () => {
  let backendLab: LabTopology;
  let topology: LabTopology;
  let program: Program | null = null;
  let isUsed = false;
  beforeAll(async () => {
    backendLab = await startTopology({ flavour: 'mariadb-10.11', tree: '1' });
    topology = await startTopology({ flavour: 'mariadb-10.11', tree: '1(2,3)' });
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail')
      console.log(
        program
          ?.log()
          .filter(({ level }) => Number(level) > 20)
          .slice(-60)
          .map((line) => JSON.stringify(line))
          .join('\n'),
      );
    await program?.close();
    program = null;
  });
  afterAll(async () => {
    await topology?.close();
    await backendLab?.close();
  });

  async function start(config: Readonly<Record<string, unknown>> = {}): Promise<Program> {
    if (isUsed) {
      await Promise.all([topology.reset(), backendLab.primary.restart()]);
      await backendLab.primary.query(`DROP DATABASE IF EXISTS ${DATABASE}`);
    }
    isUsed = true;
    program = await startProgram({
      seeds: [keyOf(topology.primary)],
      config: { ...backendKeys(backendLab.primary), ...config },
    });
    await waitDiscovered(program, topology);
    return program;
  }

  const health = (running: Program): Promise<Envelope> => running.api<Envelope>('health');
  const sentences = async (running: Program): Promise<string> =>
    (await running.api<{ sentence: string }[]>('explanations')).map(({ sentence }) => sentence).join('\n');

  test('is missed aloud; a primary that dies meanwhile is explained and left, and healed when it is back', async () => {
    const running = await start();
    const { primary } = topology;
    const backend = backendLab.primary;
    await backend.kill();

    const sick = await running.waitFor('health to be bad', async () => {
      const answer = await health(running);
      return answer.Code === 'ERROR' && answer;
    });
    expect(sick.Message).toContain(`127.0.0.1:${backend.port}/${DATABASE}`);
    expect(sick.Message).toMatch(/check MySQLOrchestratorHost/);
    await running.waitFor('the log to say it', async () =>
      errorsOf(running).some(({ msg }) => String(msg).includes('the backend does not take writes')),
    );
    expect(await running.api('clusters')).toEqual([keyOf(primary)]);

    await primary.kill();
    await running.waitFor('the reason', async () => /Not replacing .*MySQL backend/.test(await sentences(running)));
    for (const number of [2, 3]) await expectClosed(topology.server(number));
    // What cannot be done is said once in a while, not at every tick.
    const errors = errorsOf(running);
    expect(errors.length, errors.map(({ msg }) => msg).join('\n')).toBeLessThan(40);

    await backend.restart();
    await running.waitFor('health to be good', async () => (await health(running)).Code === 'OK');
    const { successor } = await waitRecovered(running, topology, primary);
    await expectOneCluster(
      topology,
      successor,
      [2, 3].map(topology.server).filter((server) => server !== successor),
    );
    expect(await running.api<unknown[]>('audit-recovery')).toHaveLength(1);
    await running.waitFor('the new tree to be stored', async () => {
      const sql = `SELECT COUNT(*) AS n FROM ${DATABASE}.database_instance WHERE cluster_name = '${keyOf(successor)}'`;
      return Number((await backend.query(sql))[0]?.n) === 2;
    });
  });

  test.each([
    { when: 'before anything was done', mark: 'pre' },
    { when: 'while or right after a successor is promoted', mark: 'step' },
  ])('in the middle of a recovery, $when: it goes on when the backend is back', async ({ mark }) => {
    const marks = (name: string): string => join(tmpdir(), `orchestrator-backend-${process.pid}-${mark}-${name}`);
    const running = await start({
      PreFailoverProcesses: [`echo {failedPort} >> ${marks('pre')}; sleep 1`],
      PostFailoverProcesses: [`echo {successorPort} >> ${marks('post')}`],
    });
    try {
      const { primary } = topology;
      await primary.kill();
      await running.waitFor('the moment', async () =>
        mark === 'pre'
          ? existsSync(marks('pre'))
          : running.log().some(({ step }) => String(step).includes('will be the primary')),
      );
      await backendLab.primary.kill();
      await running.waitFor('health to be bad', async () => (await health(running)).Code === 'ERROR');
      if (mark === 'pre') {
        await running.waitFor('the trouble', async () => /MySQL backend/.test(await sentences(running)));
        for (const number of [2, 3]) await expectClosed(topology.server(number));
      }

      await backendLab.primary.restart();
      const { successor } = await waitRecovered(running, topology, primary);
      await expectOneCluster(
        topology,
        successor,
        [2, 3].map(topology.server).filter((server) => server !== successor),
      );
      const recoveries = await running.api<RecoveryJson[]>('audit-recovery');
      expect(recoveries.map(({ IsSuccessful }) => IsSuccessful)).toEqual([true]);
      expect(new Set(linesOf(marks('post')))).toEqual(new Set([String(successor.port)]));
      await running.waitFor('nothing to be left open', async () => {
        const open = await backendLab.primary.query(`SELECT uid FROM ${DATABASE}.orchestrator_recovery_intent`);
        return open.length === 0;
      });
      await running.waitFor('the sentence', async () =>
        (await sentences(running)).includes(`${keyOf(successor)} replaced ${keyOf(primary)}`),
      );
    } finally {
      for (const name of ['pre', 'post']) rmSync(marks(name), { force: true });
    }
  });
});
