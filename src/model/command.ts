import type { BinlogCoordinates } from './coordinates.ts';
import type { ConnectionProfile, Positioning } from './instance.ts';
import type { InstanceKey } from './instance-key.ts';
import type { Secret } from './secret.ts';

/** User and password of the replication account, where a move must set them. */
export interface ReplicationCredentials {
  readonly user: string;
  readonly password: Secret;
  /** Files that go with the account, on the replica; each '' where nothing is said. They do not turn TLS on. */
  readonly tlsFiles?: { readonly caFile: string; readonly cert: string; readonly key: string };
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
  /** Both threads; the applier goes as far as these coordinates in the source's log and stops there. */
  | { readonly kind: 'start-until'; readonly coordinates?: BinlogCoordinates }
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
  /**
   * MariaDB: positions itself so, and keeps its relay log from these coordinates in it on, which nothing else does when its source
   * is changed. Both threads must be stopped.
   */
  | { readonly kind: 'use-relay-log'; readonly positioning: Positioning; readonly coordinates?: BinlogCoordinates }
  /** Forgets the source altogether. Never before drained. */
  | { readonly kind: 'forget-source' }
  | { readonly kind: 'set-delay'; readonly seconds: number }
  | {
      readonly kind: 'set-read-only';
      readonly readOnly: boolean /** also super_read_only, where the server has it */;
      readonly withSuper: boolean;
    }
  /** read_only on, on a server where it is on: changes nothing, and fails where the account may not open the server either. */
  | { readonly kind: 'keep-read-only' }
  /** super_read_only off; read_only stays as it is. */
  | { readonly kind: 'lift-super-read-only' }
  | { readonly kind: 'set-offline-mode'; readonly offline: boolean }
  | { readonly kind: 'set-semi-sync'; readonly side: 'source' | 'replica'; readonly enabled: boolean }
  /** The replication account alone; the receiver must be stopped. */
  | { readonly kind: 'set-source-account'; readonly credentials: ReplicationCredentials }
  /** RESET MASTER: all binary logs and the GTID history go. */
  | { readonly kind: 'reset-binary-logs' }
  /** A global read lock on a session that is kept open for it: nobody commits, whatever his privileges, until it is released or we end. */
  | { readonly kind: 'hold-read-lock' }
  /** Done too when none is held. */
  | { readonly kind: 'release-read-lock' }
  /** MariaDB: from where the server replicates next (gtid_slave_pos); both threads must be stopped. */
  | { readonly kind: 'set-replica-position'; readonly gtid: string }
  /** Only while gtid_executed is empty. */
  | { readonly kind: 'set-purged-gtid'; readonly gtid: string }
  /** Commits an empty transaction for each of these GTIDs (`uuid:n`, or `uuid:tag:n`), on one session. */
  | { readonly kind: 'inject-empty'; readonly gtids: readonly string[] }
  /** The next transaction of the applier is left out (sql_slave_skip_counter = 1). */
  | { readonly kind: 'skip-transaction' }
  | { readonly kind: 'kill-query'; readonly processId: number }
  | { readonly kind: 'flush-binary-logs' }
  /** Deletes the binary logs before this one. */
  | { readonly kind: 'purge-binary-logs'; readonly file: string }
  /** Logs in so many times ahead, so that none of as many commands side by side has to wait for a login. */
  | { readonly kind: 'open-sessions'; readonly count: number }
  /**
   * Ends all sessions of clients; replication's own, the system's and ours stay. `isFence`: done only when also nobody is left whose
   * commit waits for an acknowledgement and may yet be told OK; else those found by one look are ended.
   */
  | { readonly kind: 'kill-client-sessions'; readonly isFence: boolean }
  /**
   * MariaDB: ends the session whose commit waits for an acknowledgement and so holds the log; its client is told an error. Done too when
   * none holds it (any more); fails while one does. `written`: the gtid_binlog_pos that replicas have received; nobody is killed at another one.
   */
  | { readonly kind: 'kill-log-holder'; readonly written: string };

export type CommandKind = ServerCommand['kind'];
