import type { ReplicationCredentials, ServerCommand } from '../../model/command.ts';
import type { Instance } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';

/**
 * Why a server could not be asked.
 * refused/unreachable/unresolved: no process listens, no route, no address. deadline: it did not answer in time.
 * closed: the connection ended in the middle. answered: it is alive but will not serve us (any error packet, e.g. 1040, 1045,
 * 1129). shutting-down: it answered 1053. not-mysql: something answered that is not a MySQL server.
 */
export const FAILURE_KINDS = [
  'refused',
  'unreachable',
  'unresolved',
  'deadline',
  'closed',
  'answered',
  'shutting-down',
  'not-mysql',
] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

export interface ServerFailure {
  readonly kind: FailureKind;
  /** The server's error number; null when no error packet was seen. */
  readonly errorNumber: number | null;
  /** One sentence naming the server and, where there is one, the remedy. */
  readonly message: string;
}

export type ProbeOutcome =
  | { readonly kind: 'answered'; readonly instance: Instance; readonly warnings: readonly string[] }
  /** `isPartial`: the server had already told who it is when it failed (historic "partial success"). */
  | {
      readonly kind: 'failed';
      readonly failure: ServerFailure;
      readonly isPartial: boolean;
      readonly latencyMs: number;
    };

export interface ProbeRequest {
  readonly deadlineMs: number;
  /**
   * full: everything. replication: only what changes in a failure (threads, errors, coordinates, GTID, read_only) on top of
   * `previous`, one round trip.
   */
  readonly depth: 'full' | 'replication';
  /** The last good reading, needed for depth `replication`; null makes it a full probe. */
  readonly previous: Instance | null;
  /**
   * What is known of the server at this address. Where it is the same one, what a configured query of a full reading should tell and does
   * not (an error, no answer in time) stays as here; nothing that is read of the server itself does. Absent: as `previous`.
   */
  readonly lastKnown?: Instance | null;
  /**
   * Where its own log ends is not asked: it stands as in `previous`, or is unknown in a full reading. Otherwise it is unknown where the
   * server cannot tell (MariaDB while commits wait for a semi-sync acknowledgement), which takes a moment to find out.
   */
  readonly withoutLogEnd?: boolean;
}

export type KnockOutcome = { readonly kind: 'answered' } | { readonly kind: 'failed'; readonly failure: ServerFailure };
export type CommandOutcome =
  | { readonly kind: 'done'; readonly statements: readonly string[] }
  | { readonly kind: 'failed'; readonly failure: ServerFailure };

/** What can be asked of a server beside its reading, and what it answers. */
export interface InquiryAnswers {
  /** GTID of the transaction at which the applier stopped with an error (MySQL); null: none, or the server does not tell. */
  readonly 'blocked-transaction': string | null;
  /** The replication account in mysql.slave_master_info; null: not kept there, or not readable. */
  readonly 'stored-credentials': ReplicationCredentials | null;
  /** The replication account that ReplicationCredentialsQuery gives on this server; null: not configured, or no row. */
  readonly 'queried-credentials': ReplicationCredentials | null;
  /** Why `account` of the options cannot log in there; null: it can, or the server admits nobody from here (1130). */
  readonly 'account-refusal': string | null;
  /** Whether `other` of the options is another address of it: a named lock that is taken at one is seen at the other; null: no other was named. */
  readonly 'is-also-at': boolean | null;
  /** Whether commits wait for a semi-sync acknowledgement and none of them ends, which takes a moment where one waits; null: it has no semi-sync. */
  readonly 'do-commits-hang': boolean | null;
}
export type Inquiry = keyof InquiryAnswers;
export type InquiryOutcome<I extends Inquiry> =
  | { readonly kind: 'answered'; readonly answer: InquiryAnswers[I] }
  | { readonly kind: 'failed'; readonly failure: ServerFailure };

export interface InquiryOptions {
  readonly deadlineMs: number;
  /** account-refusal: the account that is tried. */
  readonly account?: ReplicationCredentials;
  /** is-also-at: the other address. */
  readonly other?: InstanceKey;
}

export type SessionEvent = {
  readonly kind: 'session-lost';
  readonly key: InstanceKey;
  readonly failure: ServerFailure;
};

/** The port to the servers: one pinned probe session each, control statements on sessions of their own. */
export interface Servers {
  /** Reads one server. Never throws; at most one probe per server is under way, a second caller gets the same answer. */
  probe(key: InstanceKey, request: ProbeRequest): Promise<ProbeOutcome>;
  /** One fresh connection with login, closed at once: is anybody there? */
  knock(key: InstanceKey, deadlineMs: number): Promise<KnockOutcome>;
  /** Tells one server something; `instance` gives flavour, version and connection profile. */
  execute(
    instance: Instance,
    command: ServerCommand,
    options: { readonly deadlineMs: number },
  ): Promise<CommandOutcome>;
  /** Asks one server something that its reading does not tell. Never throws. */
  inquire<I extends Inquiry>(instance: Instance, inquiry: I, options: InquiryOptions): Promise<InquiryOutcome<I>>;
  /** The reading of a server that goes by another name than it was asked by; what the configuration reads from names goes with it. */
  renamed(instance: Instance, key: InstanceKey): Instance;
  /** The statements `execute` would send, for dry runs and audit. Passwords show as ***. */
  render(instance: Instance, command: ServerCommand): readonly string[];
  /** Hears when a pinned session ends without our doing. */
  onSessionEvent(listener: (event: SessionEvent) => void): () => void;
  /** Closes what is held for a server, e.g. when it is forgotten. */
  release(key: InstanceKey): void;
  close(): Promise<void>;
}
