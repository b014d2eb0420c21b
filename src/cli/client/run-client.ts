import { messageOf, OrchestratorError } from '../../model/error.ts';
import { didYouMean } from '../suggest.ts';
import { type ApiClient, type ApiClientDeps, ApiRefusal, apiUrl, chooseApi, createApiClient } from './api.ts';
import type { ClientCommand } from './command.ts';
import { recoveryCommands, serverCommands } from './commands-action.ts';
import { informationCommands } from './commands-information.ts';
import { operationCommands } from './commands-operation.ts';
import type { ClientEnvironment } from './environment.ts';
import { asText } from './json.ts';
import { loginHeaders } from './login.ts';
import { type ClientOptions, optionsHelp, parseClientOptions } from './options.ts';

export interface ClientDeps extends ApiClientDeps {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly environment: ClientEnvironment;
  /** Unix user: the owner when no -o is given. */
  readonly username: string;
  /** Process id, shown in messages as the historic client did. */
  readonly pid: number;
}

/** Commands of the client itself. */
const OWN_COMMANDS: readonly ClientCommand[] = [
  {
    name: 'which-api',
    synonyms: [],
    mutates: false,
    description: 'the address in use',
    run: async ({ api }) => [api.baseUrl],
  },
  {
    name: 'api',
    synonyms: [],
    mutates: false,
    description: 'asks for the path of -P and prints the answer as it is, also a refusal',
    printsRefusals: true,
    run: async ({ api, options }) => [asIs(await api.text(options.path.replace(/^\//, '')))],
  },
];

/** An answer without the ends of lines that may follow it, as a shell takes it. */
const asIs = (text: string): string => text.replace(/\n+$/, '');

/** All commands of the client. */
export const CLIENT_COMMANDS: readonly ClientCommand[] = [
  ...OWN_COMMANDS,
  ...informationCommands,
  ...operationCommands,
  ...serverCommands,
  ...recoveryCommands,
];

const DEFAULT_API = 'http://localhost:3000';

/**
 * Runs orchestrator-client with these arguments (without node and script).
 * @returns the exit code: 0, or 1 with the reason on standard error.
 */
export async function runClient(argv: readonly string[], deps: ClientDeps): Promise<number> {
  try {
    const options = completed(parseClientOptions(argv), deps);
    if (options.help || options.command === 'help' || options.command === '') {
      deps.stdout(helpText());
      return 0;
    }
    return await run(options, deps);
  } catch (thrown) {
    deps.stderr(`${messageOf(thrown)}\n`);
    if (thrown instanceof ApiRefusal && thrown.details !== null && thrown.details !== undefined) {
      deps.stdout(`${asText(thrown.details)}\n`);
    }
    return 1;
  }
}

async function run(options: ClientOptions, deps: ClientDeps): Promise<number> {
  // Historic: the first "slave" of a name is read as "replica"; enslave-… is a name of its own.
  const names = [options.command, options.command.replace('slave', 'replica')];
  const command = CLIENT_COMMANDS.find((one) => names.some((name) => one.name === name || one.synonyms.includes(name)));
  if (command === undefined) {
    const hint = didYouMean(
      names[1] ?? '',
      CLIENT_COMMANDS.map((one) => one.name),
    );
    const question = hint === null ? '' : `; did you mean ${hint}?`;
    deps.stderr(`orchestrator-client[${deps.pid}]: Unsupported command ${options.command}${question}\n`);
    return 1;
  }
  if (options.dryRun && command.name === 'api') {
    throw new OrchestratorError('bad-flag', '--dry-run does not go with -c api; put ?dryRun=true into the path');
  }
  const api = await connect(options, deps);
  try {
    for (const line of await command.run({ api, options })) deps.stdout(`${line}\n`);
    return 0;
  } catch (thrown) {
    if (command.printsRefusals !== true || !(thrown instanceof ApiRefusal)) throw thrown;
    deps.stderr(`${thrown.message}\n`);
    deps.stdout(`${asIs(thrown.text)}\n`);
    return 1;
  }
}

async function connect(options: ClientOptions, deps: ClientDeps): Promise<ApiClient> {
  const given = options.api === '' ? deps.environment.api : options.api;
  const addresses = (given === '' ? DEFAULT_API : given).split(/\s+/).filter((one) => one !== '');
  const headers = loginHeaders(options, deps.environment);
  const baseUrl = await chooseApi(addresses, headers, deps);
  return createApiClient(apiUrl(baseUrl), headers, deps);
}

/** Options win over the environment. A server without -i is that of ORCHESTRATOR_INSTANCE. */
const completed = (options: ClientOptions, deps: ClientDeps): ClientOptions => ({
  ...options,
  instance: options.instance === '' ? deps.environment.instance : options.instance,
  owner: options.owner === '' ? deps.username : options.owner,
});

function helpText(): string {
  const width = Math.max(...CLIENT_COMMANDS.map((command) => command.name.length)) + 2;
  const commands = CLIENT_COMMANDS.map((command) => `  ${command.name.padEnd(width)}${command.description}`);
  return `Usage: orchestrator-client -c <command> [options] (long ones with one dash or two)\n\n${optionsHelp()}\nCommands:\n${commands.join('\n')}\n`;
}
