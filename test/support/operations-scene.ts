import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { type LabServer, type LabTopology, startTopology, type TopologyOptions } from '../../lab/index.ts';
import { type Operator, type OperatorOptions, openOperator } from './operations.ts';
import { expectSameData, expectTree, expectWritable } from './operations-checks.ts';
import { type Load, type LoadOptions, startLoad } from './operations-load.ts';

/** One topology for the tests of a block, in its first state before each; an operator and, where wanted, writes on the primary. */
export interface OperationsScene {
  readonly topology: LabTopology;
  readonly operator: Operator;
  server(number: number): LabServer;
  /** Begins to write on a server; default the primary. Ends with the test, or with settle(). */
  write(options?: LoadOptions, server?: LabServer): Promise<Load>;
  /** Waits until every writer has written so many more rounds. */
  progress(count?: number): Promise<void>;
  /**
   * No more writes: the tree is this one (as treeOf writes it), everybody in it replicates and holds the rows of `primary`, which
   * alone takes writes; no operation is left over and no server locked.
   */
  settle(tree: string, primary?: number): Promise<void>;
  stopWrites(): Promise<void>;
}

/** Registers the hooks; the values are there while a test runs. */
export function useOperationsScene(options: TopologyOptions, operatorOptions: OperatorOptions = {}): OperationsScene {
  let topology: LabTopology | null = null;
  let operator: Operator | null = null;
  let loads: Load[] = [];

  beforeAll(async () => {
    topology = await startTopology(options);
  });
  afterAll(() => topology?.close());
  beforeEach(async () => {
    operator = await openOperator(scene.topology, operatorOptions);
  });
  afterEach(async () => {
    await Promise.allSettled(loads.map((load) => load.stop()));
    loads = [];
    await operator?.close();
    operator = null;
    await topology?.reset();
  });

  const scene: OperationsScene = {
    get topology() {
      if (topology === null) throw new Error('the topology is not up');
      return topology;
    },
    get operator() {
      if (operator === null) throw new Error('there is an operator only while a test runs');
      return operator;
    },
    server: (number) => scene.topology.server(number),
    async write(loadOptions = {}, server = scene.topology.primary) {
      const load = await startLoad(server, loadOptions);
      loads.push(load);
      return load;
    },
    async progress(count = 5) {
      const before = loads.map((load) => load.rounds());
      await expect
        .poll(() => loads.every((load, index) => load.rounds() >= (before[index] ?? 0) + count), { timeout: 20_000 })
        .toBe(true);
    },
    async stopWrites() {
      const ending = loads;
      loads = [];
      await Promise.all(ending.map((load) => load.stop()));
    },
    async settle(tree, primary = scene.topology.primary.number) {
      await scene.stopWrites();
      await expectTree(scene.topology, tree);
      await expectSameData(scene.topology, scene.server(primary));
      await expectWritable(scene.topology, primary);
      await expectNothingLeft(scene.operator);
    },
  };
  return scene;
}

/** No operation is unfinished, no server locked, and the engine had nothing to complain of. */
export async function expectNothingLeft(operator: Operator): Promise<void> {
  expect(await operator.orchestrator.operations.unfinished()).toEqual([]);
  const locked = operator.orchestrator.fleet().records.filter(({ intent }) => intent.inMaintenance);
  expect(locked.map(({ key }) => key.port)).toEqual([]);
  expect(operator.complaints).toEqual([]);
}
