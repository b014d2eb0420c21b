import { formatKey, type InstanceKey, sameKey } from './instance-key.ts';
import { isPrimaryRecord, type ServerRecord } from './server-record.ts';

/*
 * Who is published under an alias, and stands there for a cluster. An alias means one cluster, though another may go by it too: a
 * copy of the data suggests what its original is called. A cluster keeps its alias while its primary is dead or being replaced.
 */

/** A primary that was replaced, and by whom; null: by nobody yet. */
export interface Replaced {
  readonly key: InstanceKey;
  readonly successor: InstanceKey | null;
}

export const isWritableHead = (record: ServerRecord): boolean =>
  record.instance !== null &&
  !record.instance.isReadOnly &&
  (isPrimaryRecord(record) || (record.position.isCoPrimary && record.position.depth === 0));

/** Who stands now where this server once stood: recoveries may have replaced it since, one after the other. */
export function heirOf(key: InstanceKey, deposed: readonly Replaced[]): InstanceKey {
  const seen = new Set<string>();
  let heir = key;
  while (!seen.has(formatKey(heir))) {
    seen.add(formatKey(heir));
    heir = deposed.find((one) => sameKey(one.key, heir))?.successor ?? heir;
  }
  return heir;
}

/**
 * True while this server, which is published, or its cluster lives under the alias: others are in the cluster, silent or not, or it
 * takes writes itself. One that is left alone, and is silent or read-only, is what a change of primary by hand leaves behind.
 * `answers`: whether a server answered when it was last asked.
 */
export function standsFor(
  published: ServerRecord,
  alias: string,
  records: readonly ServerRecord[],
  answers: (record: ServerRecord) => boolean,
): boolean {
  const { clusterAlias, clusterName } = published.position;
  if (clusterAlias !== alias) return false;
  const isAlone = !records.some(
    ({ key, position }) => position.clusterName === clusterName && !sameKey(key, published.key),
  );
  return !isAlone || (answers(published) && isWritableHead(published));
}
