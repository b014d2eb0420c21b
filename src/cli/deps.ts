import type { Orchestrator, Reading } from '../engine/use-cases.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import type { FreshnessSettings } from '../model/server-record.ts';
import type { ProgramFlags } from './flags.ts';
import type { ThroughApi } from './through-api.ts';

/** What the commands read of the configuration. */
export interface CliSettings extends FreshnessSettings {
  readonly reasonableReplicationLagSeconds: number;
  readonly defaultInstancePort: number;
  /** RaftEnabled: then the program that serves HTTP decides, and commands are refused unless told otherwise. */
  readonly raftEnabled: boolean;
  /** The effective configuration as one line of JSON, secrets hidden; what dump-config prints. */
  readonly configurationJson: string;
}

/** Everything the command line needs from the rest of the program; main.ts hands it in, and tests hand in fakes. */
export interface CliDeps {
  /** Prints text as it is; lines bring their own line ends. */
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** This machine's name: the server meant when no -i is given. */
  readonly hostname: string;
  /** Unix user: who acknowledges and who owns a downtime when no -owner is given. */
  readonly username: string;
  readonly version: { readonly version: string; readonly gitCommit: string };
  /** Reads the configuration. @throws OrchestratorError with what is wrong in it. */
  readonly loadConfig: (flags: ProgramFlags) => Promise<CliSettings>;
  /** Opens backend and servers for one command; closed by runCli. Called only by commands that need it. */
  readonly open: (flags: ProgramFlags) => Promise<Orchestrator>;
  /** Opens the backend for one command that only reads; closed by runCli. */
  readonly openReading: (flags: ProgramFlags) => Promise<Reading & { close(): Promise<void> }>;
  /** Polls and recovers, without HTTP, until the program is told to stop. @returns the exit code. */
  readonly startContinuous: (flags: ProgramFlags) => Promise<number>;
  /** Makes sure that somebody listens there, then looks up the canonical name. @throws OrchestratorError naming the server. */
  readonly resolveAddress: (key: InstanceKey) => Promise<InstanceKey>;
  /** Runs commands on servers through a running program (ORCHESTRATOR_API); null: on the backend. An explicit --config wins. */
  readonly throughApi: ThroughApi | null;
  /** Serves HTTP until the program is told to stop. @returns the exit code. */
  readonly startHttp: (flags: ProgramFlags) => Promise<number>;
}
