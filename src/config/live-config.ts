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
  /** Reads the files again. @throws OrchestratorError config-… ; then everything stays as it was. */
  reload(): Reload;
}

export function createLiveConfig(first: LoadedConfig, read: () => LoadedConfig): LiveConfig {
  let current = first;
  return {
    current: () => current,
    reload() {
      const next = read();
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
