import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { FailoverInput, Participant } from './input.ts';

/*
 * Who reads the failed primary's log. A binlog server (MaxScale) passes its source's log on unchanged and holds no data: whoever
 * replicates from it has places in the failed primary's own log, and is compared with the direct replicas as one of them.
 */

type Known = Pick<FailoverInput, 'records' | 'relays'>;

/** True when its places are places in the failed primary's log: it follows that, or a binlog server that reads it. */
export function readsFailedLog(
  instance: Instance,
  { failed, ...known }: Known & Pick<FailoverInput, 'failed'>,
): boolean {
  const seen = new Set<string>();
  let source = instance.replication?.source ?? null;
  while (source !== null && !seen.has(formatKey(source))) {
    if (sameKey(source, failed)) return true;
    seen.add(formatKey(source));
    source = binlogServerAt(source, known)?.source ?? null;
  }
  return false;
}

/** True when it followed the failed primary itself when that failed, whatever this recovery has made of it since. */
export const wasDirect = (
  { key, instance }: Pick<ServerRecord, 'key' | 'instance'>,
  { direct, failed }: Pick<FailoverInput, 'direct' | 'failed'>,
): boolean => {
  const source = instance?.replication?.source;
  return direct === undefined ? source !== undefined && sameKey(source, failed) : direct.has(formatKey(key));
};

/**
 * Whose log the binlog server at this address passes on; null when it is none. One that was never read, as it died together with the
 * primary and our own process, is what it was when the recovery began.
 */
export function binlogServerAt(
  key: InstanceKey,
  { records, relays = [] }: Known,
): { readonly source: InstanceKey | null } | null {
  const instance = instancesOf(records).get(formatKey(key)) ?? null;
  if (instance === null) return relays.find((relay) => sameKey(relay.key, key)) ?? null;
  return instance.isBinlogServer ? { source: instance.replication?.source ?? null } : null;
}

/** By host:port. Each replica of a large cluster is asked for its source among the same records. */
const indexes = new WeakMap<readonly ServerRecord[], ReadonlyMap<string, Instance>>();

function instancesOf(records: readonly ServerRecord[]): ReadonlyMap<string, Instance> {
  const known = indexes.get(records);
  if (known !== undefined) return known;
  const index = new Map(
    records.flatMap(({ key, instance }) => (instance === null ? [] : [[formatKey(key), instance] as const])),
  );
  indexes.set(records, index);
  return index;
}

/**
 * The family of a failed primary: its direct replicas, and whoever reads its log by way of binlog servers among them. Once a successor is
 * fixed, those that left such a binlog server to follow it belong to it still.
 */
export function familyOf(
  direct: readonly InstanceKey[],
  known: Known,
  successor: InstanceKey | null = null,
): ReadonlySet<string> {
  const family = new Set(direct.map(formatKey));
  const above = new Set(direct.filter((key) => binlogServerAt(key, known) !== null).map(formatKey));
  if (above.size === 0) return family;
  if (successor !== null) {
    family.add(formatKey(successor));
    above.add(formatKey(successor));
  }
  for (let before = -1; before < above.size + family.size; ) {
    before = above.size + family.size;
    for (const { key, instance } of known.records) {
      const server = binlogServerAt(key, known);
      const source = server?.source ?? instance?.replication?.source;
      if (source === undefined || !above.has(formatKey(source))) continue;
      family.add(formatKey(key));
      if (server !== null) above.add(formatKey(key));
    }
  }
  return family;
}

export const isBinlogServer = ({ instance }: Pick<Participant, 'instance'>): boolean => instance.isBinlogServer;

/** Those that hold data, and so can be compared, promoted, and lost. */
export const dataServers = (participants: readonly Participant[]): readonly Participant[] =>
  participants.filter((one) => !isBinlogServer(one));
