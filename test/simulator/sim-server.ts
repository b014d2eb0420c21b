import type { BinlogCoordinates } from '../../src/model/coordinates.ts';
import type { Positioning } from '../../src/model/instance.ts';
import type { InstanceKey } from '../../src/model/instance-key.ts';
import { createLog, NOWHERE, PLAIN_LOG, type SimLog } from './sim-log.ts';
import { nameOf, type Transaction } from './transactions.ts';

export const SIM_FLAVOURS = ['mysql-9.7', 'mysql-5.6', 'mariadb-10.11'] as const;
export type SimFlavour = (typeof SIM_FLAVOURS)[number];

/** A transaction in the relay log, and where it ends in the source's log. */
export interface Arrived extends Transaction {
  at: BinlogCoordinates;
}

/** The replica end of one edge. Who is connected, what has arrived, what is executed: the facts that a failover turns on. */
export interface SimReplication {
  /** Number of the source; 0: the address leads nowhere. */
  source: number;
  /** The address as it was given. */
  sourceKey: InstanceKey;
  positioning: Positioning;
  receiverStarted: boolean;
  receiverConnected: boolean;
  receiverError: number;
  applierStarted: boolean;
  applierError: number;
  brokeAtMs: number;
  /** Arrived whole, not executed; oldest first. */
  relay: Arrived[];
  /** Arrived since the relay log was last thrown away, executed or not (Retrieved_Gtid_Set). */
  retrieved: Map<string, Transaction>;
  /** MariaDB's Gtid_IO_Pos; null after a restart of the receiver that threw the relay log away. */
  ioPosition: Transaction | null;
  /** The beginning of a transaction whose source died: it never becomes whole. 5.6 lists it as retrieved. */
  partial: Transaction | null;
  /** By coordinates: how far was received before that. */
  beforePartial: BinlogCoordinates | null;
  /** The version of the source's log of which this connection has received everything; null: not everything yet. */
  levelWith: number | null;
  /** How far the source's log is received, and executed. */
  readAt: BinlogCoordinates;
  executedAt: BinlogCoordinates;
  /** What 9.7 says of `executedAt`: its workers are asked every 300 ms only (measured), and when they stop. */
  checkpoint: BinlogCoordinates;
  checkpointAtMs: number;
  /** START … UNTIL: the applier goes no further. */
  until: BinlogCoordinates | null;
  delaySeconds: number;
  hasFilters: boolean;
}

/** One simulated mysqld. Mutable; only the world and its commands change it. */
export interface SimServer {
  readonly number: number;
  readonly key: InstanceKey;
  readonly flavour: SimFlavour;
  /** Text and comment; null: the flavour's own. */
  readonly version: readonly [string, string] | null;
  /** Serves its source's log unchanged, and executes nothing. */
  readonly isBinlogServer: boolean;
  /** A binlog server that passes on, and counts as its own, half a transaction whose source died. */
  readonly passesOnHalves: boolean;
  /** gtid_mode=ON; MariaDB always numbers. */
  readonly isGtidOn: boolean;
  readonly logsReplicaUpdates: boolean;
  isUp: boolean;
  /** Monotonic; long before the story begins, unless it is started again in it. */
  startedAtMs: number;
  /** Frozen: the kernel accepts connections, nobody answers. */
  isHung: boolean;
  /** Our process cannot reach it; the other servers can. */
  isCutOff: boolean;
  isReadOnly: boolean;
  isSuperReadOnly: boolean;
  isOffline: boolean;
  log: SimLog;
  /** gtid_executed. */
  executed: Set<string>;
  purged: Set<string>;
  /** What changed its data, in order, and the last of it by origin. */
  history: Transaction[];
  have: Map<number, number>;
  /** gtid_slave_pos: the last that came by replication. */
  slavePos: Transaction | null;
  /** It takes writes by right, also while it is a replica: one of two primaries. */
  readonly isWriter: boolean;
  /** Its own transactions so far. */
  written: number;
  replication: SimReplication | null;
  /** It keeps an account with which it can log in at a source. */
  hasAccount: boolean;
  semiSync: { source: boolean; replica: boolean };
  /** How many transactions arrive, and are executed, per step; 0 = none (a slow link, a lock that blocks). */
  receiveSpeed: number;
  applySpeed: number;
  /** The applier cannot execute this one (name), and stops with an error. */
  breaksAt: string | null;
  dataCenter: string;
  /** Says what it reads at each probe only after this long. */
  answersAfterMs: number;
}

