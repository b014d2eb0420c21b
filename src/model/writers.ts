import type { Instance, ReplicationStatus } from './instance.ts';
import { formatKey, type InstanceKey, sameKey } from './instance-key.ts';
import type { ServerRecord } from './server-record.ts';

type Known = Pick<ServerRecord, 'key' | 'instance'>;
type Lookup = (key: InstanceKey) => Instance | null;

/** Whether a server replicates from one of those, directly or not. unknown: as far as is known, it does not, but it may. */
type Way = 'to-them' | 'elsewhere' | 'unknown';

function wayUp(
  from: Instance,
  isOneOfThem: (key: InstanceKey) => boolean,
  instanceOf: Lookup,
  isCut: (replication: ReplicationStatus) => boolean,
): Way {
  const seen = new Set<string>();
  for (let at = from; !seen.has(formatKey(at.key)); ) {
    seen.add(formatKey(at.key));
    const { replication } = at;
    // A member of a group gets from that what it has.
    if (replication === null) return at.group === null ? 'elsewhere' : 'unknown';
    if (isCut(replication)) return 'elsewhere';
    if (isOneOfThem(replication.source)) return 'to-them';
    const next = instanceOf(replication.source);
    if (next === null) return 'unknown';
    at = next;
  }
  return 'elsewhere';
}

/**
 * True for a server that is open for writes, as far as is known, and does not replicate from the primary, directly or not: were the primary
 * opened, there would be two.
 */
export function takesWritesBeside(
  primary: InstanceKey,
  { key, instance }: ServerRecord,
  records: readonly ServerRecord[],
): boolean {
  if (sameKey(key, primary) || instance === null || instance.isReadOnly) return false;
  const instanceOf: Lookup = (source) => records.find((record) => sameKey(record.key, source))?.instance ?? null;
  // A receiver that people stopped says that they want it to follow no more.
  const isCut = ({ receiver }: ReplicationStatus): boolean => receiver.state === 'stopped';
  return wayUp(instance, (source) => sameKey(source, primary), instanceOf, isCut) !== 'to-them';
}

/**
 * True for a server that was a replica of these, directly or not, and has been made a primary since: it is open for writes, and has no source
 * any more, or another one. A replica that was open all along keeps its source, were the link to it cut: whether that is up does not matter.
 * Nor does one count whose sources are not known to the end.
 */
export function isMadePrimaryBeside(
  these: readonly InstanceKey[],
  { key, instance }: Known,
  instanceOf: Lookup,
): boolean {
  const isOneOfThese = (one: InstanceKey): boolean => these.some((each) => sameKey(each, one));
  if (instance === null || instance.isReadOnly || instance.isBinlogServer || isOneOfThese(key)) return false;
  return wayUp(instance, isOneOfThese, instanceOf, () => false) === 'elsewhere';
}
