import { compareCoordinates } from '../../src/model/coordinates.ts';
import { compareMajorVersions, parseVersion } from '../../src/model/version.ts';
import { append, entriesAfter, hasLogged, type LogEntry, logged, place, settledAt } from './sim-log.ts';
import { VERSIONS } from './sim-reading.ts';
import {
  type Arrived,
  binlogPos,
  currentPos,
  isMariadb,
  isRecent,
  type SimReplication,
  type SimServer,
  usesMariadbGtid,
  waitingAt,
} from './sim-server.ts';
import { nameOf, type Transaction } from './transactions.ts';

export const BREAK_ERROR = 1062;
const CANNOT_CONNECT = 2003;
const CANNOT_LOG_IN = 1045;
/** "… the source has purged (or never had) the requested position". */
const NOT_IN_BINLOG = 1236;
/** A source that is too new, of another kind, or without the GTIDs that are asked for. */
const CANNOT_FOLLOW = 13_117;
const CHECKPOINT_MS = 300;

/** Told of everything that must never happen. */
export type Accuse = (what: string) => void;

/** A transaction of a client. MySQL numbers per server, MariaDB goes on from the last in the domain. */
export function write(server: SimServer, nowMs = 0): Transaction {
  const last = Math.max(binlogPos(server)?.sequence ?? 0, server.slavePos?.sequence ?? 0, server.written);
  server.written = isMariadb(server) ? last + 1 : server.written + 1;
  const transaction = {
    origin: server.number,
    sequence: server.written,
    committedAtMs: nowMs,
    needs: new Map(server.have),
    isErrant: server.replication !== null && !server.isWriter,
  };
  commit(server, transaction);
  append(server.log, transaction);
  return transaction;
}

/** Executed from now on: the data changes, unless it is an empty one. */
export function commit(server: SimServer, transaction: Transaction): void {
  const { origin, sequence } = transaction;
  if (transaction.isEmpty !== true) server.history.push(transaction);
  server.executed.add(nameOf(transaction));
  if (transaction.isErrant !== true) server.have.set(origin, Math.max(server.have.get(origin) ?? 0, sequence));
}

/** The receiver does what it can in one step: connects, notices that its source is gone, takes what is there. */
export function receive(server: SimServer, source: SimServer | undefined): void {
  const { replication } = server;
  if (replication === null || !replication.receiverStarted || !server.isUp || server.isHung) return;
  if (source === undefined || !source.isUp) {
    replication.receiverConnected = false;
    replication.receiverError = CANNOT_CONNECT;
    return;
  }
  // A frozen source keeps the connections it has, and answers no new one.
  if (source.isHung) return;
  if (!replication.receiverConnected && !connect(server, replication, source)) return;
  if (replication.levelWith === source.log.version) {
    settle(server, replication, source);
    passHalfOn(replication, source);
    return;
  }
  const missing = missingAt(server, replication, source);
  if (missing === null) {
    giveUp(replication, NOT_IN_BINLOG);
    return;
  }
  for (const entry of missing.slice(0, server.receiveSpeed)) take(server, replication, source, entry);
  if (missing.length <= server.receiveSpeed) {
    replication.levelWith = source.log.version;
    settle(server, replication, source);
  }
}

/** What such a binlog server has of a transaction that never becomes whole reaches its replicas as well. */
function passHalfOn(replication: SimReplication, source: SimServer): void {
  const half = source.replication?.partial ?? null;
  if (!source.passesOnHalves || half === null || source.replication === null || replication.partial !== null) return;
  replication.partial = half;
  replication.beforePartial = replication.readAt;
  replication.readAt = source.replication.readAt;
}

/** Everything is received: it stands at the end of the source's log, perhaps in a newer file. */
function settle(server: SimServer, replication: SimReplication, source: SimServer): void {
  replication.readAt = settledAt(source.log, replication.readAt);
  if (replication.relay.length === 0 && replication.applierStarted) replication.executedAt = replication.readAt;
  if (server.isBinlogServer && (server.log.file !== source.log.file || server.log.end !== source.log.end))
    Object.assign(server.log, { file: source.log.file, end: source.log.end, version: server.log.version + 1 });
}

