import type { BinlogCoordinates } from './coordinates.ts';
import type { Instance } from './instance.ts';
import type { InstanceKey } from './instance-key.ts';
import { sameKey } from './instance-key.ts';

/** How and when we know what we know of a server. Times are epoch milliseconds; null = never. */
export interface CheckState {
  readonly lastAttemptAtMs: number | null;
  readonly lastCheckedAtMs: number | null;
  /** Time of the last good reading. */
  readonly lastSeenAtMs: number | null;
  readonly lastCheckPartialSuccess: boolean;
  /** Why the last check failed, one sentence; null after a good one. */
  readonly failure: string | null;
}

/** Where a server stands among the others; derived from all readings of a cluster. */
export interface Position {
  readonly clusterName: string;
  readonly clusterAlias: string;
  readonly clusterDomain: string;
  readonly depth: number;
  readonly isCoPrimary: boolean;
  readonly ancestryUuid: string;
  /** Transactions this server executed and its source has not; '' when none. */
  readonly errantGtid: string;
  readonly replicas: readonly InstanceKey[];
  /** Other servers that bear the same uuid (a copied data folder); absent when there are none. */
  readonly sharesUuidWith?: readonly InstanceKey[];
}

/** A server that is with nobody, before its cluster has a name. */
export const ALONE: Position = {
  clusterName: '',
  clusterAlias: '',
  clusterDomain: '',
  depth: 0,
  isCoPrimary: false,
  ancestryUuid: '',
  errantGtid: '',
  replicas: [],
};

export const PROMOTION_RULES = ['must', 'prefer', 'neutral', 'prefer_not', 'must_not'] as const;
export type PromotionRule = (typeof PROMOTION_RULES)[number];

export interface Downtime {
  readonly owner: string;
  readonly reason: string;
  readonly beginAtMs: number;
  readonly endAtMs: number;
}

/** What people (or a recovery) decided about a server; owned by the store. */
export interface Intent {
  readonly downtime: Downtime | null;
  readonly inMaintenance: boolean;
  readonly promotionRule: PromotionRule;
  readonly isCandidate: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly unresolvedHostname: string;
}

export const NO_INTENT: Intent = {
  downtime: null,
  inMaintenance: false,
  promotionRule: 'neutral',
  isCandidate: false,
  tags: {},
  unresolvedHostname: '',
};

/** All that is known of one server: the common currency of fleet, analysis, planners, store and legacy shapes. */
export interface ServerRecord {
  readonly key: InstanceKey;
  /** The latest good reading; null for a server that never answered (a seed, a source known only by name). */
  readonly instance: Instance | null;
  readonly check: CheckState;
  readonly position: Position;
  readonly intent: Intent;
  /** Absent where it has no pair, or nothing is known for certain. */
  readonly passed?: PassedPlace;
  /** How many MySQL snapshots the agent of its host last told of; absent: none, or no agent. */
  readonly countSnapshots?: number;
}

/**
 * Of two that follow each other: whatever the other one, which has been read-only since, has written itself stands in this server's own
 * log before `at` (engine/fleet/pair-places.ts). A replica of this one that has come so far has it all.
 */
export interface PassedPlace {
  readonly other: InstanceKey;
  readonly at: BinlogCoordinates;
}

/** Settings that judge the age of a reading; seconds as in the configuration. */
export interface FreshnessSettings {
  readonly instancePollSeconds: number;
  readonly reasonableInstanceCheckSeconds: number;
}

/** The historic test of a valid check (column notes of database_instance): seen at the last check, and no attempt hangs. */
export function isLastCheckValid(check: CheckState, settings: FreshnessSettings): boolean {
  const { lastSeenAtMs, lastCheckedAtMs, lastAttemptAtMs } = check;
  if (lastSeenAtMs === null || lastCheckedAtMs === null || lastCheckedAtMs > lastSeenAtMs) return false;
  const graceMs = (settings.instancePollSeconds + settings.reasonableInstanceCheckSeconds) * 1000;
  return lastAttemptAtMs === null || lastAttemptAtMs <= lastSeenAtMs + graceMs;
}

/** True when the server follows no usable source: top of a tree, or detached (historic rule of is_master, groups included). */
export function isPrimaryRecord(record: ServerRecord): boolean {
  const instance = record.instance;
  const source = instance?.replication?.source;
  const hasNoSource =
    source === undefined ||
    source.hostname === '' ||
    source.hostname === '_' ||
    source.port === 0 ||
    source.hostname.startsWith('//');
  return hasNoSource && (instance?.group == null || instance.group.memberRole === 'PRIMARY');
}

/** The server's direct replicas among the records. */
export const replicasOf = (key: InstanceKey, records: readonly ServerRecord[]): ServerRecord[] =>
  records.filter((record) => record.instance?.replication != null && sameKey(record.instance.replication.source, key));

/** Nobody counts on it, nor waits for it: it is downtimed, and did not answer when it was last asked. */
export const isSetAside = ({ intent, check }: ServerRecord): boolean =>
  intent.downtime !== null && check.failure !== null;
