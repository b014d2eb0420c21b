import { OrchestratorError } from '../model/error.ts';
import { FLAGS } from './flags.ts';
import { didYouMean } from './suggest.ts';

const BOOLEANS: Readonly<Record<string, boolean>> = {
  '1': true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  '0': false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false,
};

/**
 * Brings arguments as Go's flag package accepts them (one dash or two, `-x=1`, `-x 1`, `-debug`, `-discovery=false`, `--`
 * ends the flags) into the one form `--name=value`. Unlike Go, flags may also follow words.
 * @throws OrchestratorError `bad-flag`: unknown flag, missing value, bad boolean.
 */
export function normaliseArgv(argv: readonly string[]): {
  readonly flags: readonly string[];
  readonly words: readonly string[];
} {
  const flags: string[] = [];
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? '';
    if (argument === '--') {
      words.push(...argv.slice(i + 1));
      break;
    }
    if (!/^--?[^-=]/.test(argument)) {
      words.push(argument);
      continue;
    }
    const [, name = '', value] = /^--?([^=]+)(?:=([\s\S]*))?$/.exec(argument) ?? [];
    const definition = FLAGS.find((flag) => flag.name === (name === 'h' ? 'help' : name));
    if (definition === undefined) throw unknownFlag(name);
    if (definition.kind === 'boolean') {
      const parsed = Object.hasOwn(BOOLEANS, value ?? 'true') ? BOOLEANS[value ?? 'true'] : undefined;
      if (parsed === undefined) {
        throw new OrchestratorError('bad-flag', `invalid boolean value "${value}" for -${name}; write true or false`);
      }
      flags.push(`--${definition.name}=${parsed}`);
    } else if (value !== undefined) {
      flags.push(`--${definition.name}=${value}`);
    } else {
      i += 1;
      const next = argv[i];
      if (next === undefined) throw new OrchestratorError('bad-flag', `flag needs an argument: -${name}`);
      flags.push(`--${definition.name}=${next}`);
    }
  }
  return { flags, words };
}

function unknownFlag(name: string): OrchestratorError {
  const hint = didYouMean(
    name,
    FLAGS.map((flag) => flag.name),
  );
  return new OrchestratorError(
    'bad-flag',
    `flag provided but not defined: -${name}${hint === null ? '' : `; did you mean -${hint}?`}`,
  );
}
