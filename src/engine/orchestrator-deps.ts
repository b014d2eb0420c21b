import type { KvOutside } from './kv/service.ts';
import type { BinlogReader, MarkerWriter } from './ports/binlog.ts';
import type { AgentClient, Clock, HookRunner, HostnameResolver, Leadership, Logger, Servers, Store } from './ports.ts';

/** What the engine needs of the world around it. */
export interface OrchestratorDeps {
  readonly servers: Servers;
  readonly binlogs: BinlogReader & MarkerWriter;
  readonly store: Store;
  readonly hookRunner: HookRunner;
  readonly resolver: HostnameResolver;
  readonly leadership: Leadership;
  /** Left out where no agents are spoken to. */
  readonly agents?: AgentClient;
  readonly clock: Clock;
  readonly logger: Logger;
  newUid(): string;
  /** Stores outside that are told who is primary; absent: only the backend's own table. */
  readonly kv?: KvOutside;
  /** Sixteen hexadecimal digits, random. */
  randomHex(): string;
  /** Whether the process that an owner names still runs, as far as this machine can tell. */
  isOwnerAlive(owner: string): boolean;
}
