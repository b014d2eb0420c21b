import { formatMissing, missingFrom, parseGtidPosition } from '../../model/gtid-position.ts';
import { usesMariadbGtid } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';
import { type FreshnessSettings, isLastCheckValid, replicasOf, type ServerRecord } from '../../model/server-record.ts';

/**
 * Why rows in the log of a MariaDB primary do not count as acknowledged; null when they do: as many replicas as it waits for, which
 * acknowledge for it, have received them all. A replica that received rows before it could say so (as an asynchronous one, or on a connection
 * that broke) is not sent them again, and so never acknowledges them by itself (seen on 10.11). Pure.
 * @param records as read just now; the primary's cluster at least.
 */
export function notReceivedBy(
  primary: ServerRecord,
  records: readonly ServerRecord[],
  freshness: FreshnessSettings,
): string | null {
  const name = formatKey(primary.key);
  if (primary.instance === null || !isLastCheckValid(primary.check, freshness)) return `${name} does not answer`;
  const { binlogGtid, semiSync } = primary.instance;
  const written = parseGtidPosition(binlogGtid);
  if (written.gtids.length === 0) return `${name} does not tell what its log holds`;
  const reasons: string[] = [];
  let count = 0;
  for (const { key, instance, check } of replicasOf(primary.key, records)) {
    if (!instance?.semiSync.replicaActive || !usesMariadbGtid(instance) || !isLastCheckValid(check, freshness))
      continue;
    const missing = missingFrom(parseGtidPosition(instance.replication?.receivedGtid ?? ''), written);
    if (missing.length === 0) count += 1;
    else reasons.push(`${formatKey(key)} has yet to receive ${formatMissing(missing)}`);
  }
  if (count >= Math.max(1, semiSync.waitForReplicaCount)) return null;
  return [`no replica that acknowledges is known to have received all that ${name} wrote`, ...reasons].join('; ');
}
