import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FLAVOURS, type Flavour, type LabServer, type LabTopology, startTopology, waitFor } from '../../lab/index.ts';
import { expectOneCluster, type InstanceLike, rounds, waitFollows, waitRecovered } from '../support/checks.ts';
import { connectBy, sourceHostOf } from '../support/connect-by.ts';
import { type Program, startProgram } from '../support/program.ts';
import { isWritable } from '../support/safety.ts';
import { TAKEOVER_CONFIG } from '../support/takeover.ts';

const HOST = '::1';
const TRIED: readonly Flavour[] = rounds(0, 1) === 1 ? FLAVOURS : ['mysql-9.7'];
const run = promisify(execFile);

/** Servers that know one another, and are known to us, by an IPv6 address only. */
describe.each(TRIED)('a topology by IPv6 addresses on %s', (flavour) => {
  let topology: LabTopology;
  let program: Program | null = null;

  beforeAll(async () => {
    topology = await startTopology({
      flavour,
      tree: '1(2,3)',
      settings: ['--bind-address=*', `--report-host=${HOST}`],
    });
    for (const number of [2, 3]) {
      const server = topology.server(number);
      await connectBy(flavour, server, HOST);
      await waitFollows(flavour, server, topology.primary);
    }
  });
  afterEach(async () => {
    await program?.close();
    program = null;
  });
  afterAll(() => topology?.close());

  const nameOf = (server: LabServer): string => `[${HOST}]:${server.port}`;
  /** What `-c topology` draws, without the descriptions. */
  const topologyOf = (running: Program, of: LabServer) =>
    running.waitFor('the backend to know the topology', async () => {
      const args = ['--config', join(running.dir, 'orchestrator.conf.json'), '-c', 'topology', '-i', nameOf(of)];
      const { stdout } = await run(process.execPath, ['dist/main.js', ...args]);
      const lines = stdout.trimEnd().split('\n');
      return lines.length === 3 && lines.map((line) => line.replace(/(?<=:\d+) +\[.*/, ''));
    });
  it('is discovered, shown, rearranged, taken over and healed', async () => {
    const [first, second, third] = [1, 2, 3].map((number) => topology.server(number)) as [
      LabServer,
      LabServer,
      LabServer,
    ];
    const orchestrator = await startProgram({ seeds: [nameOf(first)], config: TAKEOVER_CONFIG });
    program = orchestrator;
    const cluster = (primary: LabServer) =>
      orchestrator.api<InstanceLike[]>(`cluster/${encodeURIComponent(nameOf(primary))}`);
    await orchestrator.waitFor('all servers', async () => {
      const all = await cluster(first);
      return all.length === 3 && all.every(({ Key, IsLastCheckValid }) => Key.Hostname === HOST && IsLastCheckValid);
    });
    expect(await orchestrator.api(`instance/${HOST}/${second.port}`)).toMatchObject({
      Key: { Hostname: HOST, Port: second.port },
      MasterKey: { Hostname: HOST, Port: first.port },
    });
    expect(await topologyOf(orchestrator, second)).toEqual([
      nameOf(first),
      ...[second, third].map((server) => `+ ${nameOf(server)}`),
    ]);

    expect(await orchestrator.api(`relocate/${HOST}/${third.port}/${HOST}/${second.port}`)).toMatchObject({
      Code: 'OK',
    });
    await waitFollows(flavour, third, second);
    expect(await sourceHostOf(third)).toBe(HOST);

    const takeover = `graceful-master-takeover-auto/${encodeURIComponent(nameOf(first))}/${HOST}/${second.port}`;
    expect(await orchestrator.api(takeover)).toMatchObject({ Code: 'OK' });
    await expectOneCluster(topology, second, [first, third]);
    expect(await sourceHostOf(first)).toBe(HOST);

    await orchestrator.waitFor('the cluster by its new name', async () => (await cluster(second)).length === 3);
    await second.kill();
    const { successor } = await waitRecovered(orchestrator, topology, second);
    const [other] = [first, third].filter((server) => server !== successor) as [LabServer];
    await waitFor(() => isWritable(successor), { what: 'the successor to take writes' });
    await expectOneCluster(topology, successor, [other]);
    expect(await sourceHostOf(other)).toBe(HOST);
  });
});
