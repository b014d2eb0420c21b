import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLAVOURS, type LabTopology, startTopology } from '../../lab/index.ts';
import { replicaState, rounds } from '../support/checks.ts';
import { keyOf, openOperator } from '../support/operations.ts';
import { expectSameData } from '../support/operations-checks.ts';
import { isWritable } from '../support/safety.ts';
import { FAULTS, type Fault, type Faults, TAKEOVER_CONFIG, withFaults } from '../support/takeover.ts';

/** More commands than a takeover of three servers sends. */
const MOST = 60;

/** Long form only: every command after the successor was opened fails in turn. Nothing is taken back then; what fails is told. */
describe.runIf(rounds(0, 1) === 1).each(FLAVOURS)(
  'a takeover by file and position that fails later on %s',
  (flavour) => {
    let topology: LabTopology;

    beforeAll(async () => {
      topology = await startTopology({ flavour, gtid: false, tree: '1(2,3)' });
    });
    afterAll(() => topology?.close());

    /** What failed; null when the takeover had no so many commands. Checks that nobody has other rows than the successor. */
    async function failAt(nth: number, kind: Fault): Promise<string | null> {
      const faults: Faults = { kind, countdown: -1, hit: '' };
      const operator = await openOperator(topology, {
        mode: 'continuous',
        config: TAKEOVER_CONFIG,
        wrapServers: withFaults(faults),
      });
      const writer = topology.follow({ connections: 2, intervalMs: 4 });
      try {
        await expect.poll(() => writer.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(20);
        faults.countdown = nth;
        const clusterName = `127.0.0.1:${topology.primary.port}`;
        const outcome = await operator.orchestrator.takeover.run(
          { kind: 'graceful-master-takeover-auto', clusterName, designated: keyOf(topology.server(2)) },
          'tester',
        );
        faults.countdown = -1;
        if (outcome.kind !== 'promoted') return faults.hit;
        const told = JSON.stringify(outcome.troubles);
        if (faults.hit !== '' && kind === 'not obeyed') expect(told, faults.hit).toContain('invented');
        expect([await isWritable(topology.server(1)), await isWritable(topology.server(2))]).toEqual([false, true]);
        const before = writer.acknowledged.length;
        await expect.poll(() => writer.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(before + 20);
        const { acknowledged } = await writer.stop();
        expect(await topology.lostWrites(2, acknowledged)).toEqual([]);
        // Whoever was left half way goes on from where it was left: to the very rows of the successor.
        const word = flavour === 'mysql-9.7' ? 'REPLICA' : 'SLAVE';
        const source = keyOf(topology.server(2)).port;
        if ((await replicaState(flavour, topology.server(1)))?.sourcePort === source) {
          for (const number of [1, 3]) await topology.server(number).query(`START ${word}`);
          await expectSameData(topology, topology.server(2));
        }
        return faults.hit === '' ? null : faults.hit;
      } finally {
        await writer.stop().catch(() => undefined);
        await operator.close();
        await topology.reset();
      }
    }

    it.each(FAULTS)(
      'leaves nobody with other rows than the successor: %s',
      async (kind) => {
        const hits: string[] = [];
        for (let nth = 0; nth < MOST; nth += 1) {
          const hit = await failAt(nth, kind);
          if (hit === null) break;
          hits.push(hit);
        }
        expect(hits).toEqual(
          expect.arrayContaining([
            'forget-source on 2',
            'change-source on 3',
            'start-receiver on 3',
            'change-source on 1',
            'start-receiver on 1',
          ]),
        );
        expect(hits.length).toBeLessThan(MOST);
      },
      900_000,
    );
  },
);
