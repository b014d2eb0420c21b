import type { Instance } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { isDetachedKey, isUsableKey, sameKey } from '../../model/instance-key.ts';
import type { HostnameResolver } from '../ports.ts';

export const MYSQL_HOSTNAME_METHODS = ['none', '@@hostname', '@@report_host'] as const;
export type MysqlHostnameMethod = (typeof MYSQL_HOSTNAME_METHODS)[number];

/**
 * The key by which the server itself wants to be known (MySQLHostnameResolveMethod): none = the key it was reached by,
 * @@hostname, or @@report_host. An empty answer leaves the key.
 */
export function ownKey(instance: Instance, method: MysqlHostnameMethod): InstanceKey {
  const hostname =
    method === '@@hostname' ? instance.mysqlHostname : method === '@@report_host' ? instance.reportHost : '';
  return hostname === '' ? instance.key : { hostname, port: instance.key.port };
}

/** A source's address as this program knows it. Detached and empty addresses stay untouched. */
export async function resolveKey(resolver: HostnameResolver, key: InstanceKey): Promise<InstanceKey> {
  if (!isUsableKey(key) || isDetachedKey(key)) return key;
  return { hostname: await resolver.resolve(key.hostname), port: key.port };
}

/** The reading with every address it mentions resolved. */
export async function resolveInstance(resolver: HostnameResolver, instance: Instance): Promise<Instance> {
  const { group } = instance;
  const resolveAll = (keys: readonly InstanceKey[]) => Promise.all(keys.map((key) => resolveKey(resolver, key)));
  const [source, attachedReplicas, guessedReplicas, members, primary] = await Promise.all([
    instance.replication === null ? null : resolveKey(resolver, instance.replication.configuredSource),
    resolveAll(instance.attachedReplicas),
    resolveAll(instance.guessedReplicas ?? []),
    resolveAll(group?.members ?? []),
    group?.primary ? resolveKey(resolver, group.primary) : null,
  ]);
  return {
    ...instance,
    group: group === null ? null : { ...group, members, primary },
    attachedReplicas: withoutRepeats(attachedReplicas),
    guessedReplicas: withoutRepeats(guessedReplicas),
    replication:
      instance.replication === null || source === null ? instance.replication : { ...instance.replication, source },
  };
}

const withoutRepeats = (keys: readonly InstanceKey[]): InstanceKey[] =>
  keys.filter((key, index) => keys.findIndex((other) => sameKey(other, key)) === index);
