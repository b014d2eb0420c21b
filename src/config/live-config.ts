import { OrchestratorError } from '../model/error.ts';
import { Secret } from '../model/secret.ts';
import type { LoadedConfig } from './load.ts';
import { compilePatterns } from './patterns.ts';
import { CONFIG_KEYS, type Config, type ConfigKey, specOf } from './schema.ts';

/** What a reload came to. */
export interface Reload {
  /** Live keys whose new value holds from now on. */
  readonly taken: readonly string[];
  /** Keys whose new value holds after a restart only. */
  readonly waiting: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * The configuration of a running program: all that was read at the start, and of the live keys (`isLive` in the schema) what the last
 * reload found. A LoadedConfig itself never changes; whoever wants to follow asks for the current one each time.
 */
export interface LiveConfig {
  current(): LoadedConfig;
  /**
   * Reads the files again. @throws OrchestratorError config-… ; then everything stays as it was. So it does while a file that was read before
   * is away: whoever replaces one may have removed it for a moment, and its keys must not become their defaults by that.
   */
  reload(): Reload;
}

export function createLiveConfig(first: LoadedConfig, read: () => LoadedConfig): LiveConfig {
  let current = first;
  return {
    current: () => current,
    reload() {
      const next = read();
      const away = current.files.find((file) => !next.files.includes(file));
      if (away !== undefined) throw isAway(away);
      const changed = (Object.keys(CONFIG_KEYS) as ConfigKey[]).filter(
        (key) => textOf(next.config[key]) !== textOf(current.config[key]),
      );
      const taken = changed.filter(isLive);
      if (taken.length > 0) {
        const config: Config = Object.freeze({ ...current.config, ...pick(next.config, taken) });
        current = { ...next, config, patterns: compilePatterns(config).patterns };
      }
      return { taken, waiting: changed.filter((key) => !isLive(key)), warnings: next.warnings };
    },
  };
}

const isAway = (path: string): OrchestratorError =>
  new OrchestratorError(
    'config-not-found',
    `The configuration file ${path} was read before and is not there now, so that nothing is changed. Put it back and reload; to do without it, restart.`,
    { details: { path } },
  );

/** What is made of the current configuration, made anew when that is another one. */
export function madeOf<T>(current: () => LoadedConfig, make: (loaded: LoadedConfig) => T): () => T {
  let made: { readonly of: LoadedConfig; readonly value: T } | null = null;
  return () => {
    const loaded = current();
    if (made?.of !== loaded) made = { of: loaded, value: make(loaded) };
    return made.value;
  };
}

const isLive = (key: ConfigKey): boolean => specOf(key)?.isLive === true;

/** Secrets are compared too, and not shown. */
const textOf = (value: unknown): string => (value instanceof Secret ? value.reveal() : JSON.stringify(value));

const pick = (config: Config, keys: readonly ConfigKey[]): Partial<Config> =>
  Object.fromEntries(keys.map((key) => [key, config[key]]));
