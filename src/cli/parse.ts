import { Command, Option } from 'commander';
import { FLAGS, type ProgramFlags } from './flags.ts';
import { normaliseArgv } from './normalise-argv.ts';

const SYNOPSIS = `[options] [cli | http | help [topic]]`;

/** The commander program: it knows flags and words, and prints them as help. */
function program(): Command {
  const command = new Command('orchestrator')
    .usage(SYNOPSIS)
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} })
    .argument('[words...]');
  for (const flag of FLAGS) {
    const option = new Option(`--${flag.name}${flag.kind === 'text' ? ' <text>' : ' [true|false]'}`, flag.doc);
    command.addOption(flag.initial === '' || flag.initial === false ? option : option.default(flag.initial));
  }
  return command;
}

/**
 * Reads the arguments (without node and script).
 * @throws OrchestratorError `bad-flag`.
 */
export function parseArguments(argv: readonly string[]): {
  readonly flags: ProgramFlags;
  readonly words: readonly string[];
} {
  const { flags, words } = normaliseArgv(argv);
  const command = program().parse([...flags, '--', ...words], { from: 'user' });
  const given = new Map(Object.entries(command.opts()));
  const value = (name: string): unknown =>
    given.get(name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()));
  const entries = FLAGS.map(({ name, key, kind, initial }) => {
    const raw = value(name) ?? initial;
    return [key, kind === 'boolean' ? String(raw) === 'true' : String(raw)];
  });
  return { flags: Object.fromEntries(entries) as ProgramFlags, words: command.args };
}

/** Usage and flags, for people. */
export function usageText(): string {
  const lines = FLAGS.map((flag) => {
    const name = `-${flag.name}${flag.kind === 'text' ? ' <text>' : ''}`;
    const initial = flag.initial === '' || flag.initial === false ? '' : ` (default ${flag.initial})`;
    return `  ${name.padEnd(32)}${flag.doc}${initial}`;
  });
  return ['Usage: orchestrator', SYNOPSIS, '\n\nOptions (one dash or two):\n'].join(' ').concat(lines.join('\n'), '\n');
}
