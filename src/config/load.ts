import { messageOf, OrchestratorError } from '../model/error.ts';
import { Secret } from '../model/secret.ts';
import { adjustConfig } from './adjust.ts';
import { type Environment, type RawConfig, resolveCredentials } from './credentials.ts';
import { compilePatterns, type Patterns } from './patterns.ts';
import { readConfigText } from './read-config.ts';
import { CONFIG_KEYS, type Config } from './schema.ts';
import type { ReadFile } from './source/read-file.ts';

export interface LoadRequest {
  /** The file of --config; then no other is read. null searches. */
  readonly explicitPath: string | null;
  /** Unknown keys are errors, not warnings. */
  readonly strict: boolean;
  readonly environment: Environment;
  /** Home directory; null when there is none. */
  readonly home: string | null;
  readonly readFile: ReadFile;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly patterns: Patterns;
  /** The files that were read, in order; later ones went over earlier ones. */
  readonly files: readonly string[];
  /** One sentence each, for the log. */
  readonly warnings: readonly string[];
}

/** Where configuration is looked for, in order. Relative ones are seen from the working directory. */
export function searchPaths(home: string | null): readonly string[] {
  const paths = ['/etc/orchestrator.conf.json', 'conf/orchestrator.conf.json', 'orchestrator.conf.json'];
  return home === null ? paths : [...paths, `${home.replace(/\/+$/, '')}/.orchestrator.conf.json`];
}

/**
 * Reads the configuration: defaults, then every file of the search list that exists (each key of a later file goes over
 * that of an earlier one, as always), credentials from files and environment, adjustments, expressions.
 * Out: the frozen configuration and what to tell people.
 * @throws OrchestratorError config-… naming file, line and key; see docs/errors.md.
 */
export function loadConfig(request: LoadRequest): LoadedConfig {
  const raw: RawConfig = Object.fromEntries(Object.entries(CONFIG_KEYS).map(([key, spec]) => [key, spec.default]));
  const explicit = new Set<string>();
  const warnings: string[] = [];
  const files: string[] = [];
  for (const path of request.explicitPath === null ? searchPaths(request.home) : [request.explicitPath]) {
    const text = readIfThere(path, request);
    if (text === null) continue;
    files.push(path);
    warnings.push(...readConfigText(path, text, { raw, explicit, strict: request.strict }));
  }
  if (files.length === 0) {
    warnings.push(`no configuration file found (${searchPaths(request.home).join(', ')}); defaults hold`);
  }
  resolveCredentials(raw, request.environment, request.readFile);
  warnings.push(...adjustConfig(raw, explicit, request.home));
  const config = freezeConfig(raw);
  const compiled = compilePatterns(config);
  return { config, patterns: compiled.patterns, files, warnings: [...warnings, ...compiled.warnings] };
}

function readIfThere(path: string, request: LoadRequest): string | null {
  let text: string | null;
  try {
    text = request.readFile(path);
  } catch (error) {
    throw new OrchestratorError(
      'config-unreadable',
      `The configuration file ${path} cannot be read (${messageOf(error)}). Give this user the right to read it.`,
      { details: { path }, cause: error },
    );
  }
  if (text === null && request.explicitPath !== null) {
    throw new OrchestratorError(
      'config-not-found',
      `There is no configuration file ${path}. Correct --config, or leave it out to search ${searchPaths(request.home).join(', ')}.`,
      { details: { path } },
    );
  }
  return text;
}

function freezeConfig(raw: RawConfig): Config {
  const config: Record<string, unknown> = {};
  for (const [key, spec] of Object.entries(CONFIG_KEYS)) {
    const value = raw[key];
    config[key] = 'isSecret' in spec ? new Secret(String(value)) : freezeValue(value);
  }
  return Object.freeze(config) as unknown as Config;
}

const freezeValue = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? Object.freeze(Array.isArray(value) ? [...value] : { ...value }) : value;
