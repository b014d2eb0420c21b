/** What the engine needs from the world. Adapters live in mysql/, store/, outlet/, leadership/; the simulator implements Servers too. */
import type { ServerCommand } from '../model/command.ts';
import type { Instance } from '../model/instance.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import type { Downtime, PromotionRule, ServerRecord } from '../model/server-record.ts';

/** Time. Wall time is for records, monotonic time for deadlines. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds from an arbitrary start, never going back. */
  monotonicMs(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back every `ms`; returns how to stop it. */
  every(ms: number, run: () => void): () => void;
}

/** Six methods; messages are constant texts, data goes in the fields. */
export interface Logger {
  trace(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  fatal(fields: object, message: string): void;
}

/**
 * Why a server could not be asked.
 * refused/unreachable/unresolved: no process listens, no route, no address. deadline: it did not answer in time.
 * closed: the connection ended in the middle. answered: it is alive but will not serve us (any error packet, e.g. 1040, 1045,
 * 1129). shutting-down: it answered 1053. not-mysql: something answered that is not a MySQL server.
 */
export const FAILURE_KINDS = [
  'refused',
  'unreachable',
  'unresolved',
  'deadline',
  'closed',
  'answered',
  'shutting-down',
  'not-mysql',
] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

export interface ServerFailure {
  readonly kind: FailureKind;
  /** The server's error number; null when no error packet was seen. */
  readonly errorNumber: number | null;
  /** One sentence naming the server and, where there is one, the remedy. */
  readonly message: string;
}

export type ProbeOutcome =
  | { readonly kind: 'answered'; readonly instance: Instance; readonly warnings: readonly string[] }
  /** `isPartial`: the server had already told who it is when it failed (historic "partial success"). */
  | {
      readonly kind: 'failed';
      readonly failure: ServerFailure;
      readonly isPartial: boolean;
      readonly latencyMs: number;
    };

export interface ProbeRequest {
  readonly deadlineMs: number;
  /**
   * full: everything. replication: only what changes in a failure (threads, errors, coordinates, GTID, read_only) on top of
   * `previous`, one round trip.
   */
  readonly depth: 'full' | 'replication';
  /** The last good reading, needed for depth `replication`; null makes it a full probe. */
  readonly previous: Instance | null;
}

export type KnockOutcome = { readonly kind: 'answered' } | { readonly kind: 'failed'; readonly failure: ServerFailure };
export type CommandOutcome =
  | { readonly kind: 'done'; readonly statements: readonly string[] }
  | { readonly kind: 'failed'; readonly failure: ServerFailure };

export type SessionEvent = {
  readonly kind: 'session-lost';
  readonly key: InstanceKey;
  readonly failure: ServerFailure;
};

/** The port to the servers: one pinned probe session each, control statements on sessions of their own. */
export interface Servers {
  /** Reads one server. Never throws; at most one probe per server is under way, a second caller gets the same answer. */
  probe(key: InstanceKey, request: ProbeRequest): Promise<ProbeOutcome>;
  /** One fresh connection with login, closed at once: is anybody there? */
  knock(key: InstanceKey, deadlineMs: number): Promise<KnockOutcome>;
  /** Tells one server something; `instance` gives flavour, version and connection profile. */
  execute(
    instance: Instance,
    command: ServerCommand,
    options: { readonly deadlineMs: number },
  ): Promise<CommandOutcome>;
  /** The statements `execute` would send, for dry runs and audit. Passwords show as ***. */
  render(instance: Instance, command: ServerCommand): readonly string[];
  /** Hears when a pinned session ends without our doing. */
  onSessionEvent(listener: (event: SessionEvent) => void): () => void;
  /** Closes what is held for a server, e.g. when it is forgotten. */
  release(key: InstanceKey): void;
  close(): Promise<void>;
}

/** One failure detection, as table topology_failure_detection keeps it. */
export interface NewDetection {
  readonly key: InstanceKey;
  readonly analysis: string;
  readonly clusterName: string;
  readonly clusterAlias: string;
  readonly replicas: readonly InstanceKey[];
  readonly isActionable: boolean;
}

export interface NewRecovery {
  readonly uid: string;
  readonly key: InstanceKey;
  readonly analysis: string;
  readonly clusterName: string;
  readonly clusterAlias: string;
  readonly replicas: readonly InstanceKey[];
  readonly detectionId: number;
  /** Forced recoveries pass anti-flapping, never a running recovery. */
  readonly isForced: boolean;
}

export type RecoveryRegistration =
  | { readonly kind: 'registered'; readonly recoveryId: number; readonly epoch: number }
  /** Anti-flapping, or another recovery of this cluster is under way. */
  | { readonly kind: 'blocked'; readonly blockingRecoveryId: number; readonly reason: string }
  /** Intent re-read inside the transaction forbids it: downtimed, in maintenance, globally disabled. */
  | { readonly kind: 'forbidden'; readonly reason: string };

/** A row of topology_recovery. */
export interface RecoveryRecord {
  readonly recoveryId: number;
  readonly uid: string;
  readonly key: InstanceKey;
  readonly analysis: string;
  readonly clusterName: string;
  readonly clusterAlias: string;
  readonly countReplicas: number;
  readonly replicas: readonly InstanceKey[];
  readonly isInActivePeriod: boolean;
  readonly endActivePeriodUnixtime: number;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly isSuccessful: boolean;
  readonly successor: InstanceKey | null;
  readonly successorAlias: string;
  readonly lostReplicas: readonly InstanceKey[];
  readonly participants: readonly InstanceKey[];
  readonly errors: readonly string[];
  readonly processingNodeHostname: string;
  readonly processingNodeToken: string;
  readonly isAcknowledged: boolean;
  readonly acknowledgedAt: string;
  readonly acknowledgedBy: string;
  readonly acknowledgedComment: string;
  readonly lastDetectionId: number;
}

export interface RecoveryResolution {
  readonly isSuccessful: boolean;
  readonly successor: InstanceKey | null;
  readonly successorAlias: string;
  readonly lostReplicas: readonly InstanceKey[];
  readonly participants: readonly InstanceKey[];
  readonly errors: readonly string[];
}

/**
 * How far a recovery has come. registered: exclusive, nothing done. prepared: PreFailover hooks succeeded. silenced: no replica
 * listens to the failed primary any more. promoting: the successor is fixed, the first destructive step may have been sent.
 * promoted: the successor is writable. repointed: siblings follow it (or are known lost). Up to `silenced` it can be called off.
 */
export const RECOVERY_PHASES = ['registered', 'prepared', 'silenced', 'promoting', 'promoted', 'repointed'] as const;
export type RecoveryPhase = (typeof RECOVERY_PHASES)[number];

/** What a recovery is about to do; written before its first destructive step so that our own restart can go on. */
export interface RecoveryIntent {
  readonly uid: string;
  readonly recoveryId: number;
  readonly epoch: number;
  readonly clusterName: string;
  readonly failed: InstanceKey;
  readonly failedServerUuid: string | null;
  readonly failedServerId: number;
  readonly phase: RecoveryPhase;
  /** The process that runs it (compose gives the name): a restart takes over only what no living process holds. */
  readonly owner: string;
  readonly successor: InstanceKey | null;
  readonly isForced: boolean;
  /** Servers of the cluster at the time, so that a restart knows whom to ask. */
  readonly members: readonly InstanceKey[];
  readonly updatedAtMs: number;
}

/** A primary that was replaced and must never take writes again until a person says so. */
export interface DeposedPrimary {
  readonly key: InstanceKey;
  readonly serverUuid: string | null;
  readonly serverId: number;
  readonly clusterName: string;
  readonly epoch: number;
  readonly successor: InstanceKey | null;
  readonly deposedAtMs: number;
  /** null until it came back and was fenced. */
  readonly fencedAtMs: number | null;
}

export interface RecoveryFilter {
  readonly clusterName?: string;
  readonly clusterAlias?: string;
  readonly recoveryId?: number;
  readonly uid?: string;
  readonly key?: InstanceKey;
  readonly onlyActive?: boolean;
  readonly onlyUnacknowledged?: boolean;
  readonly page?: number;
}

export interface DetectionRecord {
  readonly detectionId: number;
  readonly key: InstanceKey;
  readonly analysis: string;
  readonly clusterName: string;
  readonly clusterAlias: string;
  readonly countReplicas: number;
  readonly replicas: readonly InstanceKey[];
  readonly isActionable: boolean;
  readonly isInActivePeriod: boolean;
  readonly startedAt: string;
  readonly processingNodeHostname: string;
  readonly processingNodeToken: string;
  readonly relatedRecoveryId: number;
}

export interface BlockedRecovery {
  readonly key: InstanceKey;
  readonly clusterName: string;
  readonly analysis: string;
  readonly lastBlockedAt: string;
  readonly blockingRecoveryId: number;
}

export interface AuditRecord {
  readonly auditId: number;
  readonly at: string;
  readonly type: string;
  readonly key: InstanceKey;
  readonly clusterName: string;
  readonly message: string;
}

/** Intent of people, read together; `version` changes whenever any of it changes. */
export interface IntentSnapshot {
  readonly downtimes: ReadonlyMap<string, Downtime>;
  readonly maintenance: ReadonlySet<string>;
  readonly candidates: ReadonlyMap<string, PromotionRule>;
  readonly tags: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly clusterAliases: ReadonlyMap<string, string>;
  readonly aliasOverrides: ReadonlyMap<string, string>;
  readonly clusterDomains: ReadonlyMap<string, string>;
  readonly unresolves: ReadonlyMap<string, string>;
  readonly isRecoveryDisabled: boolean;
}

/** A semi-sync primary short of replicas, whose own coordinates have not moved since. */
export interface StaleCoordinates {
  readonly key: InstanceKey;
  readonly file: string;
  readonly position: number;
  /** Epoch milliseconds, whole seconds. */
  readonly firstSeenAtMs: number;
}

/** table database_instance and its kin. */
export interface ServerStore {
  loadServers(): Promise<readonly ServerRecord[]>;
  /** Writes whole rows of servers whose facts changed. */
  saveServers(records: readonly ServerRecord[]): Promise<void>;
  /** Only the check times, one narrow batch. */
  touchServers(records: readonly ServerRecord[]): Promise<void>;
  forgetServer(key: InstanceKey): Promise<boolean>;
  readStaleCoordinates(): Promise<readonly StaleCoordinates[]>;
  /** Notes coordinates that stand still; the time of the first note stays while they are the same. null: no longer of interest. */
  noteStaleCoordinates(
    key: InstanceKey,
    coordinates: { readonly file: string; readonly position: number } | null,
  ): Promise<void>;
}

export interface IntentStore {
  read(): Promise<IntentSnapshot>;
  /** Cheap token that differs after any change, by us or by others. */
  changeToken(): Promise<string>;
  beginDowntime(key: InstanceKey, downtime: Downtime): Promise<void>;
  endDowntime(key: InstanceKey): Promise<boolean>;
  setRecoveryDisabled(disabled: boolean): Promise<void>;
  registerCandidate(key: InstanceKey, rule: PromotionRule): Promise<void>;
  setClusterAlias(clusterName: string, alias: string): Promise<void>;
  setClusterAliasOverride(clusterName: string, alias: string): Promise<void>;
  /** The cluster goes on under another name: aliases and overrides follow. */
  renameCluster(before: string, after: string): Promise<void>;
}

export interface RecoveryStore {
  /** `isNew` is false when the same detection is still within its period. */
  registerDetection(detection: NewDetection): Promise<{ readonly detectionId: number; readonly isNew: boolean }>;
  /** Unique keys decide, in one transaction which also re-reads downtime, maintenance and the global switch. */
  registerRecovery(recovery: NewRecovery): Promise<RecoveryRegistration>;
  /** The epoch of the cluster's latest recovery; 0 when there was none. An action of an older epoch is refused. */
  currentEpoch(clusterName: string): Promise<number>;
  resolveRecovery(uid: string, resolution: RecoveryResolution): Promise<void>;
  addStep(uid: string, message: string): Promise<void>;
  readSteps(
    uid: string,
  ): Promise<readonly { readonly id: number; readonly uid: string; readonly at: string; readonly message: string }[]>;
  readRecoveries(filter: RecoveryFilter): Promise<readonly RecoveryRecord[]>;
  readDetections(filter: RecoveryFilter): Promise<readonly DetectionRecord[]>;
  readBlocked(clusterName: string | null): Promise<readonly BlockedRecovery[]>;
  /** Returns how many recoveries were acknowledged. */
  acknowledge(filter: RecoveryFilter, by: string, comment: string): Promise<number>;
  /** Ends active periods that have run out, and drops stale blocks. */
  expire(): Promise<void>;
  saveIntent(intent: RecoveryIntent): Promise<void>;
  /** Recoveries that were begun and not closed, by any process. */
  readOpenIntents(): Promise<readonly RecoveryIntent[]>;
  closeIntent(uid: string): Promise<void>;
  /**
   * Makes `to` the owner of an open intent that `from` holds, and gives it as it stands now; null when it is closed, or somebody
   * else was first.
   */
  claimIntent(uid: string, from: string, to: string): Promise<RecoveryIntent | null>;
  saveDeposed(deposed: DeposedPrimary): Promise<void>;
  readDeposed(): Promise<readonly DeposedPrimary[]>;
  removeDeposed(key: InstanceKey): Promise<void>;
}

export interface AuditStore {
  write(type: string, key: InstanceKey | null, clusterName: string, message: string): Promise<void>;
  read(filter: { readonly key?: InstanceKey; readonly page?: number }): Promise<readonly AuditRecord[]>;
  recordAnalysisChange(key: InstanceKey, analysis: string): Promise<void>;
}

export interface ResolveStore {
  read(hostname: string): Promise<string | null>;
  write(hostname: string, resolved: string): Promise<void>;
  readAll(): Promise<ReadonlyMap<string, string>>;
  clear(): Promise<void>;
}

export interface NodeStore {
  beat(node: {
    readonly hostname: string;
    readonly token: string;
    readonly command: string;
    readonly version: string;
  }): Promise<void>;
  readAvailable(): Promise<readonly NodeHealth[]>;
}

export interface NodeHealth {
  readonly hostname: string;
  readonly token: string;
  readonly version: string;
  readonly firstSeenActive: string;
  readonly lastSeenActive: string;
  readonly extraInfo: string;
  readonly command: string;
  readonly dbBackend: string;
}

/** The internal key-value table (kv_store): the copy of what goes to Consul and ZooKeeper. */
export interface KvStore {
  get(key: string): Promise<string | null>;
  put(key: string, value: string): Promise<void>;
  all(): Promise<ReadonlyMap<string, string>>;
}

/** One contract, two engines (SQLite, MySQL); see store/contract in the tests. */
export interface Store {
  readonly servers: ServerStore;
  readonly intent: IntentStore;
  readonly recoveries: RecoveryStore;
  readonly audit: AuditStore;
  readonly resolve: ResolveStore;
  readonly nodes: NodeStore;
  readonly kv: KvStore;
  /** Deletes what outlived its time (audit, histories, expired registrations); call about once a minute. */
  purge(): Promise<void>;
  /** Where it lives, for the log line: a file, or host:port/database. */
  readonly location: string;
  close(): Promise<void>;
}

/** Runs hook commands; see outlet/hooks. */
export interface HookRunner {
  /** Runs the list in order; the first failing command stops it. */
  run(list: readonly string[], context: HookContext): Promise<HookResult>;
}

export interface HookContext {
  /** e.g. `PreFailoverProcesses`. */
  readonly listName: string;
  /** Placeholder name (without braces) → text; a placeholder not in the map stays literal. */
  readonly placeholders: ReadonlyMap<string, string>;
  /** Environment beside the program's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Called for every command with what happened, for the audit. */
  readonly onCommand: (message: string) => void;
}

export type HookResult =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly command: string; readonly message: string };

/** Host name resolving; see HostnameResolveMethod. */
export interface HostnameResolver {
  resolve(hostname: string): Promise<string>;
  /** Remembers what a server says its own name is. False when that name is rejected by configuration. */
  learn(hostname: string, resolved: string): Promise<boolean>;
}

/** May this node act? Asked before every destructive step. */
export interface Leadership {
  isLeader(): boolean;
  /** Milliseconds for which leadership is certain. */
  remainingMs(): number;
}
