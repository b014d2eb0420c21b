import { parseArgs } from 'node:util';
import { messageOf, OrchestratorError } from '../../model/error.ts';

/** Options of orchestrator-client; '' where nothing was given. */
export interface ClientOptions {
  readonly command: string;
  readonly instance: string;
  readonly destination: string;
  readonly alias: string;
  readonly owner: string;
  readonly reason: string;
  readonly duration: string;
  readonly promotionRule: string;
  readonly api: string;
  readonly path: string;
  readonly tag: string;
  readonly query: string;
  readonly pool: string;
  readonly hostname: string;
  /** `user:password`. */
  readonly auth: string;
  /** `Name: value`, a header that names the user to a proxy setup. */
  readonly headersAuth: string;
  readonly binlog: string;
  readonly seconds: string;
  readonly pattern: string;
  /** Id of a session. */
  readonly process: string;
  /** Unique id of an operation. */
  readonly uid: string;
  readonly defaultPort: number;
  readonly dryRun: boolean;
  readonly help: boolean;
}

/** Long name → short name and initial value; historic letters. */
const OPTIONS: Readonly<Record<string, { readonly short?: string; readonly initial?: string; readonly doc: string }>> =
  {
    command: { short: 'c', doc: 'command to run' },
    instance: { short: 'i', doc: 'server, host[:port]' },
    destination: { short: 'd', doc: 'destination server, host[:port] (also -s)' },
    sibling: { short: 's', doc: 'the same as -d' },
    alias: { short: 'a', doc: 'cluster alias' },
    owner: { short: 'o', doc: 'who is responsible' },
    reason: { short: 'r', doc: 'why; also the comment of an acknowledgement' },
    duration: { short: 'u', initial: '10m', doc: 'how long, e.g. 10m' },
    'promotion-rule': { short: 'R', initial: 'prefer', doc: 'prefer, neutral, prefer_not or must_not' },
    pool: { short: 'l', doc: 'name of a pool' },
    hostname: { short: 'H', doc: 'host name' },
    api: { short: 'U', doc: 'address of the API, or several separated by blanks (also ORCHESTRATOR_API)' },
    path: { short: 'P', doc: 'path below the API, for the command api' },
    query: { short: 'q', doc: 'statement, for restart-replica-statements' },
    auth: { short: 'b', doc: 'user:password (also ORCHESTRATOR_AUTH_USER, ORCHESTRATOR_AUTH_PASSWORD)' },
    'headers-auth': {
      short: 'e',
      doc: 'header that names the user, "Name: value" (also ORCHESTRATOR_AUTH_USER_HEADER)',
    },
    binlog: { short: 'n', doc: 'binary log file' },
    seconds: { short: 'S', doc: 'seconds, for delay-replication' },
    tag: { short: 't', doc: 'tag, name=value' },
    pattern: { doc: 'regular expression that selects replicas' },
    process: { doc: 'id of a session, for kill-query' },
    uid: { doc: 'unique id of an operation' },
    'default-port': { short: 'D', initial: '3306', doc: 'port of servers named without one' },
  };

/** Options without a value. */
const SWITCHES = ['dry-run', 'help'];

/** `-alias x`, as `orchestrator` takes it too, is no `-a` with the value `lias`; nor is `-dry-run` a destination. */
function withTwoDashes(argument: string): string {
  const name = /^-([a-z][a-z-]+)(?:=|$)/.exec(argument)?.[1];
  return name !== undefined && (Object.hasOwn(OPTIONS, name) || SWITCHES.includes(name)) ? `-${argument}` : argument;
}

/**
 * Reads the arguments (without node and script).
 * @throws OrchestratorError `bad-flag`.
 */
export function parseClientOptions(argv: readonly string[]): ClientOptions {
  const options = {
    ...Object.fromEntries(
      Object.entries(OPTIONS).map(([name, { short }]) => [
        name,
        short === undefined ? { type: 'string' as const } : { type: 'string' as const, short },
      ]),
    ),
    'dry-run': { type: 'boolean' as const },
    help: { type: 'boolean' as const, short: 'h' },
  };
  let values: Readonly<Record<string, unknown>>;
  let words: readonly string[];
  try {
    const parsed = parseArgs({ args: argv.map(withTwoDashes), options, allowPositionals: true, strict: true });
    values = parsed.values;
    words = parsed.positionals;
  } catch (thrown) {
    throw new OrchestratorError('bad-flag', messageOf(thrown), { cause: thrown });
  }
  const value = (name: string): string => String(values[name] ?? OPTIONS[name]?.initial ?? '');
  const defaultPort = Number(value('default-port'));
  if (!Number.isInteger(defaultPort) || defaultPort < 1 || defaultPort > 65535) {
    throw new OrchestratorError('bad-flag', `-D ${value('default-port')} is not a port; write e.g. -D 3306`);
  }
  return {
    command: value('command') === '' ? (words[0] ?? '') : value('command'),
    instance: value('instance'),
    destination: value('destination') === '' ? value('sibling') : value('destination'),
    alias: value('alias'),
    owner: value('owner'),
    reason: value('reason'),
    duration: value('duration'),
    promotionRule: value('promotion-rule'),
    api: value('api'),
    path: value('path'),
    tag: value('tag'),
    query: value('query'),
    pool: value('pool'),
    hostname: value('hostname'),
    auth: value('auth'),
    headersAuth: value('headers-auth'),
    binlog: value('binlog'),
    seconds: value('seconds'),
    pattern: value('pattern'),
    process: value('process'),
    uid: value('uid'),
    defaultPort,
    dryRun: values['dry-run'] === true,
    help: values.help === true,
  };
}

/** The options, for people. */
export const optionsHelp = (): string =>
  Object.entries(OPTIONS)
    .map(([name, { short, doc, initial }]) => {
      const default_ = initial === undefined ? '' : ` (default ${initial})`;
      const letter = short === undefined ? '    ' : `-${short}, `;
      return `  ${letter}${`--${name} <text>`.padEnd(26)}${doc}${default_}`;
    })
    .concat(`      ${'--dry-run'.padEnd(26)}only say what would be done, change nothing`)
    .join('\n')
    .concat('\n');
