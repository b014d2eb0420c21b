import { describe, expect, it } from 'vitest';
import { FLAVOURS, type Flavour, type LabServer } from '../../lab/index.ts';
import {
  expectOneCluster,
  instanceOf,
  registerCandidate,
  rounds,
  waitEnded,
  waitFollows,
  waitRecovered,
} from '../support/checks.ts';
import { useScene } from '../support/checks-scene.ts';
import { expectClosed, isWritable } from '../support/safety.ts';
import { watchFor } from './no-failover-support.ts';

/** What has nothing to do with the flavour. */
const TRIED: readonly Flavour[] = rounds(1, 2) === 2 ? FLAVOURS : ['mysql-9.7'];

describe.each(TRIED)('successors that may not be on %s', (flavour) => {
  const scene = useScene({ flavour, tree: '1(2,3(4))' });
  /** A query that gives `there` on these servers, and `here` on the others. */
  const oneOf = (servers: readonly LabServer[], there: string, here: string): string =>
    `SELECT IF(@@port IN (${servers.map(({ port }) => port).join(', ')}), '${there}', '${here}')`;

  const places = [
    ['data center', 'PreventCrossDataCenterMasterFailover', 'DetectDataCenterQuery'],
    ['region', 'PreventCrossRegionMasterFailover', 'DetectRegionQuery'],
  ] as const;
  it.each(places.slice(0, rounds(1, 2)))(
    'a candidate in another %s: one that stands beside the dead primary is taken',
    async (_, forbids, asks) => {
      const program = await scene.start({ [forbids]: true, [asks]: oneOf([scene.server(2)], 'there', 'here') });
      const { primary } = scene.topology;
      await registerCandidate(program, scene.server(2), 'prefer');
      await primary.kill();
      const { successor } = await waitRecovered(program, scene.topology, primary);
      expect(successor.number).toBe(3);
      await expectOneCluster(scene.topology, scene.server(3), [scene.server(2), scene.server(4)]);
    },
  );

  it.runIf(rounds(0, 1) === 1)('all elsewhere: nobody is promoted, and it is said why', async () => {
    const { primary } = scene.topology;
    const program = await scene.start({
      PreventCrossRegionMasterFailover: true,
      DetectRegionQuery: oneOf([primary], 'here', 'there'),
    });
    await primary.kill();
    const failed = await waitEnded(program, primary);
    expect(failed.IsSuccessful).toBe(false);
    expect(failed.AllErrors.join('\n')).toMatch(/PreventCrossRegionMasterFailover/);
    for (const number of [2, 3]) await expectClosed(scene.server(number));
  });

  const lags = [
    [61, false],
    [59, true],
  ] as const;
  it.each(lags.slice(0, rounds(1, 2)))(
    'that lag by %i s, with FailMasterPromotionOnLagMinutes=1: promoted %s',
    async (lagSeconds, isPromoted) => {
      const program = await scene.start({
        FailMasterPromotionOnLagMinutes: 1,
        ReplicationLagQuery: `SELECT ${lagSeconds}`,
      });
      const { primary } = scene.topology;
      await primary.kill();
      const recovery = await waitEnded(program, primary);
      expect(recovery.IsSuccessful, recovery.AllErrors.join('\n')).toBe(isPromoted);
      const open = await Promise.all([2, 3].map((number) => isWritable(scene.server(number))));
      expect(open.filter(Boolean)).toHaveLength(isPromoted ? 1 : 0);
      if (!isPromoted) expect(recovery.AllErrors.join('\n')).toMatch(/FailMasterPromotionOnLagMinutes/);
    },
  );

  it.runIf(rounds(0, 1) === 1)(
    'a replica of an intermediate source dies: nothing is recovered, and it is seen again when it is back',
    async () => {
      const program = await scene.start({ RecoverIntermediateMasterClusterFilters: ['*'], InstancePollSeconds: 1 });
      const replica = scene.server(4);
      const isSeen = async (): Promise<boolean> => (await instanceOf(program, replica)).IsLastCheckValid;
      await replica.kill();
      await program.waitFor('its death to be seen', async () => !(await isSeen()));
      await watchFor(1_000);
      await replica.restart({ readOnly: true });
      await program.waitFor('it to be seen again', isSeen);
      await waitFollows(flavour, replica, scene.server(3));
      expect(await program.api('audit-recovery')).toEqual([]);
    },
  );
});
