import type { Instance } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';

/** Who bears which uuid, so that the other addresses of one server are found without a look at all servers. */
export interface UuidIndex {
  /** One reading in place of another; null for none. */
  replace(before: Instance | null, after: Instance | null): void;
  /** Names (host:port) of all servers with this uuid; none for those that have no uuid (MariaDB). */
  bearersOf(uuid: string | null): readonly string[];
}

export function createUuidIndex(): UuidIndex {
  const bearers = new Map<string, Set<string>>();
  return {
    replace(before, after) {
      if (before?.serverUuid === after?.serverUuid && before?.key === after?.key) return;
      if (before?.serverUuid) {
        const names = bearers.get(before.serverUuid);
        names?.delete(formatKey(before.key));
        if (names?.size === 0) bearers.delete(before.serverUuid);
      }
      if (after?.serverUuid)
        bearers.set(after.serverUuid, (bearers.get(after.serverUuid) ?? new Set()).add(formatKey(after.key)));
    },
    bearersOf: (uuid) => [...(bearers.get(uuid ?? '') ?? [])],
  };
}
