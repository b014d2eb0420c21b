import type { Instance } from './instance.ts';
import { compareKeys, formatKey, type InstanceKey } from './instance-key.ts';

/*
 * Who is who, by the uuid (design §4, identity). MariaDB has none: there every address is a server. A uuid at two addresses is
 * one server under two names, or two servers of which one was made by copying the data folder of the other.
 */

/** Both bear the same uuid, at different addresses. */
export const sameUuid = (a: Instance, b: Instance): boolean =>
  a.serverUuid !== null &&
  a.serverUuid !== '' &&
  a.serverUuid === b.serverUuid &&
  formatKey(a.key) !== formatKey(b.key);

/**
 * What a server says of itself; where it differs at the same time, two servers answer. What is not known (what the backend
 * remembers is not all) differs from nothing.
 */
function differ(a: Instance, b: Instance): boolean {
  const isOther = <T>(one: T | null, other: T | null): boolean => one !== null && other !== null && one !== other;
  return (
    a.serverId !== b.serverId ||
    isOther(a.ownPort ?? null, b.ownPort ?? null) ||
    isOther(a.mysqlHostname || null, b.mysqlHostname || null)
  );
}

/** One server under two addresses, both of which answer. */
export const isSameServer = (a: Instance, b: Instance): boolean => sameUuid(a, b) && !differ(a, b);

/** Two servers that bear one uuid. */
export const sharesUuid = (a: Instance, b: Instance): boolean => sameUuid(a, b) && differ(a, b);

/**
 * What two addresses of one server that has no uuid (MariaDB) have in common; null where that is not told. Two servers may look alike,
 * as after copying a machine: a look proves nothing.
 */
export const lookOf = ({ serverUuid, serverId, mysqlHostname, ownPort }: Instance): string | null =>
  serverUuid || mysqlHostname === '' || ownPort == null ? null : `${serverId} ${mysqlHostname}:${ownPort}`;

/** The other servers that bear the uuid of each, by the name (host:port) of the server, sorted; those without any are left out. */
export function namesakesIn(instances: ReadonlyMap<string, Instance>): ReadonlyMap<string, readonly InstanceKey[]> {
  const byUuid = new Map<string, Instance[]>();
  for (const instance of instances.values()) {
    const { serverUuid } = instance;
    if (serverUuid === null || serverUuid === '') continue;
    const known = byUuid.get(serverUuid);
    if (known === undefined) byUuid.set(serverUuid, [instance]);
    else known.push(instance);
  }
  const namesakes = new Map<string, readonly InstanceKey[]>();
  for (const bearers of byUuid.values()) {
    const [first, ...others] = bearers;
    // Thousands of addresses of one server are compared with one of them, not each with each.
    if (first === undefined || !others.some((other) => sharesUuid(first, other))) continue;
    for (const bearer of bearers) {
      const twins = bearers
        .filter((other) => sharesUuid(other, bearer))
        .map(({ key }) => key)
        .sort(compareKeys);
      if (twins.length > 0) namesakes.set(formatKey(bearer.key), twins);
    }
  }
  return namesakes;
}
