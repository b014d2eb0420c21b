import type { Instance } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { isDetachedKey, isHostName, isUsableKey, sameKey } from '../../model/instance-key.ts';
import type { HostnameResolver } from '../ports.ts';

export const MYSQL_HOSTNAME_METHODS = ['none', '@@hostname', '@@report_host'] as const;
export type MysqlHostnameMethod = (typeof MYSQL_HOSTNAME_METHODS)[number];

/**
 * The key by which the server itself wants to be known (MySQLHostnameResolveMethod): none = the key it was reached by,
 * @@hostname, or @@report_host. An answer that names no host leaves the key.
 */
export function ownKey(instance: Instance, method: MysqlHostnameMethod): InstanceKey {
  const hostname =
    method === '@@hostname' ? instance.mysqlHostname : method === '@@report_host' ? instance.reportHost : '';
  return isHostName(hostname) ? { hostname, port: instance.key.port } : instance.key;
}

/** A source's address as this program knows it. Detached and empty addresses stay untouched. */
export async function resolveKey(resolver: HostnameResolver, key: InstanceKey): Promise<InstanceKey> {
  if (!isUsableKey(key) || isDetachedKey(key)) return key;
  return { hostname: await resolver.resolve(key.hostname), port: key.port };
}

/** What a reading mentions is what others say: a name that is none stands as it is told, and the reading counts. */
const resolveMentioned = async (resolver: HostnameResolver, key: InstanceKey): Promise<InstanceKey> =>
  isHostName(key.hostname) ? resolveKey(resolver, key) : key;

/** The lists of names that a reading gives for a host, one sentence each. */
export function namelessSentences({ attachedReplicas, group, replication }: Instance): readonly string[] {
  const listsOf = (keys: readonly InstanceKey[]): readonly string[] =>
    keys.map(({ hostname }) => hostname).filter((hostname) => hostname !== '' && !isHostName(hostname));
  const source = replication === null ? [] : [replication.configuredSource];
  return [
    ...new Set([
      ...listsOf([...attachedReplicas, ...(group?.members ?? [])]).map(
        (list) => `a replica or member has report_host "${list}", which is a list; give it one host`,
      ),
      ...listsOf(source).map((list) => `its source's host is "${list}", which is a list; give it one host`),
    ]),
  ];
}

/** The reading with every address it mentions resolved. */
export async function resolveInstance(resolver: HostnameResolver, instance: Instance): Promise<Instance> {
  const { group } = instance;
  const resolveAll = (keys: readonly InstanceKey[]) => Promise.all(keys.map((key) => resolveMentioned(resolver, key)));
  const [source, attachedReplicas, guessedReplicas, members, primary] = await Promise.all([
    instance.replication === null ? null : resolveMentioned(resolver, instance.replication.configuredSource),
    resolveAll(instance.attachedReplicas),
    resolveAll(instance.guessedReplicas ?? []),
    resolveAll(group?.members ?? []),
    group?.primary ? resolveMentioned(resolver, group.primary) : null,
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
