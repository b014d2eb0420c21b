import { afterEach, describe, expect, it } from 'vitest';
import { FLAVOURS, type Flavour } from '../../lab/index.ts';
import { rounds } from '../support/checks.ts';
import { type ClingingClient, startClingingClient } from '../support/clinging-client.ts';
import { keyOf } from '../support/operations.ts';
import { expectTree, expectWritable, treeOf } from '../support/operations-checks.ts';
import { useOperationsScene } from '../support/operations-scene.ts';
import { FAULTS, type Fault, type Faults, TAKEOVER_CONFIG, withFaults } from '../support/takeover.ts';

const isLong = rounds(0, 1) === 1;
const BY_PLACE: readonly Flavour[] = isLong ? FLAVOURS : [];
const TRIED = [
  ...FLAVOURS.map((flavour) => ({ flavour, gtid: true })),
  ...BY_PLACE.map((flavour) => ({ flavour, gtid: false })),
];

describe.each(TRIED)('a takeover that fails on $flavour, by GTID: $gtid', ({ flavour, gtid }) => {
  const faults: Faults = { kind: 'not obeyed', countdown: -1, hit: '', withKills: true };
  const scene = useOperationsScene(
    { flavour, gtid, tree: '1(2,3)' },
    { mode: 'continuous', config: TAKEOVER_CONFIG, wrapServers: withFaults(faults) },
  );

  let clinging: ClingingClient | null = null;

  afterEach(() => clinging?.close());

  // Both of each flavour only in the long form.
  const kinds: readonly Fault[] = flavour === 'mysql-9.7' || isLong ? FAULTS : ['not obeyed'];

  it.each(kinds)(
    'before the successor takes writes, leaves the old primary writable and everybody replicating: %s',
    async (kind) => {
      const writer = scene.topology.writer({ intervalMs: 4 });
      clinging = await startClingingClient(scene.server(1));
      const hits: string[] = [];
      for (let nth = 0; ; nth += 1) {
        Object.assign(faults, { kind, countdown: nth, hit: '' });
        const outcome = await scene.operator.orchestrator.takeover.run(
          {
            kind: 'graceful-master-takeover-auto',
            clusterName: `127.0.0.1:${scene.server(1).port}`,
            designated: keyOf(scene.server(2)),
          },
          'tester',
        );
        faults.countdown = -1;
        if (outcome.kind === 'promoted') break;
        expect(outcome, faults.hit).toMatchObject({ kind: 'failed' });
        if (outcome.kind === 'failed') expect(outcome.reason).toContain('everything is as it was before');
        hits.push(faults.hit);
        await expectTree(scene.topology, '2>1 3>1');
        await expectWritable(scene.topology, 1);
        const before = writer.acknowledged.length;
        await expect.poll(() => writer.acknowledged.length, { timeout: 10_000 }).toBeGreaterThan(before);
      }
      // The successor takes writes: what failed is told, and the former primary stays closed.
      await expectWritable(scene.topology, 2);
      const { acknowledged } = await writer.stop();
      expect(await scene.topology.lostWrites(2, acknowledged)).toEqual([]);
      expect(hits).toEqual(
        expect.arrayContaining([
          'open-sessions on 1',
          'set-read-only on 1',
          'set-read-only on 2',
          'kill-client-sessions on 1',
          ...(gtid ? ['change-source on 3'] : []),
        ]),
      );
      // Who is not concerned by the last fault follows the successor all the same, at its place.
      expect(await treeOf(scene.topology)).toMatch(/^1>2 .*3>2$/);
    },
  );
});