function take(server: SimServer, replication: SimReplication, source: SimServer, entry: LogEntry): void {
  const { transaction } = entry;
  replication.readAt = place(source.log, entry.file, entry.end);
  if (server.isBinlogServer) {
    server.log.entries.push(entry);
    Object.assign(server.log, { prefix: source.log.prefix, file: entry.file, end: entry.end });
    server.log.version += 1;
    replication.executedAt = replication.readAt;
    return;
  }
  replication.retrieved.set(nameOf(transaction), transaction);
  replication.ioPosition = transaction;
  if (transaction.origin !== server.number) {
    replication.relay.push({ ...transaction, at: replication.readAt });
    return;
  }
  // Its own transaction, come back by way of another: left out, but its place is passed.
  const last = replication.relay.at(-1);
  if (last === undefined) replication.executedAt = replication.readAt;
  else last.at = replication.readAt;
}

function giveUp(replication: SimReplication, errorNumber: number): void {
  replication.receiverStarted = false;
  replication.receiverConnected = false;
  replication.receiverError = errorNumber;
}

function connect(server: SimServer, replication: SimReplication, source: SimServer): boolean {
  if (!server.hasAccount) {
    replication.receiverError = CANNOT_LOG_IN;
    return false;
  }
  if (!canFollow(server, replication, source)) {
    giveUp(replication, CANNOT_FOLLOW);
    return false;
  }
  if (!isPlaceKnown(server, replication, source)) {
    giveUp(replication, NOT_IN_BINLOG);
    return false;
  }
  replication.receiverConnected = true;
  replication.receiverError = 0;
  replication.levelWith = null;
  if (replication.partial !== null) {
    // What had arrived in part is fetched anew, whole.
    replication.retrieved.delete(nameOf(replication.partial));
    replication.partial = null;
    replication.readAt = replication.beforePartial ?? replication.readAt;
    replication.beforePartial = null;
  }
  return true;
}

function canFollow(server: SimServer, replication: SimReplication, source: SimServer): boolean {
  if (isMariadb(server) !== isMariadb(source)) return false;
  if (replication.positioning === 'oracle-auto' && !source.isGtidOn) return false;
  if (isMariadb(server)) return true;
  const versionOf = (one: SimServer) => parseVersion(...(one.version ?? VERSIONS[one.flavour]));
  return compareMajorVersions(versionOf(server), versionOf(source)) >= 0;
}

/** Whether the source still has, and ever had, the place from which the replica wants to go on. */
function isPlaceKnown(server: SimServer, replication: SimReplication, source: SimServer): boolean {
  switch (replication.positioning) {
    case 'coordinates':
      return entriesAfter(source.log, replication.beforePartial ?? replication.readAt) !== null;
    case 'oracle-auto': {
      const waiting = waitingAt(replication);
      return [...source.purged].every((name) => server.executed.has(name) || waiting.has(name));
    }
    default: {
      const start = startOf(server, replication);
      if (start === null) return source.purged.size === 0;
      return hasLogged(source.log, nameOf(start)) || [...source.purged].at(-1) === nameOf(start);
    }
  }
}

/** Where a MariaDB receiver goes on: after what it has received, else after what is executed. */
function startOf(server: SimServer, replication: SimReplication): Transaction | null {
  if (replication.ioPosition !== null) return replication.ioPosition;
  return replication.positioning === 'mariadb-current-pos' ? currentPos(server) : server.slavePos;
}

