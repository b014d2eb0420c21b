import { describe, expect, it } from 'vitest';
import { FLAVOURS, type Flavour } from '../../lab/index.ts';
import { expectOneCluster, type InstanceLike, rounds, waitFollows, waitRecovered } from '../support/checks.ts';
import { useScene } from '../support/checks-scene.ts';
import { connectBy, sourceHostOf } from '../support/connect-by.ts';

const TRIED: readonly Flavour[] = rounds(0, 1) === 1 ? FLAVOURS : ['mysql-9.7', 'mariadb-10.11'];

/** 127.0.0.1 is how the program knows the servers, and resolves no name (HostnameResolveMethod, MySQLHostnameResolveMethod: none). */
describe.each(TRIED)('a replica that connects to its source by another address of it, on %s', (flavour) => {
  const scene = useScene({ flavour, tree: '1(2,3,4)' });

  it('belongs to the cluster like all others: one primary dies, one server takes over, everybody follows it', async () => {
    const program = await scene.start({ InstancePollSeconds: 1 });
    const { topology } = scene;
    const [dead, elsewhere] = [topology.primary, scene.server(4)];
    await connectBy(flavour, elsewhere, 'localhost');
    await waitFollows(flavour, elsewhere, dead);
    expect(await sourceHostOf(elsewhere)).toBe('localhost');
    await program.api(`discover/127.0.0.1/${elsewhere.port}`);
    await program.waitFor('all to stand below the one primary that there is', async () => {
      const all = await program.api<InstanceLike[]>('all-instances');
      const below = all.filter(({ MasterKey }) => MasterKey.Hostname === '127.0.0.1' && MasterKey.Port === dead.port);
      return all.length === topology.servers.size && below.length === 3;
    });
    expect(await program.api<string[]>('clusters')).toEqual([`127.0.0.1:${dead.port}`]);

    // Whoever follows a server is told to connect to it by this name, as soon as it leads there.
    const name = (hostname: string) => program.api(`register-hostname-unresolve/127.0.0.1/${dead.port}/${hostname}`);
    await name('no.such.host.invalid');
    const move = await program.api(`relocate/127.0.0.1/${scene.server(3).port}/127.0.0.1/${scene.server(2).port}`);
    expect(move).toMatchObject({ Code: 'ERROR', Message: expect.stringContaining('cannot be made sure of') });
    await name('localhost');

    await dead.kill();
    const { successor } = await waitRecovered(program, topology, dead);
    await expectOneCluster(topology, successor, scene.others(dead, successor));
    for (const sibling of scene.others(dead, successor)) expect(await sourceHostOf(sibling)).toBe('localhost');
    expect(await program.api<unknown[]>('audit-recovery')).toHaveLength(1);
  });
});
