import { OrchestratorError } from '../model/error.ts';
import type { RawConfig } from './credentials.ts';
import { OBSOLETE_KEYS, PLANNED_KEYS } from './keys/obsolete-keys.ts';
import { describeWrong, type RawValue, readValue } from './read-value.ts';
import { CONFIG_KEYS, specOf } from './schema.ts';
import { readJson } from './source/json-source.ts';
import { describeNode, type SourceEntry, type SourceNode, SourceSyntaxError } from './source/source-node.ts';
import { readYaml } from './source/yaml-source.ts';
import { nearestWord } from './suggest.ts';

/** What one file is read onto. */
export interface ConfigTarget {
  readonly raw: RawConfig;
  readonly explicit: Set<string>;
  readonly strict: boolean;
}

/**
 * Reads the text of one file (JSON, or YAML when its name ends so) onto `target`.
 * Out: warnings: obsolete keys, keys to come, unknown keys, keys in another case.
 * @throws OrchestratorError `config-syntax`, `config-bad-value`, `config-unknown-key` (only strict), each with file and line.
 */
export function readConfigText(path: string, text: string, target: ConfigTarget): string[] {
  const root = readSource(path, text);
  if (root.kind !== 'map') {
    throw new OrchestratorError(
      'config-syntax',
      `${path}: the configuration is one object in braces, { "ListenAddress": ":3000", … }; found ${describeNode(root)}`,
      { details: { path } },
    );
  }
  const warnings: string[] = [];
  const unknown: string[] = [];
  for (const entry of root.entries) {
    const key = knownKey(entry.key);
    if (key !== null) {
      if (key !== entry.key) warnings.push(`${at(path, entry)}: "${entry.key}" is taken for ${key}; write it so`);
      readEntry(path, key, entry, target);
    } else if (OBSOLETE_KEYS.has(entry.key)) {
      const advice = OBSOLETE_KEYS.get(entry.key);
      warnings.push(`${at(path, entry)}: ${entry.key} is obsolete and has no effect${advice ? `; ${advice}` : ''}`);
    } else if (PLANNED_KEYS.has(entry.key)) {
      warnings.push(`${at(path, entry)}: ${entry.key} is known but not supported yet; it has no effect`);
    } else {
      unknown.push(describeUnknown(path, entry));
    }
  }
  if (target.strict && unknown.length > 0) {
    throw new OrchestratorError('config-unknown-key', `${unknown.join('\n')}\nRemove it, or start without --strict.`, {
      details: { path },
    });
  }
  return [...warnings, ...unknown];
}

function readSource(path: string, text: string): SourceNode {
  if (text.trim() === '') {
    throw new OrchestratorError('config-syntax', `${path} is empty; write at least {}`, { details: { path } });
  }
  try {
    return /\.ya?ml$/i.test(path) ? readYaml(text) : readJson(text);
  } catch (error) {
    if (!(error instanceof SourceSyntaxError)) throw error;
    const { line, column } = error.position;
    throw new OrchestratorError('config-syntax', `${path}:${line}:${column}: ${error.message}`, {
      details: { path, line, column },
      cause: error,
    });
  }
}

const LOWER_CASE_KEYS: ReadonlyMap<string, string> = new Map(
  Object.keys(CONFIG_KEYS).map((key) => [key.toLowerCase(), key]),
);

/** Keys are found without regard to case, as Go's JSON reader does it. */
const knownKey = (key: string): string | null => (specOf(key) ? key : (LOWER_CASE_KEYS.get(key.toLowerCase()) ?? null));

function readEntry(path: string, key: string, entry: SourceEntry, target: ConfigTarget): void {
  const spec = specOf(key);
  if (!spec) return;
  const result = readValue(entry.value, spec);
  if (result.kind === 'unset') return;
  if (result.kind === 'wrong') {
    const { line, column } = result.node.position;
    throw new OrchestratorError(
      'config-bad-value',
      `${path}:${line}:${column}: ${key}: ${describeWrong(result, spec)}`,
      {
        details: { path, key, line, column },
      },
    );
  }
  const before = target.raw[key];
  target.raw[key] = spec.type === 'string-map' ? mergeMaps(before, result.value) : result.value;
  target.explicit.add(key);
}

/** A map of a later file adds to that of an earlier one; lists are replaced. */
const mergeMaps = (before: RawValue | undefined, after: RawValue): RawValue =>
  ({ ...(before as object | undefined), ...(after as object) }) as Readonly<Record<string, string>>;

const at = (path: string, entry: SourceEntry): string => `${path}:${entry.position.line}`;

function describeUnknown(path: string, entry: SourceEntry): string {
  const nearest = nearestWord(entry.key, Object.keys(CONFIG_KEYS));
  return `${at(path, entry)}: unknown key "${entry.key}"${nearest === null ? '' : `; did you mean ${nearest}?`}`;
}