/** What a new server is like; everything unsaid is an ordinary replica of the flavour. */
export interface ServerSpec {
  readonly number: number;
  readonly key: InstanceKey;
  readonly flavour: SimFlavour;
  readonly source: number | null;
  readonly sourceKey?: InstanceKey;
  readonly version?: readonly [string, string];
  readonly isBinlogServer?: boolean;
  readonly passesOnHalves?: boolean;
  readonly isGtidOn?: boolean;
  readonly logsReplicaUpdates?: boolean;
  readonly positioning?: Positioning;
  readonly delaySeconds?: number;
  readonly hasFilters?: boolean;
  readonly isReadOnly?: boolean;
  readonly hasAccount?: boolean;
  readonly log?: Parameters<typeof createLog>[0];
  readonly firstFile?: number;
}

export const isMariadb = (server: Pick<SimServer, 'flavour'>): boolean => server.flavour === 'mariadb-10.11';

/** MySQL 5.7 and later: receiver and applier are changed one by one. */
export const isRecent = (server: Pick<SimServer, 'flavour'>): boolean => server.flavour === 'mysql-9.7';

export function createServer(spec: ServerSpec): SimServer {
  const isReadOnly = spec.isReadOnly ?? spec.source !== null;
  const { source, sourceKey } = spec;
  return {
    number: spec.number,
    key: spec.key,
    flavour: spec.flavour,
    version: spec.version ?? null,
    isBinlogServer: spec.isBinlogServer ?? false,
    passesOnHalves: spec.passesOnHalves ?? false,
    isGtidOn: spec.isGtidOn ?? true,
    logsReplicaUpdates: spec.logsReplicaUpdates ?? true,
    isUp: true,
    startedAtMs: -1_000_000,
    isHung: false,
    isCutOff: false,
    isReadOnly,
    isSuperReadOnly: isReadOnly && isRecent(spec),
    isOffline: false,
    log: createLog(spec.log ?? PLAIN_LOG, spec.firstFile),
    executed: new Set(),
    purged: new Set(),
    history: [],
    have: new Map(),
    slavePos: null,
    isWriter: !isReadOnly,
    written: 0,
    replication: source === null || sourceKey === undefined ? null : createReplication(spec, source, sourceKey),
    hasAccount: spec.hasAccount ?? true,
    semiSync: { source: false, replica: false },
    receiveSpeed: 10,
    applySpeed: 10,
    breaksAt: null,
    dataCenter: '',
    answersAfterMs: 1,
  };
}

/** A replica that runs, or is told so at once; it has received nothing yet. */
export function createReplication(
  server: Pick<ServerSpec, 'flavour' | 'isGtidOn' | 'positioning' | 'delaySeconds' | 'hasFilters'>,
  source: number,
  sourceKey: InstanceKey,
): SimReplication {
  const byGtid = isMariadb(server) ? 'mariadb-slave-pos' : 'oracle-auto';
  return {
    source,
    sourceKey,
    positioning: server.positioning ?? (server.isGtidOn === false ? 'coordinates' : byGtid),
    receiverStarted: true,
    receiverConnected: false,
    receiverError: 0,
    applierStarted: true,
    applierError: 0,
    brokeAtMs: Number.NEGATIVE_INFINITY,
    relay: [],
    retrieved: new Map(),
    ioPosition: null,
    partial: null,
    beforePartial: null,
    levelWith: null,
    readAt: NOWHERE,
    executedAt: NOWHERE,
    checkpoint: NOWHERE,
    checkpointAtMs: 0,
    until: null,
    delaySeconds: server.delaySeconds ?? 0,
    hasFilters: server.hasFilters ?? false,
  };
}

export const mayWrite = (server: SimServer): boolean =>
  server.isUp && !server.isHung && !server.isReadOnly && !server.isOffline && !server.isBinlogServer;

/** MariaDB's gtid_binlog_pos: the last in its log. */
export const binlogPos = (server: SimServer): Transaction | null => server.log.entries.at(-1)?.transaction ?? null;

/** MariaDB's gtid_current_pos: what came by replication, or what it wrote itself, whichever is later. */
export function currentPos(server: SimServer): Transaction | null {
  const last = binlogPos(server);
  if (last === null || last.origin !== server.number) return server.slavePos;
  return server.slavePos !== null && server.slavePos.sequence > last.sequence ? server.slavePos : last;
}

/** MariaDB goes by GTID: its relay log is thrown away when the receiver starts beside a resting applier. */
export const usesMariadbGtid = ({ positioning }: SimReplication): boolean =>
  positioning === 'mariadb-slave-pos' || positioning === 'mariadb-current-pos';

/** Everything it has received and not executed, as names. */
export const waitingAt = ({ relay }: SimReplication): Set<string> => new Set(relay.map(nameOf));