/** null: the source does not have the place any more. */
function missingAt(server: SimServer, replication: SimReplication, source: SimServer): readonly LogEntry[] | null {
  const { log } = source;
  switch (replication.positioning) {
    case 'coordinates':
      return entriesAfter(log, replication.readAt);
    case 'oracle-auto': {
      const waiting = waitingAt(replication);
      return log.entries.filter(
        ({ transaction }) => !server.executed.has(nameOf(transaction)) && !waiting.has(nameOf(transaction)),
      );
    }
    default: {
      const start = startOf(server, replication);
      if (start === null) return log.entries;
      const name = nameOf(start);
      const index = log.entries.findLastIndex(({ transaction }) => nameOf(transaction) === name);
      return log.entries.slice(index + 1);
    }
  }
}

/** The applier does what it can in one step. */
export function apply(server: SimServer, nowMs: number, accuse: Accuse): void {
  const { replication } = server;
  if (replication === null || !server.isUp || server.isHung) return;
  if (replication.applierStarted && !server.isBinlogServer) execute(server, replication, nowMs, accuse);
  if (!replication.applierStarted || nowMs - replication.checkpointAtMs >= CHECKPOINT_MS) {
    replication.checkpoint = replication.executedAt;
    replication.checkpointAtMs = nowMs;
  }
}

function execute(server: SimServer, replication: SimReplication, nowMs: number, accuse: Accuse): void {
  for (let count = 0; count < server.applySpeed; count += 1) {
    const next = replication.relay[0];
    if (isUntilReached(server, replication, next)) {
      replication.applierStarted = false;
      return;
    }
    if (next === undefined || nowMs - (next.committedAtMs ?? nowMs) < replication.delaySeconds * 1000) return;
    if (nameOf(next) === server.breaksAt && !(server.isGtidOn && server.executed.has(nameOf(next)))) {
      replication.applierStarted = false;
      replication.applierError = BREAK_ERROR;
      replication.brokeAtMs = nowMs;
      return;
    }
    replication.relay.shift();
    executeOne(server, replication, next, accuse);
  }
}

/** 9.7 stops when it has come there; 5.6 and MariaDB only when they see what comes next (measured). */
const isUntilReached = (server: SimServer, { until, executedAt }: SimReplication, next: Arrived | undefined): boolean =>
  until !== null && compareCoordinates(executedAt, until) >= 0 && (isRecent(server) || next !== undefined);

function executeOne(server: SimServer, replication: SimReplication, next: Arrived, accuse: Accuse): void {
  const { at, ...transaction } = next;
  replication.executedAt = at;
  server.slavePos = transaction;
  const name = nameOf(transaction);
  // MySQL leaves out by itself what its GTIDs say is executed.
  if (!isMariadb(server) && server.isGtidOn && server.executed.has(name)) return;
  judgeOrder(server, transaction, accuse);
  commit(server, transaction);
  if (server.logsReplicaUpdates) append(server.log, transaction);
}

/** A replica's history is that of the writers, in order, without a gap and without a repetition. */
function judgeOrder(server: SimServer, transaction: Transaction, accuse: Accuse): void {
  const { origin, sequence, needs, isEmpty, isErrant } = transaction;
  if (isEmpty === true || isErrant === true) return;
  if ((server.have.get(origin) ?? 0) >= sequence)
    accuse(`${server.number} executes ${nameOf(transaction)} twice, or out of order`);
  for (const [other, last] of needs ?? []) {
    if ((server.have.get(other) ?? 0) >= last) continue;
    accuse(`${server.number} executes ${nameOf(transaction)} without ${other}:${last}, which was before it`);
  }
}

/** All of the source's log has arrived. */
export function isLevel(replica: SimServer, source: SimServer): boolean {
  const waiting = replica.replication === null ? new Set<string>() : waitingAt(replica.replication);
  return logged(source.log).every((one) => replica.executed.has(nameOf(one)) || waiting.has(nameOf(one)));
}

/** True when MariaDB by GTID forgets what waits as soon as either thread starts: while both rest (measured on 10.11). */
export const forgetsAtStart = (server: SimServer, replication: SimReplication): boolean =>
  isMariadb(server) && usesMariadbGtid(replication) && !replication.applierStarted && !replication.receiverStarted;
