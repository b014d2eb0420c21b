import type { Instance, ReplicationStatus } from './instance.ts';
import { formatKey, type InstanceKey, sameKey } from './instance-key.ts';
import type { ServerRecord } from './server-record.ts';

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
  const seen = new Set<string>();
  for (let at: Instance | null = instance; at !== null && !seen.has(formatKey(at.key)); ) {
    seen.add(formatKey(at.key));
    const replication: ReplicationStatus | null = at.replication;
    // A receiver that people stopped says that they want it to follow no more.
    if (replication === null || replication.receiver.state === 'stopped') return true;
    const source: InstanceKey = replication.source;
    if (sameKey(source, primary)) return false;
    at = records.find((record) => sameKey(record.key, source))?.instance ?? null;
  }
  return true;
}
