import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LabTopology, startTopology } from '../../lab/index.ts';
import type { OperationOutcome } from '../../src/engine/operations/outcome.ts';
import { rounds } from '../support/checks.ts';
import { replicationKinds } from '../support/operation-kinds.ts';
import { type Operator, openOperator, sentenceOf } from '../support/operations.ts';
import { allSettings, expectSameData, expectTree, expectWritable } from '../support/operations-checks.ts';
import { type Load, startLoad } from '../support/operations-load.ts';
import { follow, nextStep, randomFrom } from '../support/random-moves.ts';

const MOVES = rounds(20, 200);
/** By coordinates most of what chance asks for is impossible. */
const MOST_TRIES = MOVES * 12;
/** The short form always asks for the same: what chance finds is for the long one. */
const SEED = Number(process.env.ORCHESTRATOR_SEED ?? rounds(7, 1 + Math.floor(Math.random() * 1_000_000)));

/**
 * Refused, or done for all. Under writes a replica may leave the place that is known to equal another before it comes to rest; then it
 * must be as it was.
 */
function isWhole(outcome: OperationOutcome): boolean {
  if (outcome.kind === 'failed') return outcome.plan.method === 'equivalence' && outcome.leftovers.length === 0;
  return outcome.kind === 'refused' || outcome.failed.length === 0;
}

describe.each(replicationKinds('mysql-9.7'))(`a random walk on $flavour by $by (seed ${SEED})`, ({ flavour, gtid }) => {
  let topology: LabTopology;
  let operator: Operator | null = null;
  let load: Load | null = null;

  beforeAll(async () => {
    topology = await startTopology({ flavour, gtid, tree: '1(2(5,6),3(4),7)' });
  });
  afterAll(() => topology?.close());
  afterEach(async () => {
    await load?.stop().catch(() => undefined);
    await operator?.close();
  });

  it(
    `of ${MOVES} moves under writes leaves all replicating, consistent and configured as before`,
    async () => {
      const before = await allSettings(topology);
      // As the service runs: it goes on polling and would recover what it takes for dead.
      operator = await openOperator(topology, {
        mode: 'continuous',
        config: { ListenAddress: '127.0.0.1:0', RecoverMasterClusterFilters: ['*'], InstancePollSeconds: 1 },
      });
      load = await startLoad(topology.primary);
      const random = randomFrom(SEED);
      const ports = new Map([...topology.servers].map(([number, { port }]) => [port, number]));
      const sources = new Map(
        topology.spec.servers.flatMap(({ port, source }) =>
          source === null ? [] : [[port, topology.server(source).port] as const],
        ),
      );
      const orders = operator;
      const story: string[] = [];
      let moved = 0;
      for (let tries = 0; moved < MOVES && tries < MOST_TRIES; tries += 1) {
        const { kind, server, destination } = nextStep(random, [...topology.servers.keys()]);
        const outcome = await orders.run(kind, server, destination);
        story.push(`${kind} ${server} ${destination ?? ''}: ${sentenceOf(outcome)}`);
        expect(isWhole(outcome), story.slice(-5).join('\n')).toBe(true);
        if (outcome.kind === 'done' && outcome.plan.stages.length > 0) moved += 1;
        follow(sources, outcome);
      }
      expect(moved, story.join('\n')).toBe(MOVES);
      await load.stop();

      const inOrder = [...topology.servers.values()].toSorted((a, b) => a.number - b.number);
      const tree = inOrder.flatMap(({ number, port }) =>
        sources.has(port) ? [`${number}>${ports.get(sources.get(port) ?? 0)}`] : [],
      );
      await expectTree(topology, tree.join(' '));
      await expectSameData(topology, topology.primary);
      await expectWritable(topology, topology.primary.number);
      expect(await allSettings(topology), story.join('\n')).toEqual(before);
      expect(await operator.orchestrator.operations.unfinished()).toEqual([]);
      expect(await operator.orchestrator.recoveries({})).toEqual([]);
      const locked = operator.orchestrator.fleet().records.filter(({ intent }) => intent.inMaintenance);
      expect(locked.map(({ key }) => key.port)).toEqual([]);
      expect(operator.complaints, story.join('\n')).toEqual([]);
    },
    60_000 + MOVES * 3_000,
  );
});
