import type { Secret } from '../../model/secret.ts';

/**
 * The types a value may have in a configuration file. They are as strict as the historic program was:
 * a number in quotes is not a number, 5.0 is not an int, -1 is not a uint.
 */
export const KEY_TYPES = [
  'bool',
  'int',
  'uint',
  'int32',
  'int64',
  'float32',
  'string',
  'string-list',
  'string-map',
] as const;
export type KeyType = (typeof KEY_TYPES)[number];

export type KeyDefault = boolean | number | string | readonly string[] | Readonly<Record<string, string>>;

/** How the text of a key is matched: a regular expression on host names, a cluster filter, or a map keyed by expressions. */
export type PatternUse = 'expression' | 'cluster-filter' | 'expression-keys';

/** One key of the configuration: everything the reader, the documentation and dump-config need to know of it. */
export interface KeySpec {
  readonly type: KeyType;
  readonly default: KeyDefault;
  /** One line for people. Units that are not part of the key's name stand here. */
  readonly doc: string;
  /** Kept as a Secret, shown as ***. */
  readonly isSecret?: true;
  /** A value that is exactly `${NAME}` is taken from the environment. */
  readonly fromEnvironment?: true;
  readonly pattern?: PatternUse;
  /** The only values allowed; compared without regard to case, kept as written here. */
  readonly oneOf?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** dump-config shows null, not [], when the key is not set (as the historic program does). */
  readonly nullWhenUnset?: true;
  /** A new value holds from reload-configuration on; the others need a restart. */
  readonly isLive?: true;
  /** Not known to the historic program. */
  readonly isNew?: true;
}

export type KeyTable = Readonly<Record<string, KeySpec>>;

/** The TypeScript type of a key's value after loading. */
export type ValueOf<S extends KeySpec> = S extends { readonly isSecret: true }
  ? Secret
  : S extends { readonly oneOf: readonly (infer Choice)[] }
    ? Choice
    : S['type'] extends 'bool'
      ? boolean
      : S['type'] extends 'int' | 'uint' | 'int32' | 'int64' | 'float32'
        ? number
        : S['type'] extends 'string-list'
          ? readonly string[]
          : S['type'] extends 'string-map'
            ? Readonly<Record<string, string>>
            : string;

const UNIT_SUFFIXES = [
  ['Milliseconds', 'ms'],
  ['Seconds', 's'],
  ['Minutes', 'min'],
  ['Hours', 'h'],
  ['Days', 'days'],
  ['Bytes', 'bytes'],
] as const;

/** The unit that a key's name carries, e.g. `s` for InstancePollSeconds; '' when it carries none. Only for numbers. */
export function unitOfKey(key: string, type: KeyType): string {
  if (type === 'bool' || type.startsWith('string')) return '';
  return UNIT_SUFFIXES.find(([suffix]) => key.endsWith(suffix))?.[1] ?? '';
}
