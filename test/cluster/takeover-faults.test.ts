import { describe, expect, it } from 'vitest';
import { FLAVOURS } from '../../lab/index.ts';
import type { Servers } from '../../src/engine/ports.ts';
import type { ServerCommand } from '../../src/model/command.ts';
import type { Instance } from '../../src/model/instance.ts';
import { rounds } from '../support/checks.ts';
import { keyOf } from '../support/operations.ts';
import { expectTree, expectWritable } from '../support/operations-checks.ts';
import { useOperationsScene } from '../support/operations-scene.ts';
import { TAKEOVER_CONFIG } from '../support/takeover.ts';

const FAULTS = ['not obeyed', 'obeyed, the answer lost'] as const;
type Fault = (typeof FAULTS)[number];

/** Ends clients only where the closing does not come about at once, which no two runs have in common: it is not counted. */
const isSometimes = (instance: Instance, { kind }: ServerCommand): boolean =>
  kind === 'kill-client-sessions' && instance.isSuperReadOnly !== null;

/** The n-th command (from 0) fails, once. */
interface Faults {
  kind: Fault;
  countdown: number;
  hit: string;
}

const wrap =
  (faults: Faults) =>
  (servers: Servers): Servers => ({
    ...servers,
    async execute(instance, command, options) {
      if (isSometimes(instance, command)) return servers.execute(instance, command, options);
      const isHit = faults.countdown === 0;
      faults.countdown -= 1;
      if (!isHit) return servers.execute(instance, command, options);
      faults.hit = `${command.kind} on ${instance.key.port % 10}`;
      if (faults.kind === 'obeyed, the answer lost') await servers.execute(instance, command, options);
      return { kind: 'failed', failure: { kind: 'answered', errorNumber: null, message: `invented: ${faults.hit}` } };
    },
  });

describe.each(FLAVOURS)('a takeover that fails on %s', (flavour) => {
  const faults: Faults = { kind: 'not obeyed', countdown: -1, hit: '' };
  const scene = useOperationsScene(
    { flavour, tree: '1(2,3)' },
    { mode: 'continuous', config: TAKEOVER_CONFIG, wrapServers: wrap(faults) },
  );

  // Both of each flavour only in the long form.
  const kinds: readonly Fault[] = flavour === 'mysql-9.7' || rounds(0, 1) === 1 ? FAULTS : ['not obeyed'];

  it.each(kinds)(
    'before the successor takes writes, leaves the old primary writable and everybody replicating: %s',
    async (kind) => {
      const writer = scene.topology.writer({ intervalMs: 4 });
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
          'change-source on 3',
        ]),
      );
      if (flavour !== 'mysql-9.7') expect(hits).toContain('kill-client-sessions on 1');
    },
  );
});
