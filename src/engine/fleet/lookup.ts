import { OrchestratorError } from '../../model/error.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { resolveKey } from '../discovery/identity.ts';
import type { HostnameResolver } from '../ports.ts';
import type { Fleet } from './fleet.ts';

/**
 * The one known server whose hostname contains the text, on the same port; null when none or several (historic fuzzy keys). A text that
 * may be an address, and addresses, are meant as they stand: 27.0.0.1 is a slip of the pen, or another machine, not a part of 127.0.0.1.
 */
function fuzzy(records: readonly ServerRecord[], key: InstanceKey): InstanceKey | null {
  if (isAddressLike(key.hostname)) return null;
  const hits = records.filter((record) => record.key.port === key.port && record.key.hostname.includes(key.hostname));
  return hits.length === 1 ? (hits[0]?.key ?? null) : null;
}

/** IPv4 in whole or in part, IPv6. */
const isAddressLike = (text: string): boolean => /^[\d.]+$/.test(text) || text.includes(':');

/**
 * The key as this program knows it: exact, resolved, fuzzy; else as given. A name that the system knows by an address of its own is a
 * server of its own, and one of which it says nothing in time may be: mysql-1 is not taken for mysql-10, in which it is contained.
 */
export async function findKey(fleet: Fleet, resolver: HostnameResolver, key: InstanceKey): Promise<InstanceKey> {
  if (fleet.recordOf(key) !== null) return key;
  const resolved = await resolveKey(resolver, key);
  if (fleet.recordOf(resolved) !== null) return resolved;
  const near = fuzzy(fleet.records(), key);
  if (near === null) return resolved;
  const [own, its] = await Promise.all([resolver.addressOf(key.hostname), resolver.addressOf(near.hostname)]);
  return own === null || (own !== undefined && own === its) ? near : resolved;
}

/**
 * Exact cluster name, then exact alias, then a server's key, then the unique fuzzy match.
 * @throws OrchestratorError `unknown-cluster`; the text is one that clients look for.
 */
export function findClusterName(fleet: Fleet, hint: string, defaultPort: number): string {
  const records = fleet.records();
  if (fleet.recordsOfCluster(hint).length > 0) return hint;
  const ofAlias = fleet.clusterOfAlias(hint);
  if (ofAlias !== null) return ofAlias;
  const [, hostname = '', port] = /^(.*?)(?::(\d+))?$/.exec(hint) ?? [];
  const asked = { hostname, port: Number(port ?? defaultPort) };
  const exact = records.find(({ key }) => formatKey(key) === hint || sameKey(key, asked));
  if (exact !== undefined) return exact.position.clusterName;
  const near = hostname === '' ? null : fuzzy(records, asked);
  const record = near === null ? undefined : records.find(({ key }) => sameKey(key, near));
  if (record !== undefined) return record.position.clusterName;
  throw new OrchestratorError('unknown-cluster', `Unable to determine cluster name. clusterHint=${hint}`, {
    details: { clusterHint: hint },
  });
}
