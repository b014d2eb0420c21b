import { afterAll, afterEach, beforeAll } from 'vitest';
import { type LabServer, type LabTopology, startTopology, type TopologyOptions } from '../../lab/index.ts';
import { type InstanceLike, waitDiscovered } from './checks.ts';
import { type Program, startProgram } from './program.ts';

/** Servers and a program for the tests of one `describe`: the servers are started once, the program for each test. */
export interface Scene {
  readonly topology: LabTopology;
  readonly program: Program;
  /** Resets the servers, starts a program on them and waits until it knows them all. */
  start(config?: Readonly<Record<string, unknown>>): Promise<Program>;
  server(number: number): LabServer;
  /** All servers but these. */
  others(...without: readonly LabServer[]): readonly LabServer[];
}

/** Registers the hooks of a `describe`; a failed test prints what the program had decided. */
export function useScene(options: TopologyOptions): Scene {
  let topology: LabTopology | null = null;
  let program: Program | null = null;
  let wasUsed = false;

  beforeAll(async () => {
    topology = await startTopology(options);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail' && program !== null) tell(program);
    await program?.close();
    program = null;
  });
  afterAll(async () => {
    await topology?.close();
  });

  const scene: Scene = {
    get topology() {
      if (topology === null) throw new Error('the servers are not up');
      return topology;
    },
    get program() {
      if (program === null) throw new Error('the program does not run; call start()');
      return program;
    },
    async start(config = {}) {
      if (wasUsed) await scene.topology.reset();
      wasUsed = true;
      program = await startProgram({ seeds: [`127.0.0.1:${scene.topology.primary.port}`], config });
      await waitDiscovered(program, scene.topology);
      return program;
    },
    server: (number) => scene.topology.server(number),
    others: (...without) => [...scene.topology.servers.values()].filter((one) => !without.includes(one)),
  };
  return scene;
}

/** Waits until every server is known to use Pseudo-GTID (AutoPseudoGTID). */
export async function waitMarked(program: Program, topology: LabTopology): Promise<void> {
  await program.waitFor('all servers to have Pseudo-GTID entries', async () => {
    const all = await program.api<(InstanceLike & { UsingPseudoGTID: boolean })[]>(
      `cluster/127.0.0.1:${topology.primary.port}`,
    );
    return all.length === topology.servers.size && all.every(({ UsingPseudoGTID }) => UsingPseudoGTID);
  });
}

function tell(program: Program): void {
  const told = program.log().filter(({ level }) => level !== 'debug');
  console.log(
    told
      .slice(-120)
      .map((line) => JSON.stringify(line))
      .join('\n'),
  );
}
