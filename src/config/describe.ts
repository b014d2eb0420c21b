import { Secret } from '../model/secret.ts';
import { KEY_ORDER } from './keys/key-order.ts';
import { CONFIG_KEYS, type Config } from './schema.ts';

/**
 * The configuration as dump-config prints it: one line of JSON in the historic order, our own keys last, with the
 * escapes of Go's encoder. Secrets show as *** (empty ones as ""), unlike in the historic program.
 */
export function describeConfig(config: Config): string {
  const shown = KEY_ORDER.map((key) => {
    const value: unknown = config[key];
    if (value instanceof Secret) return [key, value.isEmpty ? '' : value.toString()];
    const isUnset = 'nullWhenUnset' in CONFIG_KEYS[key] && Array.isArray(value) && value.length === 0;
    return [key, isUnset ? null : value];
  });
  return JSON.stringify(Object.fromEntries(shown)).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
