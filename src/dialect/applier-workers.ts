import { isAtLeast, isOracleFamily } from '../model/version.ts';
import type { ProbeClass } from './probe-class.ts';
import { type Row, readNumber, readValue } from './row.ts';

/*
 * The coordinator of a multi-threaded applier says that it "has read all relay log" as soon as it has handed everything out, while
 * its workers may still be at it, and its executed coordinates follow only every 300 ms. Workers that wait for the coordinator have
 * nothing left to do; one that holds half a transaction waits so, too (measured on 9.7, 5.6 and MariaDB 10.11).
 */

const IDLE_WORKER = "('Waiting for an event from Coordinator', 'Waiting for work from SQL thread')";

/**
 * Counts the workers that are executing: rows `channel`, `busy`; `channel` is NULL where the server does not tell. null where there
 * is no multi-threaded applier. The process list is touched only where such an applier is configured: its lock is global.
 */
export function busyWorkersSql({ version, performanceSchema }: ProbeClass): string | null {
  if (isOracleFamily(version) && isAtLeast(version, 5, 7) && performanceSchema) {
    return `SELECT w.CHANNEL_NAME AS channel, COUNT(*) AS busy FROM performance_schema.replication_applier_status_by_worker w JOIN performance_schema.threads t ON t.THREAD_ID = w.THREAD_ID WHERE COALESCE(t.PROCESSLIST_STATE, '') NOT IN ${IDLE_WORKER} AND COALESCE(t.PROCESSLIST_STATE, '') NOT LIKE '%has read all relay log%' GROUP BY w.CHANNEL_NAME`;
  }
  const setting = workersVariable({ version, performanceSchema });
  if (setting === null) return null;
  // Without a table of workers: replication's own threads but for the idle ones, the coordinator and the receiver.
  return `SELECT NULL AS channel, COUNT(*) AS busy FROM information_schema.processlist WHERE @@global.${setting} > 0 AND USER = 'system user' AND STATE NOT IN ${IDLE_WORKER} AND STATE NOT LIKE '%has read all relay log%' AND STATE NOT LIKE '%master%' AND STATE NOT LIKE '%source%' AND STATE NOT LIKE 'InnoDB%'`;
}

function workersVariable({ version }: ProbeClass): string | null {
  if (version.flavour === 'mariadb') return isAtLeast(version, 10, 0, 5) ? 'slave_parallel_threads' : null;
  if (!isOracleFamily(version) || !isAtLeast(version, 5, 6, 3)) return null;
  return isAtLeast(version, 8, 0, 26) ? 'replica_parallel_workers' : 'slave_parallel_workers';
}

/** True when a worker of this channel is known to be executing. Rows that could not be read say nothing. */
export const hasBusyWorkers = (rows: readonly Row[], channel: string): boolean =>
  rows.some((row) => (readNumber(row, 'busy') ?? 0) > 0 && [null, channel].includes(readValue(row, 'channel')));
