import type { Orchestrator } from '../engine/use-cases.ts';
import { OrchestratorError } from '../model/error.ts';
import { findCommand } from './commands/index.ts';
import type { CliDeps, CliSettings } from './deps.ts';
import { parseArguments } from './parse.ts';
import { runCli } from './run.ts';
import { needsAuthorization, servedCommand } from './served.ts';

/** A command of the command line that a running program is asked to run. */
export interface ServedCommand {
  /** Arguments as on the command line. */
  readonly argv: readonly string[];
  /** Host and unix user of whoever typed it: what is meant when no -i, and no -owner, is given. */
  readonly hostname: string;
  readonly username: string;
  /** reading: what needs no authorization. all: any. dry-run: any, none of which changes anything. */
  readonly may: 'reading' | 'all' | 'dry-run';
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ServeCommandDeps {
  readonly orchestrator: Orchestrator;
  readonly settings: CliSettings;
  readonly version: string;
  readonly now: () => number;
}

/**
 * Runs a command on the engine of a running program, as `orchestrator -c` runs it on the backend.
 * @throws OrchestratorError `command-not-served` for what is no command on servers, or changes something where it may not.
 */
export async function serveCommand(request: ServedCommand, deps: ServeCommandDeps): Promise<CommandResult> {
  const { flags } = parseArguments(request.argv);
  const command = servedCommand(findCommand(flags.command));
  if (command === null)
    throw new OrchestratorError(
      'command-not-served',
      `"${flags.command}" is no command that a running program answers; unset ORCHESTRATOR_API, or give --config`,
    );
  if (request.may === 'reading' && needsAuthorization(command, flags.dryRun || flags.noop))
    throw new OrchestratorError('command-not-served', `${command.name} needs authorization; ask command-action for it`);
  let stdout = '';
  let stderr = '';
  const engine: Orchestrator = { ...deps.orchestrator, close: async () => undefined };
  const refuse = (): never => {
    throw new OrchestratorError('command-not-served', `${command.name} is not answered here`);
  };
  const cliDeps: CliDeps = {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    now: deps.now,
    hostname: request.hostname,
    username: request.username,
    version: { version: deps.version, gitCommit: '' },
    loadConfig: async () => ({ ...deps.settings, raftEnabled: false }),
    open: async () => engine,
    openReading: async () => engine,
    startContinuous: refuse,
    resolveAddress: refuse,
    startHttp: refuse,
    throughApi: null,
  };
  // Whatever the arguments hold: what is asked for as a dry run is one, and our stacks are nobody else's business.
  const decided = { stack: false, ...(request.may === 'dry-run' ? { dryRun: true } : {}) };
  const exitCode = await runCli(request.argv, cliDeps, decided);
  return { exitCode, stdout, stderr };
}
