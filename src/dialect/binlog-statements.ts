import type { LogKind } from '../model/binlog-event.ts';
import type { Instance } from '../model/instance.ts';
import { isAtLeast, isOracleFamily, type ServerVersion } from '../model/version.ts';
import { literal } from './literal.ts';
import { replicationSql } from './probe-statements.ts';
import { hasChannels, wordsOf } from './words.ts';

/** The binary logs with their sizes, oldest first. */
export const LIST_BINARY_LOGS_SQL = 'SHOW BINARY LOGS';

/**
 * Events of a binary log or of a relay log of the default channel. MySQL 5.7 and later name the channel behind, MariaDB before the
 * word EVENTS, MySQL 5.6 has one only.
 */
export function eventsSql(
  instance: Pick<Instance, 'version' | 'replication'>,
  request: {
    readonly log: LogKind;
    readonly file: string;
    readonly fromPosition: number | null;
    readonly limit: number;
  },
): string {
  const from = request.fromPosition === null ? '' : ` FROM ${request.fromPosition}`;
  const which = `IN ${literal(request.file)}${from} LIMIT ${request.limit}`;
  if (request.log === 'binlog') return `SHOW BINLOG EVENTS ${which}`;
  const { version } = instance;
  const channel = instance.replication?.channel ?? '';
  if (hasChannels(version)) return `SHOW RELAYLOG EVENTS ${which} FOR CHANNEL ${literal(channel)}`;
  const name = version.flavour === 'mariadb' && channel !== '' ? ` ${literal(channel)}` : '';
  return `SHOW RELAYLOG${name} EVENTS ${which}`;
}

/** Replication status and the end of the own binary log, in this order. */
export const coordinatesSql = (version: ServerVersion): readonly [string, string] => [
  replicationSql(version),
  wordsOf(version).showOwnPosition,
];

/**
 * Workers of the applier and whether they commit in order, as columns `workers` and `in_order`; null where the applier always
 * works in order: MariaDB (parallel modes commit in order), and MySQL before 5.6.
 */
export function applierOrderSql(version: ServerVersion): string | null {
  if (!isOracleFamily(version) || !isAtLeast(version, 5, 6)) return null;
  const word = isAtLeast(version, 8, 0, 26) ? 'replica' : 'slave';
  const inOrder = isAtLeast(version, 5, 7, 5) ? `@@global.${word}_preserve_commit_order` : '0';
  return `SELECT @@global.${word}_parallel_workers AS workers, ${inOrder} AS in_order`;
}

/** Whether the server takes writes, as column `read_only`: 1 = it does not. */
export const IS_READ_ONLY_SQL = 'SELECT @@global.read_only AS read_only';
