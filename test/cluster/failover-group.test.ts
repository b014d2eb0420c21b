import { describe, expect, it } from 'vitest';
import { formGroup, GROUP_SETTINGS, waitGroupOf } from '../../lab/group.ts';
import { waitFor } from '../../lab/index.ts';
import { stepsOf, waitFollows, waitRecovered } from '../support/checks.ts';
import { useScene } from '../support/checks-scene.ts';
import { startProgram } from '../support/program.ts';
import { isWritable } from '../support/safety.ts';

const MEMBERS = [1, 2, 3, 6];

describe('a dead member of a replication group on mysql-9.7', () => {
  const flavour = 'mysql-9.7';
  const scene = useScene({
    flavour,
    tree: '1(5),2,3(4),6',
    serverSettings: Object.fromEntries(MEMBERS.map((number) => [number, GROUP_SETTINGS])),
  });

  it('has its asynchronous replicas moved below another member, be it a secondary or the primary', async () => {
    const { topology } = scene;
    await formGroup(topology, MEMBERS);
    const program = await startProgram({
      seeds: [`127.0.0.1:${topology.primary.port}`],
      config: { RecoverIntermediateMasterClusterFilters: ['*'], RecoverMasterClusterFilters: ['*'] },
    });
    try {
      await program.waitFor('all servers to be discovered', async () => {
        const all = await program.api<{ IsLastCheckValid: boolean }[]>('all-instances');
        return all.length === topology.servers.size && all.every(({ IsLastCheckValid }) => IsLastCheckValid);
      });
      const writer = topology.follow();
      await waitFor(() => writer.acknowledged.length >= 50, { what: '50 rows' });

      const secondary = scene.server(3);
      await secondary.kill();
      const first = await waitRecovered(program, topology, secondary);
      expect([1, 2, 6]).toContain(first.successor.number);
      expect(first.recovery.AnalysisEntry.Analysis).toBe('DeadReplicationGroupMemberWithReplicas');
      await waitFollows(flavour, scene.server(4), first.successor);

      await program.api('ack-all-recoveries?comment=seen');
      // Two of four are no majority.
      await waitGroupOf(topology, 2, 3);
      const before = writer.acknowledged.length;
      await topology.primary.kill();
      const second = await waitRecovered(program, topology, topology.primary);
      expect([2, 6]).toContain(second.successor.number);
      await waitFollows(flavour, scene.server(5), second.successor);
      // The group chose a primary by itself; nobody of us promoted one.
      expect((await stepsOf(program, second.recovery.UID)).join('\n')).not.toMatch(/takes writes/);
      await waitFor(() => writer.acknowledged.length > before + 50, { what: 'writes to go on', deadlineMs: 60_000 });
      const { acknowledged } = await writer.stop();
      // The other member may execute what the group agreed on later than the replicas below its primary do.
      const leader = (await isWritable(scene.server(2))) ? 2 : 6;
      for (const number of [4, 5]) {
        await topology.waitCaughtUp(number, leader);
        expect(await topology.lostWrites(number, acknowledged)).toEqual([]);
      }
    } finally {
      await program.close();
    }
  });
});
