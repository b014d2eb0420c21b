import type { InstanceKey } from '../model/instance-key.ts';
import { compilePattern } from '../model/pattern.ts';

/**
 * A test of server addresses against patterns of the configuration. A pattern may be written for the host name or for
 * host:port; either match counts. A broken one matches nothing: the configuration reports it at the start.
 */
export function compileHostnameFilters(patterns: readonly string[]): (key: InstanceKey) => boolean {
  const expressions = patterns.flatMap((pattern) => {
    try {
      return [compilePattern(pattern, 'RecoveryIgnoreHostnameFilters')];
    } catch {
      return [];
    }
  });
  return (key) => expressions.some((one) => one.test(key.hostname) || one.test(`${key.hostname}:${key.port}`));
}
