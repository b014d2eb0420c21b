import {
  formatGtidSet,
  type GtidSet,
  isEmptyGtidSet,
  parseGtidSet,
  subtractGtidSets,
  unionGtidSets,
} from '../../../model/gtid-set.ts';
import { isAtLeast, isOracleFamily } from '../../../model/version.ts';
import type { Objection } from '../../plan.ts';
import type { Member } from '../input.ts';
import { firstOf } from '../rules/can-move.ts';
import { hasPurgedNeeded } from '../rules/can-replicate.ts';
import { objection } from '../server/single.ts';

/** Why a replica by coordinates could not find its place below its source by GTID, or would execute something twice; null when it could. */
export function cannotUseGtid(replica: Member, source: Member): Objection | null {
  const { version } = replica.instance;
  if (isOracleFamily(version)) {
    return firstOf(
      () => gtidModeOff(replica),
      () => gtidModeOff(source),
      () => hasPurgedNeeded(replica, source),
      () => hasGap(replica, source),
    );
  }
  if (version.flavour === 'mariadb' && isAtLeast(version, 10, 0, 2)) return cannotUseMariadbGtid(replica, source);
  return objection(replica, 'no-gtid', `${replica.name} (${version.text}) has no GTID`);
}

function gtidModeOff(member: Member): Objection | null {
  const { gtidMode } = member.instance;
  if (gtidMode === 'ON') return null;
  return objection(member, 'gtid-mode', `gtid_mode of ${member.name} is ${gtidMode === '' ? 'OFF' : gtidMode}, not ON`);
}

/**
 * What lies before the last transaction it has of an origin, the replica has been through: if it is not in its set, it came without
 * its GTID (from a copy, say), and would be fetched and executed a second time.
 */
function hasGap(replica: Member, source: Member): Objection | null {
  const { executedGtid, replication } = replica.instance;
  const own = unionGtidSets(parseGtidSet(executedGtid), parseGtidSet(replication?.receivedGtid ?? ''));
  const missing = subtractGtidSets(parseGtidSet(source.instance.executedGtid), own);
  if (isEmptyGtidSet(own) && !isEmptyGtidSet(missing)) {
    const explanation = `gtid_executed of ${replica.name} is empty: it would fetch everything from ${source.name} once more`;
    return objection(replica, 'gtid-gap', explanation);
  }
  const passed = beforeLast(missing, own);
  if (isEmptyGtidSet(passed)) return null;
  const explanation = `${replica.name} has later transactions of ${source.name}, but not ${formatGtidSet(passed)}; it would execute them a second time`;
  return objection(replica, 'gtid-gap', explanation);
}

/** The part of `missing` that lies before the last transaction of the same origin in `own`. */
function beforeLast(missing: GtidSet, own: GtidSet): GtidSet {
  const groups = missing.groups.flatMap((group) => {
    const known = own.groups.find(({ uuid, tag }) => uuid === group.uuid && tag === group.tag);
    const last = known?.intervals.at(-1)?.last;
    const intervals = last === undefined ? [] : group.intervals.filter(({ first }) => first < last);
    return intervals.length === 0 ? [] : [{ ...group, intervals }];
  });
  return { ...missing, groups };
}

function cannotUseMariadbGtid(replica: Member, source: Member): Objection | null {
  if (source.instance.version.flavour !== 'mariadb')
    return objection(replica, 'flavour', `${source.name} is not a MariaDB server`);
  if (replica.instance.executedGtid !== '' || source.instance.executedGtid === '') return null;
  const explanation = `gtid_slave_pos of ${replica.name} is empty: it would fetch everything from ${source.name} once more`;
  return objection(replica, 'gtid-gap', explanation);
}
