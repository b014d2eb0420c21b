import type { BinlogCoordinates } from '../../model/coordinates.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import type { MaintenanceRecord } from '../../model/maintenance.ts';

export type { MaintenanceRecord } from '../../model/maintenance.ts';

export type MaintenanceOutcome =
  | { readonly kind: 'begun'; readonly maintenanceId: number }
  /** Somebody else holds the server; the unique key decides. */
  | { readonly kind: 'held'; readonly by: MaintenanceRecord };

/** Locks on servers, visible to every process and to people: table database_instance_maintenance. */
export interface MaintenanceStore {
  /** `seconds` null: until it is ended, or the node that began it is gone. */
  begin(key: InstanceKey, owner: string, reason: string, seconds: number | null): Promise<MaintenanceOutcome>;
  /** False when there was none. */
  end(key: InstanceKey): Promise<boolean>;
  /** Ends one lock and no later one of the same server. False when it had ended. */
  endById(maintenanceId: number): Promise<boolean>;
  readActive(): Promise<readonly MaintenanceRecord[]>;
}

/** An operation under way, or left behind by a process that died in the middle: table orchestrator_operation. */
export interface OperationRecord {
  readonly uid: string;
  readonly clusterName: string;
  /** e.g. `move 10.0.0.3:3306 below 10.0.0.2:3306`. */
  readonly purpose: string;
  /** Person or program that asked for it. */
  readonly requestedBy: string;
  /** The process that runs it. */
  readonly owner: string;
  /** The request and the plan, as JSON; opaque to the store. */
  readonly requestJson: string;
  readonly planJson: string;
  /** What was done so far (ids of steps, notes), as JSON; opaque to the store. */
  readonly journalJson: string;
  readonly maintenanceIds: readonly number[];
  readonly startedAtMs: number;
}

export interface OperationStore {
  /** Inserts, or replaces the one with the same uid. */
  save(operation: OperationRecord): Promise<void>;
  /** Only the journal, one narrow write per step. */
  saveJournal(uid: string, journalJson: string): Promise<void>;
  /** Those that were begun and not closed, by any process, oldest first. */
  readOpen(): Promise<readonly OperationRecord[]>;
  /** Makes `to` the owner if `from` still is; null when it was closed or somebody was first. */
  claim(uid: string, from: string, to: string): Promise<OperationRecord | null>;
  close(uid: string): Promise<void>;
}

export interface PositionEquivalence {
  readonly key: InstanceKey;
  readonly coordinates: BinlogCoordinates;
}

/** Places in the logs of two sources that mean the same: table master_position_equivalence. */
export interface EquivalenceStore {
  record(one: PositionEquivalence, other: PositionEquivalence): Promise<void>;
  /** All that equal the given place, recorded in either direction. */
  find(place: PositionEquivalence): Promise<readonly PositionEquivalence[]>;
  /** Drops all that name a server: its logs are others by now. */
  forget(key: InstanceKey): Promise<void>;
}

/** Clusters whose primary gets Pseudo-GTID entries: table cluster_injected_pseudo_gtid. */
export interface MarkStore {
  register(clusterName: string): Promise<void>;
  /** Those that got one within the last so many seconds. */
  readSince(secondsAgo: number): Promise<readonly string[]>;
}
