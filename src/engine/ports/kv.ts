import type { InstanceKey } from '../../model/instance-key.ts';

export interface KvPair {
  readonly key: string;
  readonly value: string;
}

/** What a store holds under a key. `version` is the store's own word for "as I read it"; only the store understands it. */
export interface KvEntry {
  readonly value: string;
  readonly version: string;
}

/** A value to be put, provided the key is still as it was read; version null: provided it is still absent. */
export interface KvChange extends KvPair {
  readonly version: string | null;
}

/** One place that holds keys and values. Both calls reject with OrchestratorError when the place does not answer or refuses. */
export interface KvPlace {
  /** For messages, e.g. `Consul at 127.0.0.1:8500`. */
  readonly name: string;
  /** What is there of these keys; an absent key is absent from the map. */
  read(keys: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, KvEntry>>;
  /** Compare-and-set; all or nothing where the place can do that. False when a key was not as it had been read. */
  swap(changes: readonly KvChange[], signal: AbortSignal): Promise<boolean>;
}

/** A key-value store outside this program: Consul, ZooKeeper, etcd. */
export interface KvOutlet extends KvPlace {
  /** Places the same pairs go to as well (the Consul of every data centre). */
  elsewhere(signal: AbortSignal): Promise<readonly KvPlace[]>;
  close(): Promise<void>;
}

/** The addresses of a host; '' when it has none of the kind. */
export interface HostAddresses {
  readonly ipv4: string;
  readonly ipv6: string;
}

/** Asks the name service. Rejects when the name is not known. */
export interface AddressLookup {
  addresses(hostname: string): Promise<HostAddresses>;
}

/** Who is published as primary under an alias, and by the word of which epoch. */
export interface KvClaim {
  readonly alias: string;
  readonly primary: InstanceKey;
  readonly epoch: number;
}

/** The internal key-value table (kv_store): the copy of what goes to Consul, ZooKeeper and etcd; and who may change it. */
export interface KvStore {
  get(key: string): Promise<string | null>;
  put(key: string, value: string): Promise<void>;
  all(): Promise<ReadonlyMap<string, string>>;
  readClaims(): Promise<readonly KvClaim[]>;
  readClaim(alias: string): Promise<KvClaim | null>;
  /**
   * In one transaction: reads the alias' claim, and if `mayReplace` says so replaces it and puts the pairs.
   * Returns whether it did. `mayReplace` may be called several times.
   */
  claim(claim: KvClaim, pairs: readonly KvPair[], mayReplace: (current: KvClaim | null) => boolean): Promise<boolean>;
  /** Table hostname_ips; null when the host is not in it. */
  readAddresses(hostname: string): Promise<HostAddresses | null>;
  saveAddresses(hostname: string, addresses: HostAddresses): Promise<void>;
}
