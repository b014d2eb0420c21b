import type { ServerVersion } from '../model/version.ts';
import { literal } from './literal.ts';
import { wordsOf } from './words.ts';

/**
 * Ids of all sessions of clients: not the system's (system user, event_scheduler, daemons), not binlog dumps to replicas,
 * not group replication's, not ours (`ownUser`), and none that is being killed already.
 */
export const clientSessionsQuery = (ownUser: string): string =>
  `SELECT ID AS id FROM information_schema.processlist WHERE USER NOT IN ('system user', 'event_scheduler', ${literal(ownUser)}) AND COMMAND NOT IN ('Binlog Dump', 'Binlog Dump GTID', 'Daemon', 'Killed', 'Slave_IO', 'Slave_SQL', 'Slave_worker', 'Group Replication Data Stream subscription') AND ID <> CONNECTION_ID()`;

/**
 * Ids of sessions that may yet be told OK: their commit waits for a semi-sync acknowledgement, or in the same group behind one
 * that does, and nobody has killed them. Of every account, ours too; a killed one gets no OK (measured on 9.7 and MariaDB).
 * The state is the only sign there is; servers do not translate it. MySQL before 8.0 does not show those that wait behind.
 */
export const COMMIT_WAITERS_QUERY =
  "SELECT ID AS id FROM information_schema.processlist WHERE (STATE LIKE 'Waiting for semi-sync ACK%' OR STATE = 'waiting for handler commit') AND COMMAND <> 'Killed' AND USER <> 'system user' AND ID <> CONNECTION_ID()";

/** Ids of sessions whose commit itself waits for a semi-sync acknowledgement; who waits behind one is not among them. */
export const LOG_HOLDERS_QUERY =
  "SELECT ID AS id FROM information_schema.processlist WHERE STATE LIKE 'Waiting for semi-sync ACK%' AND COMMAND <> 'Killed' AND USER <> 'system user'";

/** Ends one session. */
export const killStatement = (id: number): string => `KILL CONNECTION ${id}`;

/** Sessions of one channel's applier workers (MySQL 5.7 and later, performance_schema on). */
export const applierWorkersQuery = (channel: string): string =>
  `SELECT t.PROCESSLIST_ID AS id FROM performance_schema.replication_applier_status_by_worker w JOIN performance_schema.threads t ON t.THREAD_ID = w.THREAD_ID WHERE w.CHANNEL_NAME = ${literal(channel)} AND t.PROCESSLIST_ID IS NOT NULL`;

/** Those of them that are in the middle of a transaction (MySQL 8.0.1 and later; an error before). */
export const openWorkersQuery = (channel: string): string =>
  `${applierWorkersQuery(channel)} AND w.APPLYING_TRANSACTION <> ''`;

/** The same where performance_schema is off: all workers that wait for their coordinator, of whatever channel. */
export const BUSY_WORKERS_QUERY =
  "SELECT ID AS id FROM information_schema.processlist WHERE USER = 'system user' AND STATE = 'Waiting for an event from Coordinator'";

const checkpointVariable = (version: ServerVersion): string =>
  `${wordsOf(version).logUpdatesVariable === 'log_replica_updates' ? 'replica' : 'slave'}_checkpoint_period`;

/** How often, in milliseconds, the coordinator of a multi-threaded applier looks at its workers (default 300). */
export const checkpointPeriodQuery = (version: ServerVersion): string =>
  `SELECT @@global.${checkpointVariable(version)} AS period`;

/** Sets that period; not remembered by the server over its restart. */
export const setCheckpointPeriod = (version: ServerVersion, periodMs: number): string =>
  `SET GLOBAL ${checkpointVariable(version)}=${periodMs}`;
