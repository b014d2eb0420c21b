import type { InstanceKey } from '../../model/instance-key.ts';
import type { NodeHealth } from '../../model/node-health.ts';
import type { Downtime, PromotionRule, ServerRecord } from '../../model/server-record.ts';
import type { AgentStore } from './agents.ts';
import type { ForgetStore } from './forget-store.ts';
import type { KvStore } from './kv.ts';
import type { EquivalenceStore, MaintenanceStore, MarkStore, OperationStore } from './operation-store.ts';
import type { AccessTokenStore, HostAttributeStore, NameStore, PoolStore, TagStore } from './people-store.ts';
import type { RecoveryStore } from './recovery-store.ts';
import type { SilenceStore } from './silence-store.ts';

export type { NodeHealth } from '../../model/node-health.ts';

/** The analysis of a server became another one. `at` as stored. */
export interface AnalysisChange {
  readonly key: InstanceKey;
  readonly at: string;
  readonly analysis: string;
}

/** A promotion rule that was registered, by hand or by DetectPromotionRuleQuery; times as stored. */
export interface CandidateRecord {
  readonly key: InstanceKey;
  readonly promotionRule: string;
  readonly lastSuggestedAt: string;
  readonly expiresAt: string;
}

export interface AuditRecord {
  readonly auditId: number;
  readonly at: string;
  readonly type: string;
  readonly key: InstanceKey;
  readonly clusterName: string;
  readonly message: string;
}

/** Intent of people, and who is published; read together. */
export interface IntentSnapshot {
  readonly downtimes: ReadonlyMap<string, Downtime>;
  readonly maintenance: ReadonlySet<string>;
  readonly candidates: ReadonlyMap<string, PromotionRule>;
  readonly tags: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly clusterAliases: ReadonlyMap<string, string>;
  readonly aliasOverrides: ReadonlyMap<string, string>;
  readonly clusterDomains: ReadonlyMap<string, string>;
  readonly unresolves: ReadonlyMap<string, string>;
  /** Alias → the server that is published under it, or who replaced it since (KvClaim). */
  readonly published: ReadonlyMap<string, InstanceKey>;
  readonly isRecoveryDisabled: boolean;
  /** Host → how many MySQL snapshots its agent last told of; hosts with none are left out. Told, not decided, and as slow to change. */
  readonly snapshotCounts: ReadonlyMap<string, number>;
}

/** Nobody decided anything. */
export const NOTHING_DECIDED: IntentSnapshot = {
  downtimes: new Map(),
  maintenance: new Set(),
  candidates: new Map(),
  tags: new Map(),
  clusterAliases: new Map(),
  aliasOverrides: new Map(),
  clusterDomains: new Map(),
  unresolves: new Map(),
  published: new Map(),
  isRecoveryDisabled: false,
  snapshotCounts: new Map(),
};

/** A semi-sync primary short of replicas, whose own coordinates have not moved since. */
export interface StaleCoordinates {
  readonly key: InstanceKey;
  readonly file: string;
  readonly position: number;
  /** Epoch milliseconds, whole seconds. */
  readonly firstSeenAtMs: number;
}

/** A server with a value that its column in the backend cannot hold. */
export interface MisfitServer {
  readonly key: InstanceKey;
  /** In the words of the database. */
  readonly reason: string;
  /** Written without that value; false: its row stays as it was. */
  readonly isSaved: boolean;
}

/** table database_instance and its kin. */
export interface ServerStore {
  loadServers(): Promise<readonly ServerRecord[]>;
  /** Addresses of all servers that are stored, by whomever. */
  listServers(): Promise<readonly InstanceKey[]>;
  /** Writes whole rows of servers whose facts changed. Those with a value the backend cannot hold keep up nobody else; they are returned. */
  saveServers(records: readonly ServerRecord[]): Promise<readonly MisfitServer[]>;
  /** Only the check times, one narrow batch. */
  touchServers(records: readonly ServerRecord[]): Promise<void>;
  forgetServer(key: InstanceKey): Promise<boolean>;
  /** Copies the servers as stored into the history of topologies; how many. A second copy within one second adds nothing. */
  snapshotTopologies(): Promise<number>;
  readStaleCoordinates(): Promise<readonly StaleCoordinates[]>;
  /** Notes coordinates that stand still; the time of the first note stays while they are the same. null: no longer of interest. */
  noteStaleCoordinates(
    key: InstanceKey,
    coordinates: { readonly file: string; readonly position: number } | null,
  ): Promise<void>;
}

