/** One flag of the command line. Names are historic; every flag is accepted with one dash or two. */
export interface FlagDefinition {
  readonly name: string;
  readonly kind: 'text' | 'boolean';
  readonly initial: string | boolean;
  readonly doc: string;
  /** Name in ProgramFlags. */
  readonly key: keyof ProgramFlags;
}

/** The flags as the program sees them. */
export interface ProgramFlags {
  /** '' = search the usual places. */
  readonly config: string;
  readonly command: string;
  readonly strict: boolean;
  readonly instance: string;
  readonly sibling: string;
  readonly destination: string;
  readonly owner: string;
  readonly reason: string;
  readonly duration: string;
  readonly pattern: string;
  readonly alias: string;
  readonly pool: string;
  readonly hostname: string;
  readonly discovery: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly debug: boolean;
  readonly stack: boolean;
  readonly skipBinlogSearch: boolean;
  readonly skipUnresolve: boolean;
  readonly skipUnresolveCheck: boolean;
  readonly noop: boolean;
  readonly dryRun: boolean;
  readonly binlog: string;
  readonly statement: string;
  readonly grabElection: boolean;
  readonly promotionRule: string;
  readonly version: boolean;
  readonly skipContinuousRegistration: boolean;
  readonly enableDatabaseUpdate: boolean;
  readonly ignoreRaftSetup: boolean;
  readonly tag: string;
  readonly uid: string;
  readonly process: string;
  readonly help: boolean;
}

const text = (name: string, key: keyof ProgramFlags, doc: string, initial = ''): FlagDefinition => ({
  name,
  key,
  kind: 'text',
  initial,
  doc,
});
const boolean = (name: string, key: keyof ProgramFlags, doc: string, initial = false): FlagDefinition => ({
  name,
  key,
  kind: 'boolean',
  initial,
  doc,
});

/** All flags, in the order the help prints them. */
export const FLAGS: readonly FlagDefinition[] = [
  text('c', 'command', 'command to run'),
  text('i', 'instance', 'server, host[:port]; a list is separated by commas or blanks'),
  text('d', 'destination', 'destination server, host[:port]'),
  text('s', 'sibling', 'the same as -d'),
  text('alias', 'alias', 'cluster alias'),
  text('config', 'config', 'configuration file; otherwise the usual places are searched'),
  text('owner', 'owner', 'who is responsible (maintenance, downtime, acknowledgement)'),
  text('reason', 'reason', 'why (maintenance, downtime), or the comment of an acknowledgement'),
  text('duration', 'duration', 'how long, e.g. 59s, 59m, 23h, 6d, 4w'),
  text('pattern', 'pattern', 'regular expression that selects servers'),
  text('tag', 'tag', 'tag, name=value'),
  text('pool', 'pool', 'name of a pool'),
  text('hostname', 'hostname', 'host name, for commands about names'),
  text('promotion-rule', 'promotionRule', 'prefer, neutral, prefer_not or must_not', 'prefer'),
  text('binlog', 'binlog', 'binary log file, or file:position'),
  text('process', 'process', 'id of a session, for kill-query'),
  text('uid', 'uid', 'unique id of an operation'),
  text('statement', 'statement', 'statement to run between stopping and starting replication'),
  boolean('dry-run', 'dryRun', 'only print what would be done, change nothing'),
  boolean('noop', 'noop', 'the same as --dry-run (historic name)'),
  boolean('strict', 'strict', 'be strict: unknown configuration keys are errors; stricter Pseudo-GTID checks'),
  boolean(
    'discovery',
    'discovery',
    'http: poll the servers and recover; false only shows what other processes write',
    true,
  ),
  boolean('grab-election', 'grabElection', 'http: take the lead at start'),
  boolean('quiet', 'quiet', 'log errors only'),
  boolean('verbose', 'verbose', 'log what happens'),
  boolean('debug', 'debug', 'log everything'),
  boolean('stack', 'stack', 'log stack traces with errors'),
  boolean('skip-binlog-search', 'skipBinlogSearch', 'Pseudo-GTID: search relay logs only'),
  boolean(
    'skip-unresolve',
    'skipUnresolve',
    'set a source by the name it is known by here, not by its registered virtual name',
  ),
  boolean(
    'skip-unresolve-check',
    'skipUnresolveCheck',
    'use virtual names without making sure that they lead to their servers',
  ),
  boolean(
    'skip-continuous-registration',
    'skipContinuousRegistration',
    'no effect: single commands never register as a node',
  ),
  boolean(
    'enable-database-update',
    'enableDatabaseUpdate',
    'update the backend schema even if the configuration forbids it',
  ),
  boolean('ignore-raft-setup', 'ignoreRaftSetup', 'run commands although RaftEnabled is on'),
  boolean('version', 'version', 'print the version and end'),
  boolean('help', 'help', 'print this and end'),
];

/** Both `-s` and `-d` name the destination. */
export const destinationOf = (flags: ProgramFlags): string =>
  flags.destination === '' ? flags.sibling : flags.destination;
