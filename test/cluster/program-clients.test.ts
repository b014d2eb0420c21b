import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LabServer, type LabTopology, startTopology } from '../../lab/index.ts';
import type { RecoveryJson } from '../../src/legacy/recovery-json.ts';
import { loadSqliteEngine } from '../../src/store/sqlite/engine.ts';
import { waitDiscovered, waitFollows } from '../support/checks.ts';
import { type Program, startProgram } from '../support/program.ts';
import { isWritable } from '../support/safety.ts';
import { type CommandRun, cli, client, keyOf, runNode } from './program-support.ts';

/** The two command lines against one running program and its backend, on real servers: what people and scripts type. */
describe('orchestrator-client and the command line beside a running program', () => {
  let topology: LabTopology;
  let program: Program;
  beforeAll(async () => {
    topology = await startTopology({ flavour: 'mysql-9.7', tree: '1(2(4),3)' });
    program = await startProgram({ seeds: [], config: { RecoverMasterClusterFilters: [] } });
  });
  afterAll(async () => {
    await program?.close();
    await topology?.close();
  });

  const key = (number: number): string => keyOf(topology.server(number));
  const lines = (...texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');
  const ok = (stdout: string) => ({ exitCode: 0, stdout, stderr: '' });
  /** Says the same whichever command line is asked. */
  const both = async (stdout: string, ...args: readonly string[]): Promise<void> => {
    const [ofClient, ofCli] = await Promise.all([client(program, ...args), cli(program, ...args)]);
    expect(ofClient, `client ${args.join(' ')}`).toEqual(ok(stdout));
    expect(ofCli, `cli ${args.join(' ')}`).toEqual(ok(stdout));
  };
  const statusOf = ({ stdout }: CommandRun): readonly string[] => stdout.trimEnd().split('\n');
  const fine = (access: 'rw' | 'ro'): string =>
    String.raw`\[0s,ok,${topology.version.replace(/[.+~]/g, '\\$&')},${access},ROW,>>,GTID\]`;

  test('discover, and what was discovered', async () => {
    expect(await client(program, '-c', 'clusters')).toEqual(ok(''));
    expect(await client(program, '-c', 'discover', '-i', key(1))).toEqual(ok(lines(key(1))));
    await waitDiscovered(program, topology);
    await program.waitFor(
      'all to be stored, in one tree',
      async () => statusOf(await cli(program, '-c', 'topology', '-i', key(1))).length === 4,
    );

    await both(lines(key(1)), '-c', 'clusters');
    await both(lines(key(1), key(2), key(3), key(4)), '-c', 'which-cluster-instances', '-i', key(4));
    await both(lines(key(1)), '-c', 'which-cluster-master', '-i', key(4));
    await both(lines(key(2)), '-c', 'which-master', '-i', key(4));
    await both(lines(key(2), key(3)), '-c', 'which-replicas', '-i', key(1));
    await both('', '-c', 'replication-analysis');
    // Where they have always differed.
    expect(await client(program, '-c', 'clusters-alias')).toEqual(ok(lines(`${key(1)},${key(1)}`)));
    expect(await cli(program, '-c', 'clusters-alias')).toEqual(ok(lines(`${key(1)}\t${key(1)}`)));
    expect(await client(program, '-c', 'which-master', '-i', key(1))).toEqual(ok(':0\n'));
    expect(await cli(program, '-c', 'which-master', '-i', key(1))).toEqual(ok(''));
  });

  test('topology: the same tree from both', async () => {
    for (const run of [client, cli]) {
      const drawn = statusOf(await run(program, '-c', 'topology', '-i', key(3)));
      const [top = '', second = '', third = '', fourth = ''] = drawn;
      expect(drawn).toHaveLength(4);
      expect(top).toMatch(new RegExp(`^${key(1)}     ${fine('rw')}$`));
      expect(second).toMatch(new RegExp(`^\\+ ${key(2)}   ${fine('ro')}$`));
      expect(third).toMatch(new RegExp(`^  \\+ ${key(4)} ${fine('ro')}$`));
      expect(fourth).toMatch(new RegExp(`^\\+ ${key(3)}   ${fine('ro')}$`));
      const tabulated = statusOf(await run(program, '-c', 'topology-tabulated', '-i', key(3)));
      expect(tabulated[2]).toBe(`  + ${key(4)}|0s|ok|${topology.version}|ro|ROW|>>,GTID`);
    }
  });

  test('downtime and the global switch by one command line are seen by the other', async () => {
    expect(await cli(program, '-c', 'begin-downtime', '-i', key(3), '-reason', 'x', '-duration', '10m')).toEqual(
      ok(lines(key(3))),
    );
    await program.waitFor(
      'the downtime to be seen',
      async () => (await client(program, '-c', 'downtimed')).stdout === lines(key(3)),
    );
    expect(await client(program, '-c', 'end-downtime', '-i', key(3))).toEqual(ok(lines(key(3))));
    expect(await cli(program, '-c', 'which-downtimed-instances')).toEqual(ok(''));

    expect(await client(program, '-c', 'disable-global-recoveries')).toEqual(ok('disabled\n'));
    expect(await cli(program, '-c', 'check-global-recoveries')).toEqual(ok('OK: Global recoveries disabled: true\n'));
    expect(await cli(program, '-c', 'enable-global-recoveries')).toEqual(
      ok('OK: Orchestrator recoveries ENABLED globally\n'),
    );
    await program.waitFor(
      'the switch to be seen',
      async () => (await client(program, '-c', 'check-global-recoveries')).stdout === 'enabled\n',
    );
  });

  test('pools, replicas for schema changes, aliases and history, on real servers', async () => {
    // The busy replica first, then its sibling, then what is below; for gh-ost the leaves first, the deepest of all.
    await both(lines(key(2), key(3), key(4)), '-c', 'which-cluster-osc-replicas', '-i', key(1));
    expect(await cli(program, '-c', 'which-cluster-gh-ost-replicas', '-i', key(1))).toEqual(
      ok(lines(key(4), key(3), key(2))),
    );
    const members = `${key(2)},${key(4)}`;
    expect(await client(program, '-c', 'submit-pool-instances', '-l', 'read', '-i', members)).toEqual(ok('read\n'));
    expect(await cli(program, '-c', 'submit-pool-instances', '-pool', 'spare', '-i', key(3))).toEqual(ok(''));
    expect(await cli(program, '-c', 'cluster-pool-instances')).toEqual(
      ok(
        lines(
          ...[key(2), key(4)].map((member) => [key(1), key(1), 'read', member].join('\t')),
          [key(1), key(1), 'spare', key(3)].join('\t'),
        ),
      ),
    );
    expect(await client(program, '-c', 'which-heuristic-cluster-pool-instances', '-i', key(1), '-l', 'read')).toEqual(
      ok(lines(key(2), key(4))),
    );
    expect(await program.api(`heuristic-cluster-pool-lag/${key(1)}`)).toMatchObject({ Code: 'OK', Details: 0 });

    expect(await program.api(`set-cluster-alias/${key(1)}?alias=demo`)).toMatchObject({ Code: 'OK' });
    expect(await cli(program, '-c', 'which-cluster-alias', '-i', key(4))).toEqual(ok('demo\n'));
    expect((await client(program, '-c', 'snapshot-topologies')).stdout).toMatch(/^Took \d/);
    await both(lines(key(1)), '-c', 'which-cluster', '-i', key(4));

    // The command line through the running program, without a configuration.
    const through = (...args: readonly string[]) =>
      runNode('main', args, { ORCHESTRATOR_API: program.url, HOME: '/nonexistent' });
    expect(await through('-c', 'which-master', '-i', key(4))).toEqual(ok(lines(key(2))));
    expect(await through('-c', 'tag', '-i', key(4), '-tag', 'role=spare')).toEqual(ok(lines(key(4))));
    expect(await through('-c', 'tagged', '-tag', 'role')).toEqual(ok(lines(key(4))));
    expect(await through('-c', 'which-instance', '-i', '127.0.0.1:9')).toMatchObject({ exitCode: 1, stdout: '' });

    const { stdout: token } = await cli(program, '-c', 'access-token');
    const login = `${program.url}/web/access-token?publicToken=${token.trim()}`;
    expect((await fetch(login, { redirect: 'manual' })).headers.get('set-cookie')).toContain('access-token=');
    expect((await fetch(login, { redirect: 'manual' })).status).toBe(401);

    expect(await program.api('reload-configuration')).toMatchObject({ Code: 'OK', Message: 'Config reloaded' });
    const figures = await program.api<{ CountDistinctOkInstanceKeys: number }>('discovery-metrics-aggregated/60');
    expect(figures.CountDistinctOkInstanceKeys).toBe(4);
    expect(await program.api('agents')).toMatchObject({ Code: 'ERROR', Message: 'Agents not served' });
    const { stdout: nodes } = await cli(program, '-c', 'active-nodes');
    expect(nodes.split('\n')).toHaveLength(2);
    expect(await program.api(`set-cluster-alias/${key(1)}?alias=${key(1)}`)).toMatchObject({ Code: 'OK' });
  });

  test('what goes wrong: the reason on standard error, exit code 1', async () => {
    const nobody = await client(program, '-c', 'discover', '-i', '127.0.0.1:1');
    expect(nobody).toMatchObject({ exitCode: 1, stdout: '' });
    expect(nobody.stderr).toMatch(/127\.0\.0\.1:1\b.*refused/);
    const unknown = await client(program, '-c', 'forget', '-i', '127.0.0.1:9');
    expect(unknown).toMatchObject({ exitCode: 1, stdout: '' });
    expect(unknown.stderr).toContain('ForgetInstance(): instance 127.0.0.1:9 not found');
    expect(await client(program, '-c', 'recover', '-i', key(1))).toMatchObject({ exitCode: 1 });
    expect((await cli(program, '-c', 'topology', '-i', '127.0.0.1:9')).exitCode).toBe(1);
    const healthy = await cli(program, '-c', 'recover', '-i', key(1));
    expect(healthy).toMatchObject({ exitCode: 0, stdout: '' });
    expect(healthy.stderr).toContain('Recovery not attempted');
  });

  /** Kills a primary, recovers it by hand, and gives the successor. */
  async function recoverWith(run: typeof client, failed: LabServer): Promise<LabServer> {
    await failed.kill();
    const names = new Map([...topology.servers.values()].map((server) => [keyOf(server), server]));
    let told: CommandRun = { exitCode: null, stdout: '', stderr: '' };
    await program.waitFor('the recovery by hand', async () => {
      told = await run(program, '-c', 'recover', '-i', keyOf(failed));
      return told.stdout !== '' && names.has(told.stdout.trim());
    });
    expect(told).toMatchObject({ exitCode: 0 });
    const successor = names.get(told.stdout.trim());
    if (successor === undefined) throw new Error(told.stdout);
    expect(await isWritable(successor)).toBe(true);
    return successor;
  }

  test('a move is in the backend by the time its order is answered', async () => {
    const connection = (await loadSqliteEngine(process.versions.node))(join(program.dir, 'orchestrator.sqlite3'));
    const sourceOf = (number: number) => {
      const row = connection
        .prepare('SELECT master_port AS port FROM database_instance WHERE port = ?')
        .all(topology.server(number).port)[0];
      return Number(row?.port);
    };
    try {
      for (const [below, path] of [
        [2, 'relocate'],
        [1, 'move-up'],
        [2, 'relocate'],
        [1, 'move-up'],
      ] as const) {
        const where = path === 'relocate' ? `/${key(below).replace(':', '/')}` : '';
        await program.api(`${path}/${key(3).replace(':', '/')}${where}`);
        expect(sourceOf(3)).toBe(topology.server(below).port);
      }
    } finally {
      connection.close();
    }
  });

  test('recover and acknowledge, by either; the program fences whoever returns', async () => {
    const first = topology.primary;
    const second = await recoverWith(client, first);
    await program.waitFor(
      'the new cluster',
      async () => (await client(program, '-c', 'which-cluster', '-i', key(4))).stdout === lines(keyOf(second)),
    );
    // Historic: the client prints the name of the cluster as it is now.
    expect(await client(program, '-c', 'ack-cluster-recoveries', '-i', keyOf(first), '-r', 'seen')).toEqual(
      ok(lines(keyOf(first))),
    );
    const [recovery] = await program.api<RecoveryJson[]>('audit-recovery');
    expect(recovery).toMatchObject({ Acknowledged: true, AcknowledgedComment: 'seen', IsSuccessful: true });

    const third = await recoverWith(cli, second);
    for (const server of topology.servers.values())
      if (![first, second, third].includes(server) && server.isAlive()) await waitFollows('mysql-9.7', server, third);
    expect(await cli(program, '-c', 'ack-cluster-recoveries', '-i', keyOf(second), '-reason', 'seen')).toEqual(
      ok('1 recoveries acknowledged\n'),
    );
    expect(await client(program, '-c', 'ack-all-recoveries', '-r', 'done')).toEqual(ok('done\n'));

    for (const returning of [first, second]) {
      await returning.restart({ readOnly: false });
      await program.waitFor(`${keyOf(returning)} to be fenced`, async () => !(await isWritable(returning)));
    }
    expect(await isWritable(third)).toBe(true);
  });
});
