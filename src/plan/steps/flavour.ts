import type { Instance } from '../../model/instance.ts';
import { isExecutingRelayLog } from '../../model/progress.ts';
import { isAtLeast, isOracleFamily } from '../../model/version.ts';

/**
 * MySQL 5.7 and later changes the source's address with the receiver stopped and the applier running, and keeps the relay log.
 * MariaDB and MySQL 5.6 refuse that (1198) and lose what is un-applied (design §4, measured): they are drained first, always.
 */
export const canMoveReceiverAlone = (instance: Instance): boolean =>
  isOracleFamily(instance.version) && isAtLeast(instance.version, 5, 7);

/**
 * MariaDB adds a binlog checkpoint to its own log some time after each rotation, whether anybody writes or not (seen: 43 bytes behind
 * the end that was noted).
 */
export const growsByItself = ({ version }: Instance): boolean =>
  version.flavour === 'mariadb' && isAtLeast(version, 10, 0, 2);

/** True when the server has super_read_only (MySQL 5.7.8 and later). */
export const hasSuperReadOnly = (instance: Instance): boolean => instance.isSuperReadOnly !== null;

/** True when the server positions itself by GTID, so that it can follow any other server by itself. */
export const usesGtid = (instance: Instance): boolean => {
  const positioning = instance.replication?.positioning;
  return (
    positioning === 'oracle-auto' ||
    positioning === 'mariadb-slave-pos' ||
    positioning === 'mariadb-current-pos' ||
    isExecutingRelayLog(instance)
  );
};
