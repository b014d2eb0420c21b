import { historicTimestamp } from '../legacy/go-time.ts';
import { historicMessage } from '../legacy/logged-message.ts';
import { messageOf, OrchestratorError } from '../model/error.ts';
import { findCommand } from './commands/index.ts';
import type { CliDeps } from './deps.ts';
import type { ProgramFlags } from './flags.ts';
import { commandHint, commandListing, fullHelp, introText, topicHelp } from './help.ts';
import { parseArguments } from './parse.ts';
import { remedyOf } from './remedies.ts';
import { needsAuthorization, servedCommand } from './served.ts';
import { failWithoutInstance } from './targets.ts';

/**
 * Runs the program with these arguments (without node and script).
 * `decided`: flags that hold whatever the arguments say.
 * @returns the exit code: 0, 1 for a failure, 2 for flags that make no sense. Never throws for what a person did wrong.
 */
export async function runCli(
  argv: readonly string[],
  deps: CliDeps,
  decided: Partial<ProgramFlags> = {},
): Promise<number> {
  let parsed: Parsed;
  try {
    const { flags, ...others } = parseArguments(argv);
    parsed = { flags: { ...flags, ...decided }, ...others };
  } catch (thrown) {
    deps.stderr(`${messageOf(thrown)}\nRun "orchestrator help" for all options.\n`);
    return 2;
  }
  try {
    return await dispatch(parsed, argv, deps);
  } catch (thrown) {
    return fatal(thrown, deps, parsed.flags.stack);
  }
}

/** `http --discovery false` and `http orchestrator.conf.json` would otherwise quietly mean what they do not say. */
const HTTP_WORD_HINT = 'A switch is set with --name=false, a configuration file named with --config <file>.';

/** One line on standard error as the historic log wrote it, with --stack where it comes from below, and exit code 1. */
function fatal(thrown: unknown, deps: CliDeps, withStack = false): number {
  const nowMs = deps.now();
  const said = `${historicMessage(thrown, nowMs)}${remedyOf(messageOf(thrown))}`;
  deps.stderr(`${historicTimestamp(nowMs)} FATAL ${said}\n`);
  const frames = withStack && thrown instanceof Error ? (thrown.stack?.match(/^ +at .*$/gm) ?? []) : [];
  if (frames.length > 0) deps.stderr(`${frames.join('\n')}\n`);
  return 1;
}

type Parsed = ReturnType<typeof parseArguments>;

async function dispatch({ flags, words, given }: Parsed, argv: readonly string[], deps: CliDeps): Promise<number> {
  const [word, topic] = words;
  if (flags.version) return say(deps, `${deps.version.version}\n${deps.version.gitCommit}\n`);
  if (word === 'help') return help(topic, deps);
  if (flags.help) return flags.command === '' ? say(deps, fullHelp()) : help(flags.command, deps);
  if (word === 'http') {
    if (topic !== undefined) deps.stderr(`"${topic}" is ignored: no word follows http. ${HTTP_WORD_HINT}\n`);
    return deps.startHttp(flags);
  }
  if (word !== undefined && word !== 'cli') {
    const hint = findCommand(word) === null ? '' : ` To run the command, write: orchestrator -c ${word}`;
    deps.stderr(`Unknown word "${word}": it should be http, cli or help.${hint}\n\n${introText()}`);
    return 1;
  }
  if (flags.command === '' && word === undefined) return say(deps, introText());
  return runCommand({ flags, given }, argv, deps);
}

function say(deps: CliDeps, text: string): number {
  deps.stdout(text);
  return 0;
}

function help(topic: string | undefined, deps: CliDeps): number {
  if (topic === undefined) return say(deps, fullHelp());
  const text = topicHelp(topic);
  if (text !== null) return say(deps, text);
  deps.stderr(`No help on "${topic}".${commandHint(topic)} Commands:\n${commandListing()}`);
  return 1;
}

async function runCommand(
  { flags, given }: Pick<Parsed, 'flags' | 'given'>,
  argv: readonly string[],
  deps: CliDeps,
): Promise<number> {
  if (flags.command === '') throw new OrchestratorError('no-command', 'No command given; write -c <command>');
  if (flags.command === 'help') return say(deps, fullHelp());
  if (flags.sibling !== '' && flags.destination !== '') {
    throw new OrchestratorError('two-destinations', '-s and -d are synonyms, yet both were specified; give only one');
  }
  const command = findCommand(flags.command);
  if (command === null) {
    const hint = commandHint(flags.command);
    const code = fatal(new Error(`Unknown command: "${flags.command}".${hint} Available commands (-c):`), deps);
    deps.stderr(commandListing());
    return code;
  }
  if (command.needs === 'program') return command.run(flags, deps);
  const served = servedCommand(command);
  if (served !== null && deps.throughApi !== null && flags.config === '') {
    const { hostname, username } = deps;
    const guarded = needsAuthorization(served, flags.dryRun || flags.noop);
    const { exitCode, stdout, stderr } = await deps.throughApi({
      argv,
      needsAuthorization: guarded,
      hostname,
      username,
    });
    deps.stdout(stdout);
    deps.stderr(stderr);
    return exitCode;
  }
  const settings = await deps.loadConfig(flags);
  const print = (line: string): void => deps.stdout(`${line}\n`);
  if (command.needs === 'configuration') {
    await command.run({ settings, print });
    return 0;
  }
  if (settings.raftEnabled && !flags.ignoreRaftSetup) {
    throw new OrchestratorError(
      'raft-enabled',
      'RaftEnabled is on: commands must go through the leader; use orchestrator-client, or --ignore-raft-setup if you know what you do',
    );
  }
  // A list that was forgotten is not an empty one.
  if (command.takesList === true && !given.has('i')) failWithoutInstance();
  const texts = command.takesList === true ? [flags.instance] : instanceTexts(flags.instance);
  const contextFor = (instanceText: string) => ({
    flags,
    settings,
    instanceText,
    print,
    nowMs: deps.now(),
    hostname: deps.hostname,
    username: deps.username,
    note: (line: string): void => deps.stderr(`${line}\n`),
  });
  if (command.needs === 'reading') {
    const reading = await deps.openReading(flags);
    return forEach(texts, reading, (text) => command.run({ ...contextFor(text), orchestrator: reading }));
  }
  const isDryRun = flags.dryRun || flags.noop;
  const act = command.mutates && isDryRun ? command.dryRun : command.run;
  const deploys = command.deploysSchema === true && !isDryRun;
  const orchestrator = await deps.open(deploys ? { ...flags, enableDatabaseUpdate: true } : flags);
  return forEach(texts, orchestrator, (text) => act({ ...contextFor(text), orchestrator }));
}

/** Runs a command once for each text of -i, then closes what it ran on. @returns the exit code. */
async function forEach(
  texts: readonly string[],
  opened: { close(): Promise<void> },
  act: (instanceText: string) => Promise<void>,
): Promise<number> {
  try {
    for (const text of texts) await act(text);
  } finally {
    await opened.close();
  }
  return 0;
}

/** -i holds one server or several; a command runs once for each, and once when -i is empty. @throws when it holds separators only. */
function instanceTexts(text: string): readonly string[] {
  if (text === '') return [''];
  const tokens = text.split(/[ ,\r\n\t]+/).filter((token) => token !== '');
  return tokens.length === 0 ? failWithoutInstance() : tokens;
}
