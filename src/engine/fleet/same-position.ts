import type { InstanceKey } from '../../model/instance-key.ts';
import { sameKey } from '../../model/instance-key.ts';
import type { Position } from '../../model/server-record.ts';

type Positions = ReadonlyMap<string, Position>;

const sameKeys = (a: readonly InstanceKey[] = [], b: readonly InstanceKey[] = []): boolean =>
  a.length === b.length && a.every((key, index) => sameKey(key, b[index] ?? { hostname: '', port: 0 }));

const isSamePosition = (a: Position, b: Position): boolean =>
  a.clusterName === b.clusterName &&
  a.clusterAlias === b.clusterAlias &&
  a.clusterDomain === b.clusterDomain &&
  a.depth === b.depth &&
  a.isCoPrimary === b.isCoPrimary &&
  a.ancestryUuid === b.ancestryUuid &&
  a.errantGtid === b.errantGtid &&
  sameKeys(a.replicas, b.replicas) &&
  sameKeys(a.sharesUuidWith, b.sharesUuidWith);

/** The positions of `after`; where nothing has changed the very object of `before`, so that what was made of it stays good. */
export function keepUnchanged(before: Positions, after: Positions): Map<string, Position> {
  return new Map(
    [...after].map(([name, position]) => {
      const known = before.get(name);
      return [name, known !== undefined && isSamePosition(known, position) ? known : position];
    }),
  );
}
