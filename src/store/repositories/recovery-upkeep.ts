import type { RecoveryFilter, RecoveryResolution } from '../../engine/ports.ts';
import { parseKey } from '../../model/instance-key.ts';
import type { Session, SqlValue } from '../database.ts';
import { csvOfKeys, number, text } from '../rows/values.ts';
import { endActivePeriods } from './active-periods.ts';
import type { RecoverySettings } from './recovery-settings.ts';

/** Writes how a recovery ended, by its uid. */
export async function resolveRecovery(session: Session, uid: string, resolution: RecoveryResolution): Promise<void> {
  await session.run(
    `update topology_recovery set is_successful = ?, successor_hostname = ?, successor_port = ?, successor_alias = ?,
       lost_slaves = ?, participating_instances = ?, all_errors = ?, end_recovery = ${session.dialect.now} where uid = ?`,
    [
      Number(resolution.isSuccessful),
      resolution.successor?.hostname ?? '',
      resolution.successor?.port ?? 0,
      resolution.successorAlias,
      csvOfKeys(resolution.lostReplicas),
      csvOfKeys(resolution.participants),
      resolution.errors.join('\n'),
      uid,
    ],
  );
}

/**
 * Ends active periods that are over. A recovery with an open intent is still being worked at and keeps its period, or a
 * short RecoveryPeriodBlockSeconds would let a second one in beside it.
 */
export const endOldRecoveries = (session: Session, settings: RecoverySettings): Promise<void> =>
  endActivePeriods(
    session,
    'topology_recovery',
    `start_active_period <= ${session.dialect.secondsAgo}
       and (end_recovery is not null or uid not in (select uid from orchestrator_recovery_intent))`,
    [settings.periodBlockSeconds],
  );

/** Everything that ends by the passing of time; see RecoveryStore.expire. */
export async function expire(session: Session, settings: RecoverySettings): Promise<void> {
  const { dialect } = session;
  await endActivePeriods(session, 'topology_failure_detection', `start_active_period <= ${dialect.secondsAgo}`, [
    settings.detectionPeriodBlockSeconds,
  ]);
  await endOldRecoveries(session, settings);
  await acknowledgeCrashed(session, settings);
  await dropBlocks(session, `last_blocked_timestamp < ${dialect.secondsAgo}`, [settings.blockedExpirySeconds]);
  await session.run(
    `delete from database_instance_downtime where end_timestamp <= ${dialect.now} and reason <> 'lost-in-recovery'`,
  );
  // One that was lost stays so until it is well again: its end is put off, once a day.
  await session.run(
    `update database_instance_downtime set end_timestamp = ${dialect.secondsAhead}
     where reason = 'lost-in-recovery' and end_timestamp < ${dialect.secondsAhead}`,
    [LOST_SECONDS, LOST_SECONDS - DAY_SECONDS],
  );
}

const DAY_SECONDS = 86_400;
const LOST_SECONDS = 365 * DAY_SECONDS;

/**
 * Recoveries that a node left behind when it died, unless an intent lets somebody go on with them; and our own that lost the
 * backend between registration and intent.
 */
async function acknowledgeCrashed(session: Session, { node }: RecoverySettings): Promise<void> {
  const crashed = await session.all(
    `select recovery_id from topology_recovery r
     where r.end_recovery is null and (r.in_active_period = 1 or r.start_active_period < ${session.dialect.secondsAgo})
       and not exists (select 1 from orchestrator_recovery_intent i where i.uid = r.uid)
       and ((r.processcing_node_token = ? and r.start_active_period < ${session.dialect.secondsAgo})
         or (r.processcing_node_token <> ? and not exists (select 1 from node_health n
           where n.hostname = r.processing_node_hostname and n.token = r.processcing_node_token
             and n.last_seen_active > ${session.dialect.secondsAgo})))`,
    [TAKEOVER_SECONDS, node.token, NODE_ALIVE_SECONDS, node.token, NODE_ALIVE_SECONDS],
  );
  for (const row of crashed) {
    const id = number(row, 'recovery_id');
    await acknowledgeWhere(session, 'recovery_id = ?', [id], 'orchestrator', 'detected crashed recovery');
    await session.run(`update topology_recovery set end_recovery = ${session.dialect.now} where recovery_id = ?`, [id]);
  }
}

