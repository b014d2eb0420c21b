import type { InstanceKey } from '../../src/model/instance-key.ts';
import { nameOf, type Transaction } from './transactions.ts';

export const SIM_FLAVOURS = ['mysql-9.7', 'mysql-5.6', 'mariadb-10.11'] as const;
export type SimFlavour = (typeof SIM_FLAVOURS)[number];

/** The replica end of one edge. Who is connected, what has arrived, what is executed: the facts that a failover turns on. */
export interface SimReplication {
  source: number;
  receiverStarted: boolean;
  receiverConnected: boolean;
  receiverError: number;
  applierStarted: boolean;
  applierError: number;
  /** Arrived whole, not executed; oldest first. */
  relay: Transaction[];
  /** Arrived since the relay log was last thrown away, executed or not (Retrieved_Gtid_Set). */
  retrieved: Map<string, Transaction>;
  /** MariaDB's Gtid_IO_Pos; null after a restart of the receiver that threw the relay log away. */
  ioPosition: Transaction | null;
  /** The beginning of a transaction whose source died: it never becomes whole. 5.6 lists it as retrieved. */
  partial: Transaction | null;
  delaySeconds: number;
}

/** One simulated mysqld. Mutable; only the world and its commands change it. */
export interface SimServer {
  readonly number: number;
  readonly key: InstanceKey;
  readonly flavour: SimFlavour;
  isUp: boolean;
  /** Frozen: the kernel accepts connections, nobody answers. */
  isHung: boolean;
  /** Our process cannot reach it; the other servers can. */
  isCutOff: boolean;
  isReadOnly: boolean;
  isSuperReadOnly: boolean;
  isOffline: boolean;
  binlog: Transaction[];
  executed: Set<string>;
  replication: SimReplication | null;
  /** How many transactions arrive, and are executed, per step; 0 = none (a slow link, a lock that blocks). */
  receiveSpeed: number;
  applySpeed: number;
  /** The applier cannot execute this one (name), and stops with an error. */
  breaksAt: string | null;
  dataCenter: string;
  /** Says what it reads at each probe only after this long. */
  answersAfterMs: number;
}

export const BREAK_ERROR = 1062;
const CANNOT_CONNECT = 2003;
/** "… the source has purged (or never had) the requested position". */
const NOT_IN_BINLOG = 1236;

export const isMariadb = (server: SimServer): boolean => server.flavour === 'mariadb-10.11';

/** A transaction of a client. MySQL numbers per server, MariaDB goes on from the last in the domain. */
export function write(server: SimServer): Transaction {
  const last = server.binlog.at(-1)?.sequence ?? 0;
  const own = server.binlog.filter(({ origin }) => origin === server.number).length;
  const transaction = { origin: server.number, sequence: (isMariadb(server) ? last : own) + 1 };
  commit(server, transaction);
  return transaction;
}

function commit(server: SimServer, transaction: Transaction): void {
  server.binlog.push(transaction);
  server.executed.add(nameOf(transaction));
}

export const mayWrite = (server: SimServer): boolean =>
  server.isUp && !server.isHung && !server.isReadOnly && !server.isOffline;

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
  for (const transaction of missingAt(server, replication, source).slice(0, server.receiveSpeed)) {
    replication.relay.push(transaction);
    replication.retrieved.set(nameOf(transaction), transaction);
    replication.ioPosition = transaction;
  }
}

function connect(server: SimServer, replication: SimReplication, source: SimServer): boolean {
  const start = isMariadb(server) ? startOf(server, replication) : undefined;
  if (start !== undefined && !source.executed.has(nameOf(start))) {
    replication.receiverStarted = false;
    replication.receiverError = NOT_IN_BINLOG;
    return false;
  }
  replication.receiverConnected = true;
  replication.receiverError = 0;
  if (replication.partial !== null) {
    // What had arrived in part is fetched anew, whole.
    replication.retrieved.delete(nameOf(replication.partial));
    replication.partial = null;
  }
  return true;
}

/** Where a MariaDB receiver goes on: after what it has received, else after what is executed. */
const startOf = (server: SimServer, replication: SimReplication): Transaction | undefined =>
  replication.ioPosition ?? server.binlog.at(-1);

function missingAt(server: SimServer, replication: SimReplication, source: SimServer): Transaction[] {
  if (isMariadb(server)) {
    const start = startOf(server, replication);
    const index = start === undefined ? -1 : source.binlog.findIndex((other) => nameOf(other) === nameOf(start));
    return source.binlog.slice(index + 1);
  }
  const waiting = new Set(replication.relay.map(nameOf));
  return source.binlog.filter((other) => !server.executed.has(nameOf(other)) && !waiting.has(nameOf(other)));
}

/** The applier does what it can in one step. */
export function apply(server: SimServer): void {
  const { replication } = server;
  if (replication === null || !replication.applierStarted || !server.isUp || server.isHung) return;
  if (replication.delaySeconds > 0) return;
  for (let count = 0; count < server.applySpeed; count += 1) {
    const next = replication.relay[0];
    if (next === undefined) return;
    if (nameOf(next) === server.breaksAt) {
      replication.applierStarted = false;
      replication.applierError = BREAK_ERROR;
      return;
    }
    replication.relay.shift();
    if (!server.executed.has(nameOf(next))) commit(server, next);
  }
}
