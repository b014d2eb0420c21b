import { missingFrom, parseGtidPosition } from '../../model/gtid-position.ts';
import { countTransactions, parseGtidSet, subtractGtidSets } from '../../model/gtid-set.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';
import { progressOf } from '../../model/received.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { PossibleLoss } from './readiness.ts';

/** How far the most advanced reading among the survivors is behind the primary's. */
interface Behind {
  readonly transactions: number | null;
  readonly bytes: number | null;
}

/**
 * What clients were told is committed and would be gone. Under semi-sync nothing is, as long as the primary waits for somebody.
 * Otherwise it is what the primary had when it was last read and `holder`, who has received most, had not.
 * @param primary as read. @param holder as read: the successor, or the one it catches up from.
 */
export function possibleLoss(primary: ServerRecord, holder: ServerRecord | null): PossibleLoss {
  const source = primary.instance;
  const above = holder?.instance ?? null;
  const name = formatKey(primary.key);
  if (source === null || above === null || holder === null) {
    const sentence = 'Nobody who would be promoted is known, so neither is what would be lost.';
    return { kind: 'unknown', transactions: null, bytes: null, sentence };
  }
  const behind = behindOf(source, above);
  if (isWaitedFor(source)) {
    const { sourceTimeoutMs, connectedReplicas } = source.semiSync;
    const sentence = `Nothing that a client was told is committed: ${name} waits for a replica's acknowledgement of each commit (semi-sync, ${connectedReplicas} connected), for ${Math.round(sourceTimeoutMs / 100) / 10} s at most.`;
    return { kind: 'nothing-acknowledged', ...behind, sentence };
  }
  const holderName = formatKey(holder.key);
  const tail = `What ${name} commits in its last moments and has not sent is lost (asynchronous replication).`;
  if (behind.transactions === null && behind.bytes === null)
    return { kind: 'unknown', ...behind, sentence: `${holderName} and ${name} cannot be compared. ${tail}` };
  if ((behind.transactions ?? behind.bytes) === 0)
    return {
      kind: 'nothing-known',
      ...behind,
      sentence: `At the last readings ${holderName} had received all that ${name} had. ${tail}`,
    };
  const amount = [
    ...(behind.transactions === null ? [] : [`${behind.transactions} transactions`]),
    ...(behind.bytes === null ? [] : [`${behind.bytes} bytes`]),
  ].join(', ');
  const apartMs = (primary.check.lastSeenAtMs ?? 0) - (holder.check.lastSeenAtMs ?? 0);
  const apart = apartMs > 0 ? `, which was read ${apartMs} ms before and may have them by now` : '';
  return { kind: 'some', ...behind, sentence: `${amount} of ${name} had not reached ${holderName}${apart}. ${tail}` };
}

/** Semi-sync is on, in force, and enough replicas acknowledge. */
export const isWaitedFor = ({ semiSync }: Instance): boolean =>
  semiSync.sourceEnabled &&
  semiSync.sourceActive &&
  semiSync.connectedReplicas >= Math.max(1, semiSync.waitForReplicaCount);

function behindOf(source: Instance, above: Instance): Behind {
  return { transactions: transactionsBehind(source, above), bytes: bytesBehind(source, above) };
}

function transactionsBehind(source: Instance, above: Instance): number | null {
  const own = progressOf(above);
  if (own.kind === 'oracle' && source.supportsOracleGtid && source.gtidMode === 'ON') {
    const wanted = parseGtidSet(source.executedGtid);
    return Number(countTransactions(subtractGtidSets(wanted, own.complete)));
  }
  // A MariaDB primary that has written nothing yet has no position at all.
  if (own.kind !== 'mariadb' || source.version.flavour !== 'mariadb') return null;
  return missingFrom(own.complete, parseGtidPosition(source.executedGtid)).reduce(
    (sum, { first, last }) => sum + Number(last - first) + 1,
    0,
  );
}

/** In the primary's current log file; null when the replica still reads an older one. */
function bytesBehind({ key, ownCoordinates }: Instance, { replication }: Instance): number | null {
  if (ownCoordinates === null || replication === null || formatKey(replication.source) !== formatKey(key)) return null;
  const { file, position } = replication.readCoordinates;
  return file === ownCoordinates.file ? Math.max(0, ownCoordinates.position - position) : null;
}