/**
 * A planned takeover that has not ended by then never will. Its row has no active period, and a command of the command line that is
 * still at it does not beat.
 */
const TAKEOVER_SECONDS = 3_600;
/** A node beats every second or so; one that is silent for a minute will not finish its recovery. */
const NODE_ALIVE_SECONDS = 60;

/**
 * Acknowledges un-acknowledged recoveries that the filter names (all, when it names nothing), and frees what they block.
 * For a cluster, recoveries under the same alias count too, and those that made its primary what it is (they bear the cluster's name
 * of before); for a cluster or server the detections end as well.
 * @returns how many recoveries were acknowledged.
 */
export async function acknowledge(
  session: Session,
  filter: RecoveryFilter,
  by: string,
  comment: string,
): Promise<number> {
  const { sql, values, endsDetections } = await acknowledgedBy(session, filter);
  let count = await acknowledgeWhere(session, sql, values, by, comment);
  if (endsDetections) await endActivePeriods(session, 'topology_failure_detection', sql, values);
  const heir = filter.clusterName === undefined ? null : heirOf(filter.clusterName);
  if (heir !== null)
    count += await acknowledgeWhere(session, 'successor_hostname = ? and successor_port = ?', heir, by, comment);
  return count;
}

/** A cluster bears the name of its primary: host and port of it; null when it is no such name. */
function heirOf(clusterName: string): [hostname: string, port: number] | null {
  try {
    const { hostname, port } = parseKey(clusterName, 0);
    return [hostname, port];
  } catch {
    return null;
  }
}

async function acknowledgedBy(session: Session, filter: RecoveryFilter) {
  const { recoveryId, uid, key, clusterName } = filter;
  if (recoveryId !== undefined) return { sql: 'recovery_id = ?', values: [recoveryId], endsDetections: false };
  if (uid !== undefined) return { sql: 'uid = ?', values: [uid], endsDetections: false };
  if (key !== undefined) {
    return { sql: 'hostname = ? and port = ?', values: [key.hostname, key.port], endsDetections: true };
  }
  const alias = filter.clusterAlias ?? (clusterName === undefined ? '' : await aliasOf(session, clusterName));
  const sql = "cluster_name = ? or (cluster_alias <> '' and cluster_alias = ?)";
  if (clusterName !== undefined || alias !== '') {
    return { sql, values: [clusterName ?? '', alias], endsDetections: true };
  }
  return { sql: '1 = 1', values: [], endsDetections: false };
}

async function aliasOf(session: Session, clusterName: string): Promise<string> {
  const sql =
    'select alias from cluster_alias_override where cluster_name = ? union all select alias from cluster_alias where cluster_name = ?';
  const [row] = await session.all(sql, [clusterName, clusterName]);
  return row === undefined ? '' : text(row, 'alias');
}

/** Acknowledges the un-acknowledged recoveries that fulfil `where`; returns how many. */
export async function acknowledgeWhere(
  session: Session,
  where: string,
  values: readonly SqlValue[],
  by: string,
  comment: string,
): Promise<number> {
  const { dialect } = session;
  const rows = await session.all(
    `select recovery_id from topology_recovery where acknowledged = 0 and (${where})${dialect.forUpdate}`,
    values,
  );
  for (const row of rows) {
    const id = [number(row, 'recovery_id')];
    await endActivePeriods(session, 'topology_recovery', 'recovery_id = ?', id);
    await session.run(
      `update topology_recovery set acknowledged = 1, acknowledged_at = ${dialect.now}, acknowledged_by = ?,
         acknowledge_comment = ? where recovery_id = ?`,
      [by.slice(0, 128), comment, ...id],
    );
    await dropBlocks(session, 'blocking_recovery_id = ?', id);
  }
  return rows.length;
}

const dropBlocks = (session: Session, where: string, values: readonly SqlValue[]) =>
  session.run(`delete from blocked_topology_recovery where ${where}`, values);
