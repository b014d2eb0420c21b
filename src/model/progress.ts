import type { BinlogCoordinates } from './coordinates.ts';
import { compareCoordinates, formatCoordinates } from './coordinates.ts';
import {
  comparePositions,
  containsPosition,
  formatGtidPosition,
  formatMissing,
  type GtidPosition,
  missingFrom,
  parseGtidPosition,
  unionPositions,
} from './gtid-position.ts';
import { type Relation, relationOf } from './gtid-relation.ts';
import {
  compareGtidSets,
  countTransactions,
  EMPTY_GTID_SET,
  formatGtidSet,
  type GtidSet,
  parseGtidSet,
  subtractGtidSets,
  unionGtidSets,
} from './gtid-set.ts';
import type { Instance, ReplicationStatus } from './instance.ts';
import { usesMariadbGtid, usesOracleGtid } from './instance.ts';
import { formatKey, type InstanceKey } from './instance-key.ts';
import { isAtLeast, isOracleFamily } from './version.ts';

/**
 * What a server has of its cluster's history, in the terms its flavour allows.
 * received: arrived, executed or not. executed: committed here. complete: what it can have without anybody's help, i.e.
 * received ∪ executed without a last transaction that arrived only in part. Ranking compares `complete`; after the drain, `executed`.
 */
export type Progress = {
  /** `complete` as the text that a condition `has-executed` takes; '' where coordinates are all there is. */
  readonly completeText: string;
} & (
  | {
      readonly kind: 'oracle';
      readonly received: GtidSet;
      readonly executed: GtidSet;
      readonly complete: GtidSet;
      /**
       * In `complete`, but perhaps arrived only in part; the drain will tell. Kept in, because leaving out a whole transaction
       * could promote a server that lacks it, while keeping in half a one only costs a second look after the drain.
       */
      readonly doubtful: GtidSet;
    }
  | {
      readonly kind: 'mariadb';
      readonly received: GtidPosition;
      readonly executed: GtidPosition;
      readonly complete: GtidPosition;
    }
  | {
      readonly kind: 'coordinates';
      /** Whose log the coordinates are in; null for a server without source, which are then its own. */
      readonly source: InstanceKey;
      readonly received: BinlogCoordinates;
      readonly executed: BinlogCoordinates;
      readonly complete: BinlogCoordinates;
    }
);

const NOWHERE: BinlogCoordinates = { kind: 'binlog', file: '', position: 0 };

/**
 * What this server has. GTIDs are used where the default channel goes by them (or, for Oracle, where gtid_mode=ON gives every
 * transaction one); otherwise coordinates in the source's log. Other channels are not looked at.
 * @throws OrchestratorError `bad-gtid-set` / `bad-gtid-position` when the server's own text cannot be read.
 */
export function progressOf(instance: Instance): Progress {
  const replication = instance.replication;
  if (instance.version.flavour === 'mariadb') {
    if (replication === null ? instance.executedGtid !== '' : goesByMariadbGtid(instance))
      return mariadbProgress(instance);
  } else if (instance.supportsOracleGtid) {
    if (replication === null || usesOracleGtid(instance) || instance.gtidMode === 'ON') return oracleProgress(instance);
  }
  if (replication === null) {
    const own = instance.ownCoordinates ?? NOWHERE;
    return { kind: 'coordinates', source: instance.key, received: own, executed: own, complete: own, completeText: '' };
  }
  const { source, readCoordinates: received, executedCoordinates: executed } = replication;
  const complete = compareCoordinates(received, executed) < 0 ? executed : received;
  return { kind: 'coordinates', source, received, executed, complete, completeText: '' };
}

const goesByMariadbGtid = (instance: Instance): boolean => usesMariadbGtid(instance) || isExecutingRelayLog(instance);

/**
 * A MariaDB replica by GTID that was left in the middle of executing its relay log by coordinates (plan/steps/relay-log.ts): its
 * receiver rests, and it has received no less than it has executed. Where GTIDs are not used, what is executed leaves Gtid_IO_Pos
 * behind at once (measured on 10.11).
 */
export function isExecutingRelayLog({ version, replication, executedGtid }: Instance): boolean {
  if (version.flavour !== 'mariadb' || replication?.positioning !== 'coordinates') return false;
  if (replication.receiver.state !== 'stopped' || replication.receivedGtid === '') return false;
  return containsPosition(parseGtidPosition(replication.receivedGtid), parseGtidPosition(executedGtid));
}

/** MariaDB. An empty Gtid_IO_Pos (after a restart, before the first connection) means unknown: only what is executed counts. */
function mariadbProgress(instance: Instance): Progress {
  const executed = parseGtidPosition(instance.executedGtid);
  const received = parseGtidPosition(instance.replication?.receivedGtid ?? '');
  const complete = unionPositions(received, executed);
  return { kind: 'mariadb', received, executed, complete, completeText: formatGtidPosition(complete) };
}