export interface IntentStore extends TagStore, NameStore, PoolStore, HostAttributeStore, AccessTokenStore {
  read(): Promise<IntentSnapshot>;
  /** Cheap token that differs after any change, by us or by others. */
  changeToken(): Promise<string>;
  /** The token costs no query of the tables, so that every request may ask for it. */
  readonly isChangeTokenFree: boolean;
  beginDowntime(key: InstanceKey, downtime: Downtime): Promise<void>;
  endDowntime(key: InstanceKey): Promise<boolean>;
  setRecoveryDisabled(disabled: boolean): Promise<void>;
  registerCandidate(key: InstanceKey, rule: PromotionRule): Promise<void>;
  readCandidates(): Promise<readonly CandidateRecord[]>;
  /** The alias follows to the cluster's new name; where nothing else names it, it stays. */
  setClusterAlias(clusterName: string, alias: string): Promise<void>;
  setClusterAliasOverride(clusterName: string, alias: string): Promise<void>;
  /** The cluster goes on under another name: aliases and overrides follow. */
  renameCluster(before: string, after: string): Promise<void>;
}

export interface AuditFilter {
  readonly key?: InstanceKey;
  /** Counted from 0, twenty rows each; not together with `limit`. */
  readonly page?: number;
  /** At most so many rows. */
  readonly limit?: number;
  /** Only rows with a smaller id. */
  readonly beforeId?: number;
}

export interface AuditStore {
  write(type: string, key: InstanceKey | null, clusterName: string, message: string): Promise<void>;
  /** Newest first. */
  read(filter: AuditFilter): Promise<readonly AuditRecord[]>;
  recordAnalysisChange(key: InstanceKey, analysis: string): Promise<void>;
  /** All that are kept, by server, oldest first. */
  readAnalysisChanges(): Promise<readonly AnalysisChange[]>;
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

/** 'dead' is told of processes of this very machine (of its kernel) only: those of others are out of sight. */
export type OwnerLife = 'alive' | 'dead' | 'unknown';

/** What commands that only read need of the backend; nothing of it writes but the names that are resolved on the way. */
export interface ReadingStore {
  readonly servers: Pick<ServerStore, 'loadServers' | 'readStaleCoordinates'>;
  readonly intent: Pick<
    IntentStore,
    'read' | 'changeToken' | 'isChangeTokenFree' | 'readCandidates' | 'readPools' | 'readAttributes'
  >;
  readonly maintenance: Pick<MaintenanceStore, 'readActive'>;
  readonly resolve: ResolveStore;
  readonly nodes: Pick<NodeStore, 'readAvailable'>;
  /** Where it lives, for the log line: a file, or host:port/database. */
  readonly location: string;
  close(): Promise<void>;
}

/** One contract, two engines (SQLite, MySQL); see store/contract in the tests. */
export interface Store extends ReadingStore {
  readonly servers: ServerStore;
  readonly intent: IntentStore;
  readonly recoveries: RecoveryStore;
  readonly silences: SilenceStore;
  readonly forgotten: ForgetStore;
  readonly maintenance: MaintenanceStore;
  readonly operations: OperationStore;
  readonly equivalences: EquivalenceStore;
  readonly marks: MarkStore;
  readonly agents: AgentStore;
  readonly audit: AuditStore;
  readonly resolve: ResolveStore;
  readonly nodes: NodeStore;
  readonly kv: KvStore;
  /** Deletes what outlived its time (audit, histories, expired registrations); call about once a minute. */
  purge(): Promise<void>;
  /** Whether a process that owns a recovery or an operation lives, as far as the backend can tell. */
  lifeOf(owner: string): OwnerLife;
}
