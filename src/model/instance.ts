import type { BinlogCoordinates } from './coordinates.ts';
import type { InstanceKey } from './instance-key.ts';
import type { ServerVersion } from './version.ts';

/** none: no such thread is configured; other: neither Yes nor No, e.g. a receiver that is connecting. */
export const THREAD_STATES = ['none', 'stopped', 'running', 'other'] as const;
export type ThreadState = (typeof THREAD_STATES)[number];

/** How a replica finds its position in the source's log. */
export const POSITIONINGS = ['oracle-auto', 'mariadb-slave-pos', 'mariadb-current-pos', 'coordinates'] as const;
export type Positioning = (typeof POSITIONINGS)[number];

/** One replication thread with the last error it reported. `errorNumber` 0 means no error. */
export interface ReplicationThread {
  readonly state: ThreadState;
  readonly errorNumber: number;
  readonly errorText: string;
}

/** Everything a replica says about its connection to the source besides the address; kept as it was when re-pointed. */
export interface ConnectionProfile {
  readonly user: string;
  readonly connectRetrySeconds: number | null;
  readonly heartbeatPeriodSeconds: number | null;
  readonly tlsAllowed: boolean;
  readonly tlsCaFile: string;
  readonly tlsCaPath: string;
  readonly tlsCert: string;
  readonly tlsCipher: string;
  readonly tlsCrlFile: string;
  readonly tlsCrlPath: string;
  readonly tlsKey: string;
  readonly tlsVerifyServerCert: boolean | null;
  readonly tlsVersion: string;
  readonly tlsCiphersuites: string;
  readonly publicKeyPath: string;
  readonly getPublicKey: boolean | null;
}

/** Nothing is known of how a replica connects. */
export const UNKNOWN_PROFILE: ConnectionProfile = {
  user: '',
  connectRetrySeconds: null,
  heartbeatPeriodSeconds: null,
  tlsAllowed: false,
  tlsCaFile: '',
  tlsCaPath: '',
  tlsCert: '',
  tlsCipher: '',
  tlsCrlFile: '',
  tlsCrlPath: '',
  tlsKey: '',
  tlsVerifyServerCert: null,
  tlsVersion: '',
  tlsCiphersuites: '',
  publicKeyPath: '',
  getPublicKey: null,
};

/** The replica end of one replication edge, as SHOW REPLICA STATUS tells it. */
export interface ReplicationStatus {
  readonly channel: string;
  /** The source's address as configured on the replica, before any resolving. */
  readonly configuredSource: InstanceKey;
  /** The source's address as this program knows it (resolved). */
  readonly source: InstanceKey;
  /** null where the flavour does not tell (MariaDB). */
  readonly sourceUuid: string | null;
  readonly sourceServerId: number;
  readonly receiver: ReplicationThread;
  readonly applier: ReplicationThread;
  /** True when the applier reports that it has read everything in the relay log and waits for more, and so do its workers. */
  readonly applierHasReadAll: boolean;
  readonly positioning: Positioning;
  readonly readCoordinates: BinlogCoordinates;
  readonly executedCoordinates: BinlogCoordinates;
  readonly relayCoordinates: BinlogCoordinates;
  /**
   * What the receiver has got: Oracle Retrieved_Gtid_Set, or MariaDB Gtid_IO_Pos.
   * On MySQL 5.6 it may list one incomplete last transaction; see model/received.ts.
   */
  readonly receivedGtid: string;
  readonly secondsBehind: number | null;
  readonly delaySeconds: number;
  readonly hasFilters: boolean;
  readonly profile: ConnectionProfile;
}

export interface SemiSyncStatus {
  readonly available: boolean;
  readonly sourceEnabled: boolean;
  readonly replicaEnabled: boolean;
  readonly sourceActive: boolean;
  readonly replicaActive: boolean;
  readonly sourceTimeoutMs: number;
  readonly waitForReplicaCount: number;
  readonly connectedReplicas: number;
  /** How many commits waited for an acknowledgement when it was last read as a whole; not stored. */
  readonly waitingCommits: number;
  /** True when the plugin uses the words source/replica (8.0.26 and later). */
  readonly sourceWordsNew: boolean;
  readonly replicaWordsNew: boolean;
}