/**
 * Oracle. Until 5.6 Retrieved_Gtid_Set lists a transaction as soon as it begins to arrive (measured; 5.7 and later list only
 * whole ones), so that the source's last one may never become whole if the source died.
 */
function oracleProgress(instance: Instance): Progress {
  const executed = parseGtidSet(instance.executedGtid);
  const received = parseGtidSet(instance.replication?.receivedGtid ?? '');
  const last = lastUnexecuted(instance, received, executed);
  const isIncomplete = instance.replication !== null && endsIncomplete(instance.replication, received, executed, last);
  const complete = unionGtidSets(isIncomplete ? subtractGtidSets(received, last) : received, executed);
  const doubtful = isIncomplete ? EMPTY_GTID_SET : last;
  return { kind: 'oracle', received, executed, complete, doubtful, completeText: formatGtidSet(complete) };
}

/**
 * What the server may list before it is whole: the last received transaction of each origin that it has not executed; else the
 * empty set. Of each origin, not of the direct source alone: below an intermediate source the transactions are the primary's.
 */
function lastUnexecuted(instance: Instance, received: GtidSet, executed: GtidSet): GtidSet {
  if (instance.replication === null || !isOracleFamily(instance.version) || isAtLeast(instance.version, 5, 7))
    return EMPTY_GTID_SET;
  const last = received.groups.map(({ uuid, intervals }) => `${uuid}:${intervals.at(-1)?.last ?? 0n}`);
  return subtractGtidSets(parseGtidSet(last.join(',')), executed);
}

/** The one transaction not executed is the last of its origin, the applier has read all there is, and nothing more will come. */
function endsIncomplete(replication: ReplicationStatus, received: GtidSet, executed: GtidSet, last: GtidSet): boolean {
  if (replication.receiver.state === 'running' || !replication.applierHasReadAll) return false;
  return countTransactions(last) === 1n && countTransactions(subtractGtidSets(received, executed)) === 1n;
}

/** How a stands to b by what each can have (`complete`). Different kinds, or logs of different sources, are `diverged`. */
export function compareProgress(a: Progress, b: Progress): Relation {
  if (a.kind === 'oracle' && b.kind === 'oracle') return compareGtidSets(a.complete, b.complete);
  if (a.kind === 'mariadb' && b.kind === 'mariadb') return comparePositions(a.complete, b.complete);
  return compareSameSource(a, b);
}

function compareSameSource(a: Progress, b: Progress): Relation {
  if (a.kind !== 'coordinates' || b.kind !== 'coordinates') return 'diverged';
  if (formatKey(a.source) !== formatKey(b.source)) return 'diverged';
  const order = compareCoordinates(a.complete, b.complete);
  return relationOf(order >= 0, order <= 0);
}

/** What a has (`complete`) and b has not, as text for people; '' when nothing. */
export function surplusOf(a: Progress, b: Progress): string {
  if (a.kind === 'oracle' && b.kind === 'oracle') return formatGtidSet(subtractGtidSets(a.complete, b.complete));
  if (a.kind === 'mariadb' && b.kind === 'mariadb') return formatMissing(missingFrom(b.complete, a.complete));
  const relation = compareProgress(a, b);
  if (relation === 'equal' || relation === 'behind' || a.kind !== 'coordinates' || b.kind !== 'coordinates') return '';
  return `${formatCoordinates(b.complete)} to ${formatCoordinates(a.complete)} of ${formatKey(a.source)}`;
}

/** One sentence: what each of two servers lacks of the other's transactions, or that they cannot be compared. */
export function describeDifference(a: Instance, b: Instance): string {
  const [nameA, nameB] = [formatKey(a.key), formatKey(b.key)];
  const [progressA, progressB] = [progressOf(a), progressOf(b)];
  const relation = compareProgress(progressA, progressB);
  if (relation === 'equal') return `${nameA} and ${nameB} have the same transactions.`;
  const isComparable =
    progressA.kind === progressB.kind &&
    (progressA.kind !== 'coordinates' || progressB.kind !== 'coordinates' || relation !== 'diverged');
  if (!isComparable) {
    return `${nameA} and ${nameB} cannot be compared: ${termsOf(progressA)} against ${termsOf(progressB)}.`;
  }
  const lacks: string[] = [];
  if (relation !== 'ahead') lacks.push(`${nameA} lacks ${surplusOf(progressB, progressA)}`);
  if (relation !== 'behind') lacks.push(`${nameB} lacks ${surplusOf(progressA, progressB)}`);
  return `${lacks.join(', and ')}.`;
}

function termsOf(progress: Progress): string {
  if (progress.kind === 'oracle') return 'an Oracle GTID set';
  if (progress.kind === 'mariadb') return 'a MariaDB GTID position';
  return `coordinates in the log of ${formatKey(progress.source)}`;
}
