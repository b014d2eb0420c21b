import type { Instance } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';

/** Compiled lists of the configuration, matched against host:port (replication user: against the user name). */
export interface IgnoreFilters {
  readonly hosts: readonly RegExp[];
  readonly replicas: readonly RegExp[];
  readonly sources: readonly RegExp[];
  readonly replicationUsers: readonly RegExp[];
}

const matchesAny = (patterns: readonly RegExp[], text: string): boolean =>
  patterns.some((pattern) => pattern.test(text));

/** DiscoveryIgnoreHostnameFilters. */
export const isHostIgnored = (filters: IgnoreFilters, key: InstanceKey): boolean =>
  matchesAny(filters.hosts, formatKey(key));

/** DiscoveryIgnoreReplicaHostnameFilters: not followed downwards. */
export const isReplicaIgnored = (filters: IgnoreFilters, key: InstanceKey): boolean =>
  matchesAny(filters.replicas, formatKey(key));

/** DiscoveryIgnoreMasterHostnameFilters: not followed upwards. */
export const isSourceIgnored = (filters: IgnoreFilters, key: InstanceKey): boolean =>
  matchesAny(filters.sources, formatKey(key));

/** DiscoveryIgnoreReplicationUsernameFilters: the replica is not taken in at all. */
export const isReplicationUserIgnored = (filters: IgnoreFilters, instance: Instance): boolean =>
  instance.replication !== null && matchesAny(filters.replicationUsers, instance.replication.profile.user);