export interface GroupReplicationStatus {
  readonly groupName: string;
  readonly isSinglePrimary: boolean;
  readonly memberState: string;
  readonly memberRole: string;
  /** The other members, not this server. */
  readonly members: readonly InstanceKey[];
  readonly primary: InstanceKey | null;
  /** Those of `members`, in their order, and of `primary`. Absent where the backend tells of the group: it keeps none. */
  readonly uuids?: { readonly members: readonly string[]; readonly primary: string | null };
}

/** What the classification queries and patterns of the configuration say of a server. */
export interface Classification {
  readonly instanceAlias: string;
  readonly dataCenter: string;
  readonly region: string;
  readonly physicalEnvironment: string;
  /** What this server suggests as its cluster's alias; '' when it suggests none. */
  readonly suggestedClusterAlias: string;
  readonly clusterDomain: string;
  readonly semiSyncPriority: number;
  /** Rule answered by DetectPromotionRuleQuery; null when not configured. */
  readonly promotionRule: string | null;
}

/**
 * One good reading of one server: atomic, immutable, everything from the same probe.
 * What follows from several servers together (cluster, depth, errant GTIDs) is in Position; what people decided is in Intent.
 */
export interface Instance {
  readonly key: InstanceKey;
  readonly serverId: number;
  /** null on MariaDB, which has none. */
  readonly serverUuid: string | null;
  readonly version: ServerVersion;
  readonly uptimeSeconds: number;
  readonly mysqlHostname: string;
  readonly reportHost: string;
  /** The port by which the server itself goes (@@port); behind a proxy another than the key's. Absent or null: not known. */
  readonly ownPort?: number | null;
  readonly isReadOnly: boolean;
  /** null where the server has no such variable. */
  readonly isSuperReadOnly: boolean | null;
  readonly isOfflineMode: boolean | null;
  readonly binlogEnabled: boolean;
  readonly binlogFormat: string;
  readonly binlogRowImage: string;
  readonly logsReplicaUpdates: boolean;
  readonly ownCoordinates: BinlogCoordinates | null;
  /** Oracle @@gtid_mode; '' where there is none. */
  readonly gtidMode: string;
  readonly supportsOracleGtid: boolean;
  /** Oracle gtid_executed, or MariaDB gtid_current_pos; '' when none. */
  readonly executedGtid: string;
  readonly purgedGtid: string;
  /** MariaDB gtid_binlog_pos, else ''. */
  readonly binlogGtid: string;
  readonly isBinlogServer: boolean;
  readonly relayLogRecovery: boolean | null;
  readonly hasReplicationCredentials: boolean;
  readonly replicationCredentialsAvailable: boolean;
  /** Default channel; null when the server replicates from nowhere. */
  readonly replication: ReplicationStatus | null;
  /** Named channels beside it (multi-source); empty for nearly everyone. */
  readonly otherChannels: readonly ReplicationStatus[];
  readonly semiSync: SemiSyncStatus;
  readonly group: GroupReplicationStatus | null;
  /** Replicas that the server says are attached: reported address, or process list address with its own port. */
  readonly attachedReplicas: readonly InstanceKey[];
  /**
   * Where replicas that reported no host may be, beside others that did: addresses of the process list with its own port, of which some
   * are the others'. Absent where the backend tells of the server.
   */
  readonly guessedReplicas?: readonly InstanceKey[];
  /** ReplicationLagQuery's answer, else the replica's own secondsBehind; null unknown. */
  readonly lagSeconds: number | null;
  /** Where that is unknown by now: what it was last, below whichever source. */
  readonly lastLagSeconds?: number;
  readonly pseudoGtid: boolean;
  readonly classification: Classification;
  readonly latencyMs: number;
}

/** True when both threads run: the historic meaning of "replicating". */
export const isReplicating = (instance: Instance): boolean =>
  instance.replication?.receiver.state === 'running' && instance.replication.applier.state === 'running';

/** True when the default channel positions itself by Oracle GTID. */
export const usesOracleGtid = (instance: Instance): boolean => instance.replication?.positioning === 'oracle-auto';

/** True when the default channel positions itself by MariaDB GTID. */
export const usesMariadbGtid = (instance: Instance): boolean =>
  instance.replication?.positioning === 'mariadb-slave-pos' ||
  instance.replication?.positioning === 'mariadb-current-pos';
