import { type LabTopology, startTopology } from '../../../lab/index.ts';
import { waitDiscovered } from '../../support/checks.ts';
import { type Program, startProgram } from '../../support/program.ts';
import { readTranscript } from './transcript.ts';
import type { Cast } from './translate.ts';

/** The four servers of the recordings, a chain of three and a replica beside it, by their recorded ports and uuids. */
const RECORDED: readonly (readonly [number: number, port: number, uuid: string])[] = [
  [1, 10100, 'e9ba0dc7-e566-11f1-ad12-02fc00000001'],
  [2, 10101, 'eaca199e-e566-11f1-9ed5-02fc00000001'],
  [3, 10102, 'eaa5d843-e566-11f1-bc53-02fc00000001'],
  [4, 10103, 'eabc0890-e566-11f1-83f5-02fc00000001'],
];

/** Where the hooks of the recorded program wrote to, and a place that is nobody's folder on any machine: whether they fail must not depend on it. */
const HOOKS_WROTE_TO = '/var/lib/orchestrator/';
const NO_FOLDER = '/dev/null/';

/** The whole configuration of the recorded program, as it printed it itself; without the keys that belong to its machine. */
function recordedConfig(): Record<string, unknown> {
  const printed = readTranscript('cli').find(({ line }) => line.startsWith('-c dump-config'));
  const ownOnes = ['ListenAddress', 'SQLite3DataFile', 'MySQLTopologyUser', 'MySQLTopologyPassword'];
  const output = (printed?.output ?? '{}').replaceAll(HOOKS_WROTE_TO, NO_FOLDER);
  const all = Object.entries(JSON.parse(output) as Record<string, unknown>);
  return Object.fromEntries(all.filter(([key]) => !ownOnes.includes(key)));
}

export interface Scene {
  readonly program: Program;
  readonly cast: Cast;
  close(): Promise<void>;
}

/** Real MySQL 9.7 servers in the recorded shape and state, and a running program that has read them all. */
export async function openScene(): Promise<Scene> {
  const topology = await startTopology({
    flavour: 'mysql-9.7',
    tree: '1(2,3(4))',
    settings: ['--log-bin=bin', '--relay-log=relay'],
  });
  let program: Program | undefined;
  try {
    const cast = await intoRecordedState(topology);
    program = await startProgram({ seeds: [], config: recordedConfig() });
    await program.api(`discover/127.0.0.1/${topology.primary.port}`);
    await waitDiscovered(program, topology);
    const { close } = program;
    return {
      program,
      cast,
      close: async () => {
        await close();
        await topology.close();
      },
    };
  } catch (thrown) {
    await program?.close();
    await topology.close();
    throw thrown;
  }
}

async function intoRecordedState(topology: LabTopology): Promise<Cast> {
  const ports = new Map<number, number>();
  const uuids = new Map<string, string>();
  // The recorded primary had executed two transactions.
  await topology.primary.query('CREATE DATABASE demo');
  await topology.primary.query('DROP DATABASE demo');
  for (const [number, port, uuid] of RECORDED) {
    const server = topology.server(number);
    ports.set(server.port, port);
    uuids.set(String((await server.query('SELECT @@global.server_uuid AS uuid'))[0]?.uuid), uuid);
    if (number === 1) continue;
    await server.query('STOP REPLICA');
    await server.query('CHANGE REPLICATION SOURCE TO GET_SOURCE_PUBLIC_KEY = 0');
    await server.query('START REPLICA');
    await waitExecuted(topology, number);
  }
  return { ports, uuids, version: { real: topology.version, recorded: '9.7.4-2' } };
}

async function waitExecuted(topology: LabTopology, number: number): Promise<void> {
  await topology.waitReplicating(number);
  const [row] = await topology.primary.query('SELECT @@global.gtid_executed AS gtids');
  await topology.server(number).query('SELECT WAIT_FOR_EXECUTED_GTID_SET(?, 30)', [String(row?.gtids)]);
}
