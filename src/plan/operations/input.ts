import type { ReplicationCredentials } from '../../model/command.ts';
import type { BinlogCoordinates } from '../../model/coordinates.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import type { FreshnessSettings, ServerRecord } from '../../model/server-record.ts';
import type { CrossingSettings } from '../failover/intermediate/crossing.ts';
import type { Objection, Plan, Refusal } from '../plan.ts';
import type { SemiSyncMode } from '../semi-sync/remedy.ts';
import type { OperationRequest } from './request.ts';

/** The configuration as far as rearranging depends on it; only takeovers ask where servers stand (CrossingSettings). */
export interface OperationSettings extends FreshnessSettings, CrossingSettings {
  /** ReasonableMaintenanceReplicationLagSeconds. */
  readonly reasonableMaintenanceLagSeconds: number;
  /** VerifyReplicationFilters. */
  readonly verifyReplicationFilters: boolean;
  /** LowerReplicaVersionAllowed. */
  readonly lowerReplicaVersionAllowed: boolean;
  /** UseSuperReadOnly. */
  readonly useSuperReadOnly: boolean;
  /** True when a PseudoGTIDPattern is known, configured or injected. */
  readonly knowsPseudoGtid: boolean;
  /** Who acknowledges is decided beside its siblings: EnforceExactSemiSyncReplicas, or RecoverLockedSemiSyncMaster; null = neither. */
  readonly semiSyncMode: SemiSyncMode | null;
  /** How long a replica may take to execute what it has received, or to come to a place. */
  readonly drainTimeoutMs: number;
  /** PromotionIgnoreHostnameFilters, matched against host:port: such a server is never chosen to lead others. */
  isPromotionIgnored(key: InstanceKey): boolean;
}

/** What had to be asked beside the ordinary readings, for the operations that need it. */
export interface Evidence {
  /** Where the destination's log means what the instance has executed, as recorded earlier; null = nothing recorded. */
  readonly equivalent: BinlogCoordinates | null;
  /** The GTID of the transaction at which the applier stopped (MySQL); null where there is none. */
  readonly blockedGtid: string | null;
  /** The replication account, from the configuration or a query; null = none known. */
  readonly credentials: ReplicationCredentials | null;
  /** change-master-credentials: the account the instance has now, so that there is a way back; absent or null = not known. */
  readonly formerCredentials?: ReplicationCredentials | null;
  /** Takeovers: why `credentials` cannot log in at the designated server; absent or null when they can, or nobody is designated yet. */
  readonly credentialsRefusal?: string | null;
  /** set-writeable: the instance was replaced by a failover, and is fenced whenever it takes writes. Absent: it was not. */
  readonly isDeposed?: boolean;
}

export const NO_EVIDENCE: Evidence = { equivalent: null, blockedGtid: null, credentials: null };

/** All a planner looks at. The servers that take part were read just before. */
export interface OperationInput {
  readonly request: OperationRequest;
  /** The whole fleet. */
  readonly records: readonly ServerRecord[];
  readonly nowMs: number;
  readonly settings: OperationSettings;
  readonly evidence: Evidence;
}

/** What a plan changes in the tree, so that it can be drawn before it is done. */
export type Effect =
  | { readonly kind: 'source'; readonly server: InstanceKey; readonly source: InstanceKey | null }
  | { readonly kind: 'detached'; readonly server: InstanceKey; readonly isDetached: boolean }
  | { readonly kind: 'read-only'; readonly server: InstanceKey; readonly readOnly: boolean }
  | { readonly kind: 'replicating'; readonly server: InstanceKey; readonly replicating: boolean };

/** A plan to rearrange, with what it locks and what it comes to. */
/** A server that was meant and stays where it is, and why. */
export interface LeftBehind {
  readonly server: InstanceKey;
  readonly reason: string;
}

export interface OperationPlan extends Plan {
  /** Servers that get a maintenance lock for as long as it runs. */
  readonly locks: readonly InstanceKey[];
  readonly effects: readonly Effect[];
  /** Servers that are moved, in order; what the answer lists. */
  readonly moved: readonly InstanceKey[];
  /** Servers that were to be moved too and cannot be; the answer names them. */
  readonly left?: readonly LeftBehind[];
  /** The server the answer shows: the moved one, or the one that others were moved to. */
  readonly subject: InstanceKey;
  /** The way that was chosen; null where there is only one. */
  readonly method: string | null;
}

export type OperationPlanner = (input: OperationInput) => OperationPlan | Refusal;

/** A server that takes part, as it was last read. */
export interface Member {
  readonly key: InstanceKey;
  readonly name: string;
  readonly record: ServerRecord;
  readonly instance: Instance;
}

export const isObjection = (value: object): value is Objection => 'rule' in value;

/** The record with its reading; an objection when the server is unknown or was never read. */
export function memberOf(input: OperationInput, key: InstanceKey): Member | Objection {
  const name = formatKey(key);
  const record = input.records.find((one) => sameKey(one.key, key));
  if (record === undefined) {
    return { subject: name, rule: 'unknown-server', explanation: `${name} is not known; discover it first` };
  }
  if (record.instance === null) {
    const why = record.check.failure === null ? '' : `: ${record.check.failure}`;
    return { subject: name, rule: 'never-read', explanation: `${name} has never answered${why}` };
  }
  return { key: record.key, name, record, instance: record.instance };
}

/** The direct replicas of a server that are known and were read. */
export const replicasBelow = (input: OperationInput, key: InstanceKey): readonly Member[] =>
  input.records.flatMap((record) =>
    record.instance?.replication != null && sameKey(record.instance.replication.source, key)
      ? [{ key: record.key, name: formatKey(record.key), record, instance: record.instance }]
      : [],
  );

/** The key of a server's source; null when it has none it could use. */
export function sourceOf({ instance }: Member): InstanceKey | null {
  const source = instance.replication?.source;
  if (source === undefined || source.hostname === '' || source.hostname === '_' || source.port === 0) return null;
  return source;
}
