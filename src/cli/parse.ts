import { FLAGS, type ProgramFlags } from './flags.ts';
import { normaliseArgv } from './normalise-argv.ts';

const SYNOPSIS = `[options] [cli | http | help [topic]]`;

/**
 * Reads the arguments (without node and script).
 * @throws OrchestratorError `bad-flag`.
 */
export function parseArguments(argv: readonly string[]): {
  readonly flags: ProgramFlags;
  readonly words: readonly string[];
  /** Names of the flags that were given, with whatever value. */
  readonly given: ReadonlySet<string>;
} {
  const { flags, words } = normaliseArgv(argv);
  // The last of several wins.
  const given = new Map(flags.map((flag) => [flag.slice(2, flag.indexOf('=')), flag.slice(flag.indexOf('=') + 1)]));
  const entries = FLAGS.map(({ name, key, kind, initial }) => {
    const value = given.get(name) ?? String(initial);
    return [key, kind === 'boolean' ? value === 'true' : value];
  });
  return { flags: Object.fromEntries(entries) as ProgramFlags, words, given: new Set(given.keys()) };
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
