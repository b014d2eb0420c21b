import type { BinlogCoordinates } from './coordinates.ts';
import type { ConnectionProfile, Positioning } from './instance.ts';
import type { InstanceKey } from './instance-key.ts';
import type { Secret } from './secret.ts';

/** User and password of the replication account, where a move must set them. */
export interface ReplicationCredentials {
  readonly user: string;
  readonly password: Secret;
}

/**
 * What can be asked of one server, without words of any dialect. dialect/ renders it into statements,
 * mysql/ sends them, the simulator obeys them.
 */
export type ServerCommand =
  | { readonly kind: 'start-receiver' }
  | { readonly kind: 'stop-receiver' }
  | { readonly kind: 'start-applier' }
  /** Has a deadline of its own: workers that wait for the rest of a dead source's transaction are killed (design §4). */
  | { readonly kind: 'stop-applier' }
  | { readonly kind: 'start-replication' }
  | {
      readonly kind: 'change-source';
      readonly source: InstanceKey;
      /** Only the receiver is touched; the applier goes on (MySQL 5.7 and later). */
      readonly receiverOnly: boolean;
      /** null leaves the positioning as it is. */
      readonly positioning: Positioning | null;
      /** null leaves the account as it is. */
      readonly credentials: ReplicationCredentials | null;
      /** Where to read on in the source's log; only for positioning `coordinates`. */
      readonly coordinates?: BinlogCoordinates;
      /** TLS, key, retry and heartbeat to take over, for a server that had no source; absent keeps its own. */
      readonly profile?: ConnectionProfile;
    }
  /** Forgets the source altogether. Never before drained. */
  | { readonly kind: 'forget-source' }
  | { readonly kind: 'set-delay'; readonly seconds: number }
  | {
      readonly kind: 'set-read-only';
      readonly readOnly: boolean /** also super_read_only, where the server has it */;
      readonly withSuper: boolean;
    }
  | { readonly kind: 'set-offline-mode'; readonly offline: boolean }
  | { readonly kind: 'set-semi-sync'; readonly side: 'source' | 'replica'; readonly enabled: boolean }
  /** Ends all sessions of clients; replication's own, the system's and ours stay. */
  | { readonly kind: 'kill-client-sessions' };

export type CommandKind = ServerCommand['kind'];
