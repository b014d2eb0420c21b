import { isAtLeast, isOracleFamily, type ServerVersion } from '../model/version.ts';

/** The vocabulary of one server. Which words a version has is in the release notes of 8.0.22, 8.0.23, 8.0.26, 8.2 and 8.4. */
export interface Words {
  /** START/STOP/SHOW … this word. */
  readonly replica: 'REPLICA' | 'SLAVE';
  readonly changeSource: 'CHANGE REPLICATION SOURCE' | 'CHANGE MASTER';
  /** Prefix of the options of changeSource. */
  readonly source: 'SOURCE' | 'MASTER';
  readonly showReplicas: 'SHOW REPLICAS' | 'SHOW SLAVE HOSTS';
  readonly showOwnPosition: 'SHOW BINARY LOG STATUS' | 'SHOW MASTER STATUS';
  readonly logUpdatesVariable: 'log_replica_updates' | 'log_slave_updates';
  readonly resetBinaryLogs: 'RESET BINARY LOGS AND GTIDS' | 'RESET MASTER';
  readonly skipCounter: 'sql_replica_skip_counter' | 'sql_slave_skip_counter';
}

/** The words that a server of this flavour and version understands; numbers decide, never the text. */
export function wordsOf(version: ServerVersion): Words {
  const from = (major: number, minor: number, patch: number): boolean =>
    isOracleFamily(version) && isAtLeast(version, major, minor, patch);
  return {
    replica: from(8, 0, 22) ? 'REPLICA' : 'SLAVE',
    changeSource: from(8, 0, 23) ? 'CHANGE REPLICATION SOURCE' : 'CHANGE MASTER',
    source: from(8, 0, 23) ? 'SOURCE' : 'MASTER',
    showReplicas: from(8, 0, 22) ? 'SHOW REPLICAS' : 'SHOW SLAVE HOSTS',
    showOwnPosition: from(8, 2, 0) ? 'SHOW BINARY LOG STATUS' : 'SHOW MASTER STATUS',
    logUpdatesVariable: from(8, 0, 26) ? 'log_replica_updates' : 'log_slave_updates',
    resetBinaryLogs: from(8, 2, 0) ? 'RESET BINARY LOGS AND GTIDS' : 'RESET MASTER',
    skipCounter: from(8, 0, 26) ? 'sql_replica_skip_counter' : 'sql_slave_skip_counter',
  };
}

/** True where super_read_only exists (MySQL and Percona from 5.7.8; never MariaDB). */
export const hasSuperReadOnly = (version: ServerVersion): boolean =>
  isOracleFamily(version) && isAtLeast(version, 5, 7, 8);

/** True where offline_mode exists (MySQL and Percona from 5.7.5; never MariaDB). */
export const hasOfflineMode = (version: ServerVersion): boolean =>
  isOracleFamily(version) && isAtLeast(version, 5, 7, 5);

/** True where the receiver can be re-pointed while the applier goes on (MySQL and Percona from 5.7; design: measured). */
export const canChangeReceiverAlone = (version: ServerVersion): boolean =>
  isOracleFamily(version) && isAtLeast(version, 5, 7);

/** True where replication channels have names and FOR CHANNEL exists. */
export const hasChannels = (version: ServerVersion): boolean => isOracleFamily(version) && isAtLeast(version, 5, 7, 6);
