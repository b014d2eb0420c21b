import { messageOf, OrchestratorError } from '../model/error.ts';
import type { RawValue } from './read-value.ts';
import { CONFIG_KEYS } from './schema.ts';
import { readClientFile } from './source/client-file.ts';
import type { ReadFile } from './source/read-file.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
export type RawConfig = Record<string, RawValue>;

const FILE_KEYS = [
  { file: 'MySQLTopologyCredentialsConfigFile', user: 'MySQLTopologyUser', password: 'MySQLTopologyPassword' },
  {
    file: 'MySQLOrchestratorCredentialsConfigFile',
    user: 'MySQLOrchestratorUser',
    password: 'MySQLOrchestratorPassword',
  },
] as const;

/**
 * Puts credentials in their place: from the files that the configuration names, then `${NAME}` from the environment
 * (also within those files). Changes `raw`.
 * @throws OrchestratorError `config-credentials-file`, `config-environment`, naming the key.
 */
export function resolveCredentials(raw: RawConfig, environment: Environment, readFile: ReadFile): void {
  for (const keys of FILE_KEYS) {
    const path = raw[keys.file];
    if (typeof path !== 'string' || path === '') continue;
    const found = readClientFile(readCredentialsFile(keys.file, path, readFile));
    if (found.user === null && found.password === null) {
      throw new OrchestratorError(
        'config-credentials-file',
        `${keys.file}: ${path} has neither user nor password in a section [client]. Write:\n[client]\nuser=…\npassword=…`,
        { details: { key: keys.file, path } },
      );
    }
    if (found.user !== null) raw[keys.user] = found.user;
    if (found.password !== null) raw[keys.password] = found.password;
  }
  for (const [key, spec] of Object.entries(CONFIG_KEYS)) {
    const value = raw[key];
    if ('fromEnvironment' in spec && typeof value === 'string') raw[key] = expand(key, value, environment);
  }
}

function expand(key: string, text: string, environment: Environment): string {
  const name = /^\$\{([^}]*)\}$/.exec(text)?.[1];
  if (name === undefined) return text;
  const value = environment[name];
  if (value !== undefined) return value;
  throw new OrchestratorError(
    'config-environment',
    `${key} is "\${${name}}", but the environment has no variable ${name === '' ? 'without a name' : name}. Set it before the start, or write the value itself.`,
    { details: { key, variable: name } },
  );
}

function readCredentialsFile(key: string, path: string, readFile: ReadFile): string {
  let text: string | null;
  try {
    text = readFile(path);
  } catch (error) {
    throw new OrchestratorError(
      'config-credentials-file',
      `${key}: ${path} cannot be read (${messageOf(error)}). Give this user the right to read it.`,
      { details: { key, path }, cause: error },
    );
  }
  if (text !== null) return text;
  throw new OrchestratorError(
    'config-credentials-file',
    `${key}: there is no file ${path}. Make it, or empty the key.`,
    { details: { key, path } },
  );
}
