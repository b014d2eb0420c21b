import type { BinlogCoordinates } from '../../model/coordinates.ts';
import type { Instance } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';

/** The configuration as far as the choice of a successor depends on it. */
export interface FailoverSettings {
  readonly promotionDrainTimeoutMs: number;
  readonly preventCrossDataCenter: boolean;
  readonly preventCrossRegion: boolean;
  /** 0 = no limit. */
  readonly failPromotionOnLagMinutes: number;
  /** FailMasterPromotionIfSQLThreadNotUpToDate: refuse at once instead of draining. */
  readonly failIfApplierNotUpToDate: boolean;
  /** PostponeReplicaRecoveryOnLagMinutes: replicas delayed, or behind, by more are re-pointed after all others. 0 = none is. */
  readonly postponeOnLagMinutes: number;
  /** PromotionIgnoreHostnameFilters, matched against host:port. */
  isPromotionIgnored(key: InstanceKey): boolean;
  /** ApplyMySQLPromotionAfterMasterFailover: reset the successor's replication and make it writable. */
  readonly applyPromotion: boolean;
  /** How old the semi-sync status of a last good reading may be: only full readings, one each InstancePollSeconds, renew it. */
  readonly semiSyncStatusMaxAgeMs: number;
  /** CoMasterRecoveryMustPromoteOtherCoMaster. */
  readonly mustPromoteOtherCoPrimary: boolean;
  /** Pseudo-GTID entries can be recognised (AutoPseudoGTID, or PseudoGTIDPattern); absent: no. */
  readonly knowsPseudoGtid?: boolean;
}

/** A replica that the recovery cannot use, and why (drain expired, it stopped answering …). */
export interface Exclusion {
  readonly key: InstanceKey;
  readonly reason: string;
  /** A binlog server that could not be pointed at the successor, and is not tried again. */
  readonly isLeft?: true;
}

/** A binlog server, and whose log it passed on when the recovery began. */
export interface LogRelay {
  readonly key: InstanceKey;
  readonly source: InstanceKey;
}

/** The other one of two co-primaries. */
export interface KnownPair {
  readonly other: InstanceKey;
  /**
   * By file and position: whatever the other one, read-only, has written itself stands in the failed primary's log before this place.
   * null: that is not known.
   */
  readonly passed: BinlogCoordinates | null;
}

/**
 * All that planFailover looks at. `records` are the cluster's servers as last read; only servers in `fresh` answered just now
 * and may be promoted or re-pointed.
 */
export interface FailoverInput {
  readonly clusterName: string;
  readonly failed: InstanceKey;
  readonly records: readonly ServerRecord[];
  readonly fresh: ReadonlySet<string>;
  /**
   * Whoever read the failed primary's log at the time of the failure (host:port, readers.ts). One that this recovery has moved below
   * another of them, to catch up or to follow the successor, is a participant still.
   */
  readonly family: ReadonlySet<string>;
  /** The binlog servers of the cluster at that time, for those that were not read since; absent: there were none. */
  readonly relays?: readonly LogRelay[];
  /** Whoever followed the failed primary itself then (host:port); absent: whoever does now. */
  readonly direct?: ReadonlySet<string>;
  /** Whom the failed primary followed, as it was known when the recovery began; absent: what its record says. */
  readonly pair?: KnownPair;
  readonly explicitCandidate: InstanceKey | null;
  /** Set once a destructive step may have been sent to it: no other server can be chosen any more. */
  readonly committedSuccessor: InstanceKey | null;
  readonly excluded: readonly Exclusion[];
  /** Servers (host:port) whose receiver this recovery stopped itself, so that a stopped receiver is not taken for an operator's. */
  readonly silenced: ReadonlySet<string>;
  /**
   * What each replica (host:port) was seen to have since it was silenced, as GTID texts. A successor must have executed it all:
   * a relay log that was lost on the way would look like one that is drained.
   */
  readonly seen: ReadonlyMap<string, ReadonlySet<string>>;
  /**
   * By file and position: what a replica has received counts as executed, as it will once everybody rests, unless its applier is broken. For whoever
   * only imagines a failover; a recovery waits, and sees. Absent: no.
   */
  readonly countsReceived?: true;
  /** By file and position: where replicas (host:port) came to rest in this recovery; absent: none has. */
  readonly rests?: ReadonlyMap<string, RestPlace>;
  /** By which other name replicas are to address a server (host:port), made sure of (hostname_unresolve); absent: all by their own. */
  readonly addresses?: ReadonlyMap<string, InstanceKey>;
  readonly settings: FailoverSettings;
}

/** Where a replica came to rest with everything executed that it had received. */
export interface RestPlace {
  /** How far it had executed the failed primary's log. */
  readonly executed: BinlogCoordinates;
  /** Where its own binary log ended then: whoever has executed exactly as much goes on there. null: it told none. */
  readonly own: BinlogCoordinates | null;
  /** Of the other co-primary: whoever goes on there has come to this place at least (KnownPair). Absent: it is none, or not known. */
  readonly passed?: BinlogCoordinates;
}

/**
 * A reader of the failed primary's log that answered just now: a direct replica, a binlog server, a replica below binlog servers, or one
 * of them that this recovery has moved since.
 */
export interface Participant {
  readonly key: InstanceKey;
  readonly name: string;
  readonly record: ServerRecord;
  readonly instance: Instance;
  /** False when an operator had stopped its receiver before: it is re-pointed, but not started. */
  readonly mayReceive: boolean;
}
