import type { Instance } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';
import { lookOf } from '../../model/same-server.ts';

/** Who bears which uuid, or look where there is none, so that the other addresses of one server are found without a look at all servers. */
export interface UuidIndex {
  /** One reading in place of another; null for none. */
  replace(before: Instance | null, after: Instance | null): void;
  /** Names (host:port) of all servers with this uuid; none for null. */
  bearersOf(uuid: string | null): readonly string[];
  /** Names of all servers that look like this one, which has no uuid; its own among them (MariaDB, same-server.ts). */
  lookalikesOf(instance: Instance): readonly string[];
}

export function createUuidIndex(): UuidIndex {
  const bearers = new Map<string, Set<string>>();
  return {
    replace(before, after) {
      const [left, borne] = [markOf(before), markOf(after)];
      if (left === borne && before?.key === after?.key) return;
      if (before !== null && left !== null) {
        const names = bearers.get(left);
        names?.delete(formatKey(before.key));
        if (names?.size === 0) bearers.delete(left);
      }
      if (after !== null && borne !== null)
        bearers.set(borne, (bearers.get(borne) ?? new Set()).add(formatKey(after.key)));
    },
    bearersOf: (uuid) => [...(bearers.get(uuid ?? '') ?? [])],
    lookalikesOf: (instance) => [...(bearers.get(lookOf(instance) ?? '') ?? [])],
  };
}

const markOf = (instance: Instance | null): string | null =>
  instance === null ? null : instance.serverUuid || lookOf(instance);
