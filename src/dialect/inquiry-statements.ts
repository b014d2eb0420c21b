import type { Instance } from '../model/instance.ts';
import { isAtLeast, isOracleFamily, type ServerVersion } from '../model/version.ts';
import { literal } from './literal.ts';
import { hasChannels } from './words.ts';

const channelOf = ({ replication }: Pick<Instance, 'replication'>): string => replication?.channel ?? '';

/**
 * Where appliers tell which transaction they stopped at, in the order in which to ask; columns `error`, `gtid`. Empty where there is
 * no such table (before MySQL 5.7, MariaDB). Until 8.0.1 the tables tell the last transaction seen, which is the same one then.
 */
export function stoppedAtQueries(instance: Pick<Instance, 'version' | 'replication'>): readonly string[] {
  const { version } = instance;
  if (!isOracleFamily(version) || !isAtLeast(version, 5, 7)) return [];
  const query = (table: string, gtid: string): string =>
    `SELECT LAST_ERROR_NUMBER AS error, ${gtid} AS gtid FROM performance_schema.${table} WHERE CHANNEL_NAME = ${literal(channelOf(instance))} AND LAST_ERROR_NUMBER <> 0`;
  const workers = 'replication_applier_status_by_worker';
  if (!isAtLeast(version, 8, 0, 1)) return [query(workers, 'LAST_SEEN_TRANSACTION')];
  return [
    query(workers, 'APPLYING_TRANSACTION'),
    query('replication_applier_status_by_coordinator', 'PROCESSING_TRANSACTION'),
  ];
}

/** Takes a lock that is known by name on this server alone; column `session`: the session that holds it then, null if another one does. */
export const takeNamedLockSql = (name: string): string =>
  `SELECT IF(GET_LOCK(${literal(name)}, 0) = 1, CONNECTION_ID(), NULL) AS session`;

/** Column `session`: the session that holds the lock on this server, null for none. */
export const namedLockHolderSql = (name: string): string => `SELECT IS_USED_LOCK(${literal(name)}) AS session`;

export const releaseNamedLockSql = (name: string): string => `SELECT RELEASE_LOCK(${literal(name)}) AS released`;

/** Column `executed`. */
export const EXECUTED_GTID_QUERY = 'SELECT @@global.gtid_executed AS executed';

/** The replication account as the replica keeps it, columns `user`, `password`; null where no table has it (MariaDB: a file). */
export function storedAccountQuery(instance: {
  readonly version: ServerVersion;
  readonly replication: Instance['replication'];
}): string | null {
  const { version } = instance;
  if (!isOracleFamily(version) || !isAtLeast(version, 5, 6)) return null;
  const channel = hasChannels(version) ? ` AND Channel_name = ${literal(channelOf(instance))}` : '';
  return `SELECT User_name AS user, User_password AS password FROM mysql.slave_master_info WHERE User_name <> ''${channel}`;
}

/** The GTID that an event of type Gtid announces, lower case, e.g. `uuid:5` or `uuid:tag:5`; null in any other event. */
export function announcedGtid(event: { readonly type: string; readonly info: string }): string | null {
  // MySQL 8.3 and later: Gtid_tagged_log_event, shown as Gtid_tagged_log_event or Gtid.
  if (!/^gtid/i.test(event.type)) return null;
  const found = /'([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?::\w+)?:\d+)'/i.exec(event.info)?.[1];
  return found?.toLowerCase() ?? null;
}
