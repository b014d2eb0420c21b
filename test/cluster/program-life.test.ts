import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type LabServer, type LabTopology, startTopology } from '../../lab/index.ts';
import type { RecoveryJson } from '../../src/legacy/recovery-json.ts';
import { expectOneCluster, waitDiscovered, waitRecovered } from '../support/checks.ts';
import { linesOf } from '../support/lines-of.ts';
import { type Program, startProgram } from '../support/program.ts';
import { expectClosed, isWritable } from '../support/safety.ts';
import { cli, keyOf, makeWorkplace, openSqlite, runNode, type Workplace } from './program-support.ts';

const STOP_WITHIN_MS = 5_000;

describe('the life of the program', () => {
  let topology: LabTopology;
  let workplace: Workplace;
  const programs: Program[] = [];
  let isUsed = false;
  beforeAll(async () => {
    topology = await startTopology({ flavour: 'mariadb-10.11', tree: '1(2,3)' });
  });
  beforeEach(async () => {
    workplace = makeWorkplace();
    if (isUsed) await topology.reset();
    isUsed = true;
  });
  afterEach(async ({ task }) => {
    for (const program of programs.splice(0)) {
      if (task.result?.state === 'fail') tell(program);
      await program.close();
    }
    workplace.remove();
  });
  afterAll(() => topology?.close());

  async function start(config: Readonly<Record<string, unknown>> = {}): Promise<Program> {
    const program = await startProgram({ seeds: [keyOf(topology.primary)], config });
    programs.push(program);
    await waitDiscovered(program, topology);
    return program;
  }

  const replicas = (): LabServer[] => [2, 3].map(topology.server);
  const mark = (name: string): string => join(workplace.dir, name);

  async function expectHealed(program: Program): Promise<LabServer> {
    const { successor } = await waitRecovered(program, topology, topology.primary);
    await expectOneCluster(
      topology,
      successor,
      replicas().filter((server) => server !== successor),
    );
    return successor;
  }

  test('SIGTERM while nothing happens: it ends soon, with 0, and starts again with what it knew', async () => {
    const program = await start();
    const beganAtMs = performance.now();
    expect(await program.stop()).toBe(0);
    expect(performance.now() - beganAtMs).toBeLessThan(STOP_WITHIN_MS);
    expect((await cli(program, '-c', 'all-instances')).stdout.split('\n')).toHaveLength(4);
    await program.start();
    expect(await program.api('clusters')).toEqual([keyOf(topology.primary)]);
  });

  test('SIGTERM in the middle of a recovery: the recovery is finished first', async () => {
    const program = await start({
      PreFailoverProcesses: [`echo begun >> ${mark('pre')}; sleep 1.5`],
      PostFailoverProcesses: [`echo {successorPort} >> ${mark('post')}`],
    });
    await topology.primary.kill();
    await program.waitFor('the first hook', async () => linesOf(mark('pre')).length > 0);
    expect(await program.stop()).toBe(0);
    const writable = await Promise.all(replicas().map(isWritable));
    expect(writable.filter(Boolean)).toHaveLength(1);
    expect(linesOf(mark('post'))).toEqual([String(replicas()[writable.indexOf(true)]?.port)]);
    await program.start();
    await expectHealed(program);
    expect(linesOf(mark('pre'))).toEqual(['begun']);
  });

  test('SIGTERM in the middle of a recovery that hangs: it leaves, and the next start goes on', async () => {
    const program = await start({
      PreFailoverProcesses: [`test -e ${mark('pre')} || { touch ${mark('pre')}; exec sleep 40; }`],
    });
    await topology.primary.kill();
    await program.waitFor('the hook', async () => existsSync(mark('pre')));
    expect(await program.stop()).toBe(1);
    expect(program.log().some(({ msg }) => String(msg).startsWith('closing takes too long'))).toBe(true);
    for (const replica of replicas()) await expectClosed(replica);
    await program.start();
    await expectHealed(program);
    expect(await program.api<RecoveryJson[]>('audit-recovery')).toHaveLength(1);
  });

  test('a port in use: one line that names it and the remedy, exit code 1; the other program goes on', async () => {
    const program = await start();
    const { port } = new URL(program.url);
    const second = await runNode('main', ['http', '--config', join(program.dir, 'orchestrator.conf.json')]);
    expect(second.exitCode).toBe(1);
    const said = second.stderr.split('\n').filter((line) => line.includes('FATAL'));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(`127.0.0.1:${port}`);
    expect(said[0]).toMatch(/in use.*ListenAddress/);
    expect(await program.api('health')).toMatchObject({ Code: 'OK' });
  });

  describe('two programs on one SQLite file', () => {
    async function startPair(config: Readonly<Record<string, unknown>>): Promise<readonly [Program, Program]> {
      const shared = { SQLite3DataFile: workplace.sqliteFile, ...config };
      return [await start(shared), await start(shared)];
    }

    test('a primary dies: exactly one recovers it, hooks run once, both know it', async () => {
      const [first, second] = await startPair({
        OnFailureDetectionProcesses: [`echo {failureType} >> ${mark('detected')}`],
        PreFailoverProcesses: [`echo {failedPort} >> ${mark('pre')}; sleep 0.5`],
        PostFailoverProcesses: [`echo {successorPort} >> ${mark('post')}`],
      });
      await topology.primary.kill();
      const successor = await expectHealed(first);
      for (const program of [first, second]) {
        const recoveries = await program.api<RecoveryJson[]>('audit-recovery');
        expect(recoveries.map(({ IsSuccessful }) => IsSuccessful)).toEqual([true]);
        await program.waitFor('the new cluster', async () =>
          (await program.api<string[]>('clusters')).includes(keyOf(successor)),
        );
      }
      expect(linesOf(mark('detected'))).toHaveLength(1);
      expect(linesOf(mark('pre'))).toEqual([String(topology.primary.port)]);
      expect(linesOf(mark('post'))).toEqual([String(successor.port)]);
    });

    test('the one that recovers is killed: the other goes on, and fences the old primary when it returns', async () => {
      const [first, second] = await startPair({
        PreFailoverProcesses: [`test -e ${mark('pre')} || { touch ${mark('pre')}; exec sleep 5; }`],
      });
      await topology.primary.kill();
      await first.waitFor('the hook', async () => existsSync(mark('pre')));
      const owner = await ownerOf(workplace.sqliteFile);
      const [busy, idle] = owner === first.pid ? [first, second] : [second, first];
      expect(owner).toBe(busy.pid);
      await busy.kill();
      const successor = await expectHealed(idle);
      await topology.primary.restart({ readOnly: false });
      await idle.waitFor('the old primary to be fenced', async () => !(await isWritable(topology.primary)));
      expect(await isWritable(successor)).toBe(true);
      expect(await idle.api<RecoveryJson[]>('audit-recovery')).toHaveLength(1);
    });
  });
});

/** Pid of the program that works at the one open recovery. */
async function ownerOf(file: string): Promise<number> {
  const database = await openSqlite(file);
  try {
    const [row] = database.prepare('SELECT owner FROM orchestrator_recovery_intent').all();
    return Number(String(row?.owner).split(':').at(-1));
  } finally {
    database.close();
  }
}

function tell(program: Program): void {
  const told = program.log().filter(({ level }) => Number(level) > 20);
  console.log(
    told
      .slice(-60)
      .map((line) => JSON.stringify(line))
      .join('\n'),
  );
}
