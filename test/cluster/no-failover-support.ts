import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Flavour, LabServer, LabTopology, TopologyOptions } from '../../lab/index.ts';
import { startTopology } from '../../lab/index.ts';
import { type Program, startProgram } from '../support/program.ts';

interface Explanation {
  readonly clusterName: string;
  readonly verdict: string;
  readonly sentence: string;
}

interface ApiInstance {
  readonly IsLastCheckValid: boolean;
  readonly ReplicationIOThreadRuning: boolean;
}

/** One topology `1(2,3)` and a program that has seen all of it. */
export interface Scene {
  readonly topology: LabTopology;
  readonly program: Program;
  /** "host:port" of the primary, which is the cluster's name too. */
  readonly cluster: string;
}

export const TREE = '1(2,3)';
export const keyOf = (server: LabServer): string => `${server.host}:${server.port}`;
export const pathOf = (server: LabServer): string => `${server.host}/${server.port}`;

/** A topology whose replicas reach each other and the primary as the options say. */
export const openScene = async (
  flavour: Flavour,
  options: Partial<TopologyOptions> & { readonly config?: Readonly<Record<string, unknown>> } = {},
): Promise<Scene> => {
  const { config, ...rest } = options;
  const topology = await startTopology({ flavour, tree: TREE, ...rest });
  try {
    return { topology, program: await watch(topology, config), cluster: keyOf(topology.primary) };
  } catch (thrown) {
    await topology.close();
    throw thrown;
  }
};

export async function closeScene(scene: Scene | undefined): Promise<void> {
  await scene?.program.close();
  await scene?.topology.close();
}

/** A program of its own for a topology, after it has read every server of it. */
export async function watch(topology: LabTopology, config: Readonly<Record<string, unknown>> = {}): Promise<Program> {
  const program = await startProgram({ seeds: [keyOf(topology.primary)], config });
  await seesAll(program, topology);
  return program;
}

/** Waits until the program has a valid reading of every server of the topology, all in one cluster. */
export async function seesAll(program: Program, topology: LabTopology): Promise<void> {
  await program.waitFor('all servers to be seen', async () => {
    const members = await program.api<readonly ApiInstance[]>(`cluster/${keyOf(topology.primary)}`);
    return members.length === topology.servers.size && members.every((member) => member.IsLastCheckValid);
  });
}

/** What must not change when nothing is to be done: who follows whom, how, who may be written, and which rows are there. */
export async function stateOf(topology: LabTopology): Promise<readonly unknown[]> {
  return Promise.all(
    [...topology.servers.values()].map(async (server) => {
      const status = (await server.replicaStatus()) ?? {};
      const pick = (...names: readonly string[]) => names.map((name) => status[name]).find((value) => value != null);
      const [row] = await server.query('SELECT @@global.read_only AS ro, @@global.server_id AS id');
      return {
        server: server.number,
        isReadOnly: Number(row?.ro),
        source: `${pick('Source_Host', 'Master_Host') ?? ''}:${pick('Source_Port', 'Master_Port') ?? ''}`,
        user: pick('Source_User', 'Master_User'),
        retry: pick('Connect_Retry'),
        gtid: pick('Auto_Position', 'Using_Gtid'),
        receiver: pick('Replica_IO_Running', 'Slave_IO_Running'),
        applier: pick('Replica_SQL_Running', 'Slave_SQL_Running'),
      };
    }),
  );
}

/** All explanations of the API, whichever cluster they are about. */
export const explanations = (program: Program): Promise<readonly Explanation[]> => program.api('explanations');

/** Waits until the API explains this cluster with a sentence that matches; gives the sentence. */
export const explained = (scene: Scene, words: RegExp, deadlineMs = 20_000): Promise<string> =>
  explainedBy(scene.program, scene.cluster, words, deadlineMs);

export async function explainedBy(
  program: Program,
  cluster: string,
  words: RegExp,
  deadlineMs = 20_000,
): Promise<string> {
  return program.waitFor(
    `an explanation of ${cluster} that matches ${words}`,
    async () => {
      const mine = (await explanations(program)).find(({ clusterName }) => clusterName === cluster);
      return mine !== undefined && words.test(mine.sentence) ? mine.sentence : null;
    },
    deadlineMs,
  );
}

/** What the program suspected and decided since a moment (a length of its log). */
export function decisionsSince(
  program: Program,
  mark: number,
): { readonly suspected: number; readonly said: string[] } {
  const lines = program.log().slice(mark);
  return {
    suspected: lines.filter(({ msg }) => msg === 'primary suspected').length,
    said: lines.flatMap(({ msg, sentence }) => (msg === 'decision' ? [String(sentence)] : [])),
  };
}

/** Either the primary was never suspected since `mark`, or a sentence says why nothing was done. */
export async function expectExplainedOrUnsuspected(program: Program, mark: number, words: RegExp): Promise<void> {
  const explained = async (): Promise<boolean> => {
    const { suspected, said } = decisionsSince(program, mark);
    if (suspected === 0 || words.test(said.join('\n'))) return true;
    // What was the sentence before already is not said once more, and stands.
    return (await explanations(program)).some(({ sentence }) => words.test(sentence));
  };
  // A suspicion that begins as we look has its sentence a moment later.
  await program.waitFor(`a sentence like ${words}`, explained);
  const { said } = decisionsSince(program, mark);
  expect(said.filter((sentence) => /^Replacing|replaced/.test(sentence))).toEqual([]);
}

/** No recovery, no detection of a dead primary acted upon, and the primary takes writes. */
export async function expectNoRecovery(scene: Scene): Promise<void> {
  expect(await scene.program.api('audit-recovery')).toEqual([]);
  expect(await scene.program.api('deposed-primaries')).toEqual([]);
}

/** Waits until the program has no suspicion left: its latest word on the cluster is that the primary answers, or none. */
export async function calm({ program, cluster }: Scene): Promise<void> {
  await program.waitFor('the suspicion to end', async () => {
    const mine = (await explanations(program)).find(({ clusterName }) => clusterName === cluster);
    if (mine !== undefined && mine.verdict !== 'healthy') return false;
    const lines = program.log().filter(({ msg }) => /^(primary suspected|suspicion over)/.test(String(msg)));
    return lines.at(-1)?.msg !== 'primary suspected';
  });
}

/**
 * Runs a fault and takes it back, and demands: no recovery, the same topology as before, a writable primary, and an
 * explanation matching `words` if the primary was suspected at all.
 */
export async function expectQuiet(scene: Scene, words: RegExp, fault: () => Promise<void>): Promise<void> {
  const { topology, program } = scene;
  const before = await stateOf(topology);
  const mark = program.log().length;
  await fault();
  await calm(scene);
  await scene.program.waitFor('the topology to be as before', async () => {
    return JSON.stringify(await stateOf(topology)) === JSON.stringify(before);
  });
  await topology.primary.query('INSERT INTO app.t SELECT COALESCE(MAX(id), 0) + 1, ?, ? FROM app.t', ['quiet', '']);
  await Promise.all([2, 3].map((number) => topology.waitCaughtUp(number)));
  await expectNoRecovery(scene);
  await expectExplainedOrUnsuspected(program, mark, words);
}

/** Stands for "nothing happens for this long"; used only where a wrong reaction would need the time to show itself. */
export const watchFor = (ms: number): Promise<void> => sleep(ms);
