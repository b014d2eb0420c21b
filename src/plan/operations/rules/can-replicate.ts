import { formatGtidSet, isEmptyGtidSet, parseGtidSet, subtractGtidSets } from '../../../model/gtid-set.ts';
import type { Instance } from '../../../model/instance.ts';
import { usesMariadbGtid, usesOracleGtid } from '../../../model/instance.ts';
import { sameKey } from '../../../model/instance-key.ts';
import { compareMajorVersions, majorVersion } from '../../../model/version.ts';
import type { Objection } from '../../plan.ts';
import { type Member, type OperationSettings, sourceOf } from '../input.ts';

/** Formats of the binary log from the narrowest to the widest; others cannot be compared. */
const BINLOG_FORMATS = ['STATEMENT', 'MIXED', 'ROW'];

/**
 * The historic rules by which one server can replicate from another, in their order; the first that fails is the answer, null
 * when none does. Versions are compared numerically.
 */
export function cannotReplicateFrom(replica: Member, source: Member, settings: OperationSettings): Objection | null {
  const no = (rule: string, explanation: string): Objection => ({ subject: replica.name, rule, explanation });
  const [below, above] = [replica.instance, source.instance];
  if (sameKey(replica.key, source.key)) return no('same-server', `${replica.name} cannot replicate from itself`);
  if (!above.binlogEnabled) return no('no-binary-log', `${source.name} has no binary log (log_bin is off)`);
  if (sourceOf(source) !== null && !above.logsReplicaUpdates) {
    return no(
      'no-replica-updates',
      `${source.name} is a replica and does not log what it applies (log_replica_updates)`,
    );
  }
  if (
    compareMajorVersions(below.version, above.version) < 0 &&
    !below.isBinlogServer &&
    !settings.lowerReplicaVersionAllowed
  ) {
    const versions = `${majorVersion(below.version)} is older than ${majorVersion(above.version)}`;
    return no('version', `the version of ${replica.name}, ${versions} of ${source.name}`);
  }
  if (flavoursDiffer(below, above)) {
    return no('flavour', `${replica.name} is ${below.version.flavour}, ${source.name} is ${above.version.flavour}`);
  }
  if (isNarrower(below, above)) {
    return no(
      'binlog-format',
      `${replica.name} logs in ${below.binlogFormat}, which cannot hold what ${source.name} logs in ${above.binlogFormat}`,
    );
  }
  if (
    settings.verifyReplicationFilters &&
    above.replication?.hasFilters === true &&
    below.replication?.hasFilters !== true
  ) {
    return no('replication-filters', `${source.name} has replication filters and ${replica.name} has none`);
  }
  if (below.serverId === above.serverId && !below.isBinlogServer) {
    return no('server-id', `${replica.name} and ${source.name} have the same server_id ${below.serverId}`);
  }
  if (
    below.serverUuid !== null &&
    below.serverUuid !== '' &&
    below.serverUuid === above.serverUuid &&
    !below.isBinlogServer
  ) {
    return no('server-uuid', `${replica.name} and ${source.name} have the same server_uuid ${below.serverUuid}`);
  }
  const [delay, delayAbove] = [below.replication?.delaySeconds ?? 0, above.replication?.delaySeconds ?? 0];
  if (delay < delayAbove && delayAbove > settings.reasonableMaintenanceLagSeconds) {
    return no('delay', `${source.name} is delayed by ${delayAbove} s, more than ${replica.name} is`);
  }
  return null;
}

/** A MariaDB server cannot follow a recent MySQL and the other way round; old versions without GTID can. */
const flavoursDiffer = (below: Instance, above: Instance): boolean => {
  const isMariadb = ({ version }: Instance): boolean => version.flavour === 'mariadb';
  return isMariadb(below) !== isMariadb(above) && (usesOracleGtid(below) || usesMariadbGtid(below));
};

function isNarrower(below: Instance, above: Instance): boolean {
  if (!below.binlogEnabled || !below.logsReplicaUpdates) return false;
  const [own, its] = [below, above].map(({ binlogFormat }) => BINLOG_FORMATS.indexOf(binlogFormat.toUpperCase()));
  return own !== undefined && its !== undefined && own >= 0 && its >= 0 && own < its;
}

/** Why the replica cannot find its place below the source by GTID; null when it can. */
export function cannotFindByGtid(replica: Member, source: Member): Objection | null {
  const no = (rule: string, explanation: string): Objection => ({ subject: replica.name, rule, explanation });
  const [below, above] = [replica.instance, source.instance];
  const isOracle = usesOracleGtid(below) && above.supportsOracleGtid;
  const isMariadb = usesMariadbGtid(below) && above.version.flavour === 'mariadb';
  if (!isOracle && !isMariadb) {
    // The historic text, which scripts have been seen to look for.
    return no('gtid', `Instances ${replica.name}, ${source.name} not GTID compatible or not using GTID`);
  }
  return isOracle ? hasPurgedNeeded(replica, source) : null;
}

/** Why a MySQL replica that positions itself by GTID would ask for what the source has purged; null when it would not. */
export function hasPurgedNeeded(replica: Member, source: Member): Objection | null {
  const [below, above] = [replica.instance, source.instance];
  const missing = subtractGtidSets(parseGtidSet(above.purgedGtid), parseGtidSet(below.executedGtid));
  if (isEmptyGtidSet(missing)) return null;
  return {
    subject: replica.name,
    rule: 'gtid-purged',
    explanation: `${source.name} has purged ${formatGtidSet(missing)}, which ${replica.name} has not executed`,
  };
}
