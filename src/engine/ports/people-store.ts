import type { InstanceKey } from '../../model/instance-key.ts';
import type { Secret } from '../../model/secret.ts';

// What people and scripts note about servers, hosts and pools. What is longer than its column is refused (`store-value-too-long`).

/** Tags of servers: table database_instance_tags. */
export interface TagStore {
  /** Sets or replaces one tag of one server. */
  putTag(key: InstanceKey, name: string, value: string): Promise<void>;
  /** Takes a tag away; key null: from every server; value null: whatever it is. The servers that had it, ordered. */
  removeTag(
    key: InstanceKey | null,
    tag: { readonly name: string; readonly value: string | null },
  ): Promise<readonly InstanceKey[]>;
}

/** The names under which servers and clusters are addressed, and who may be promoted. */
export interface NameStore {
  /** The name by which replicas shall address `hostname`. */
  registerUnresolve(hostname: string, unresolvedHostname: string): Promise<void>;
  /** False when there was none. */
  deregisterUnresolve(hostname: string): Promise<boolean>;
  /** False when the server had no promotion rule registered. */
  removeCandidate(key: InstanceKey): Promise<boolean>;
  /** Domains of clusters, by name; they expire. Of one that stands only the time is written, which is no change to anybody. */
  registerClusterDomains(domains: ReadonlyMap<string, string>): Promise<void>;
  /**
   * Brings what SQL readers see of aliases (cluster name → alias, each once) in line, by writing what differs. It decides nothing:
   * what followed to a cluster's new name is kept apart (setClusterAlias).
   */
  showClusterAliases(aliases: ReadonlyMap<string, string>): Promise<void>;
}

/** Membership of pools, as load balancers submit it; it expires (InstancePoolExpiryMinutes). */
export interface PoolStore {
  /** Replaces the members of one pool; none empties it. */
  submitPool(pool: string, keys: readonly InstanceKey[]): Promise<void>;
  /** Pool → its members, both ordered. */
  readPools(): Promise<ReadonlyMap<string, readonly InstanceKey[]>>;
}

/** `hostname` of attributes that belong to no host: the writer of a cluster's domain. */
export const GENERAL_ATTRIBUTE_HOST = '*';

export interface HostAttribute {
  readonly hostname: string;
  readonly name: string;
  readonly value: string;
  /** As people see times of this backend; expiresAt '' for never. */
  readonly submittedAt: string;
  readonly expiresAt: string;
}

/** Free attributes of hosts: table host_attributes. */
export interface HostAttributeStore {
  putAttribute(attribute: { readonly hostname: string; readonly name: string; readonly value: string }): Promise<void>;
  /** Those that fulfil every part of the filter and have not expired, by host and name. */
  readAttributes(filter: { readonly hostname?: string; readonly name?: string }): Promise<readonly HostAttribute[]>;
}

/** Log-in by token: the public half travels in a link, is redeemed once and soon, and yields the secret half. */
export interface AccessTokenStore {
  /** Makes a pair; its public half. */
  createAccessToken(generatedBy: string): Promise<string>;
  /** The secret half; null when the token is unknown, was redeemed before, or is older than AccessTokenUseExpirySeconds. */
  acquireAccessToken(publicToken: string): Promise<Secret | null>;
  /** Whether the pair was redeemed and is younger than AccessTokenExpiryMinutes. */
  isAccessTokenValid(publicToken: string, secretToken: Secret): Promise<boolean>;
}
