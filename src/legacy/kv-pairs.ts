import type { InstanceKey } from '../model/instance-key.ts';
import { formatKey } from '../model/instance-key.ts';

/** A key and its value, as key-value stores hold them. */
export interface LegacyKvPair {
  readonly key: string;
  readonly value: string;
}

/** The keys under which a cluster's primary is published, the main one first. `prefix` ends with a slash (KVClusterMasterPrefix). */
export const kvKeysOf = (prefix: string, alias: string): readonly string[] => {
  const main = `${prefix}${alias}`;
  return [main, `${main}/hostname`, `${main}/port`, `${main}/ipv4`, `${main}/ipv6`];
};

/** The five pairs of a cluster: always five, addresses that are not known are empty (historic). */
export function kvPairsOf(
  prefix: string,
  alias: string,
  primary: InstanceKey,
  addresses: { readonly ipv4: string; readonly ipv6: string },
): readonly LegacyKvPair[] {
  const values = [formatKey(primary), primary.hostname, String(primary.port), addresses.ipv4, addresses.ipv6];
  return kvKeysOf(prefix, alias).map((key, index) => ({ key, value: values[index] ?? '' }));
}
