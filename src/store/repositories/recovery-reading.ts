import type { BlockedRecovery, DetectionRecord, RecoveryFilter, RecoveryRecord } from '../../engine/ports.ts';
import type { Session, SqlDialect, SqlRow, SqlValue } from '../database.ts';
import { flag, keyIn, keyOf, keysOfCsv, number, text } from '../rows/values.ts';

/** Rows per page of every listing (historic behaviour). */
export const PAGE_SIZE = 20;

/** Recoveries that the filter names, newest first, one page of 20 or as many as are asked for. */
export async function readRecoveries(session: Session, filter: RecoveryFilter): Promise<RecoveryRecord[]> {
  const { where, values } = conditions(filter, 'recovery_id');
  if (filter.onlyActive === true) where.push('in_active_period = 1 and end_recovery is null');
  if (filter.onlyBlocking === true) where.push('in_active_period = 1');
  if (filter.onlyUnacknowledged === true) where.push('acknowledged = 0');
  const times = timeColumns(session.dialect, ['start_active_period', 'end_recovery', 'acknowledged_at']);
  const rows = await session.all(
    `select ${RECOVERY_COLUMNS}, ${times} from topology_recovery ${whereClause(where)} order by recovery_id desc ${page(filter)}`,
    values,
  );
  return rows.map(recoveryOf);
}

/** Detections that the filter names (`recoveryId` means the detection's id here), newest first, one page of 20 or as many as are asked for. */
export async function readDetections(session: Session, filter: RecoveryFilter): Promise<DetectionRecord[]> {
  const { where, values } = conditions(filter, 'detection_id');
  if (filter.onlyActive === true) where.push('in_active_period = 1');
  const rows = await session.all(
    `select detection_id, hostname, port, in_active_period, processing_node_hostname, processcing_node_token, analysis,
       cluster_name, cluster_alias, count_affected_slaves, slave_hosts, is_actionable,
       ${timeColumns(session.dialect, ['start_active_period'])},
       (select max(recovery_id) from topology_recovery r where r.last_detection_id = d.detection_id) as related_recovery_id
     from topology_failure_detection d ${whereClause(where)} order by detection_id desc ${page(filter)}`,
    values,
  );
  return rows.map(detectionOf);
}

/** What anti-flapping holds back at present; null: in all clusters. */
export async function readBlocked(session: Session, clusterName: string | null): Promise<BlockedRecovery[]> {
  const rows = await session.all(
    `select hostname, port, cluster_name, analysis, blocking_recovery_id,
       ${timeColumns(session.dialect, ['last_blocked_timestamp'])}
     from blocked_topology_recovery b ${clusterName === null ? '' : 'where cluster_name = ?'} order by b.last_blocked_timestamp desc`,
    clusterName === null ? [] : [clusterName],
  );
  return rows.map((row) => ({
    key: keyOf(row),
    clusterName: text(row, 'cluster_name'),
    analysis: text(row, 'analysis'),
    lastBlockedAt: text(row, 'last_blocked_timestamp_text'),
    blockingRecoveryId: number(row, 'blocking_recovery_id'),
  }));
}

/** What rows must fulfil. A filter without clusters fits rows of any table with these columns. */
export function conditions(filter: RecoveryFilter, idColumn: string): { where: string[]; values: SqlValue[] } {
  const where: string[] = [];
  const values: SqlValue[] = [];
  const add = (sql: string, ...bound: SqlValue[]): void => {
    where.push(sql);
    values.push(...bound);
  };
  if (filter.clusterName !== undefined) add('cluster_name = ?', filter.clusterName);
  if (filter.clusterAlias !== undefined) add('cluster_alias = ?', filter.clusterAlias);
  if (filter.recoveryId !== undefined) add(`${idColumn} = ?`, filter.recoveryId);
  if (filter.uid !== undefined && idColumn === 'recovery_id') add('uid = ?', filter.uid);
  if (filter.key !== undefined) add('hostname = ? and port = ?', filter.key.hostname, filter.key.port);
  if (filter.successor !== undefined)
    add('successor_hostname = ? and successor_port = ?', filter.successor.hostname, filter.successor.port);
  if (filter.beforeId !== undefined) add(`${idColumn} < ?`, filter.beforeId);
  return { where, values };
}

export const whereClause = (where: readonly string[]): string =>
  where.length === 0 ? '' : `where ${where.join(' and ')}`;

/** So many rows as are asked for; else a page, counted from 0. */
export const page = ({ page: number = 0, limit }: { readonly page?: number; readonly limit?: number }): string =>
  limit === undefined
    ? `limit ${PAGE_SIZE} offset ${PAGE_SIZE * Math.max(0, Math.trunc(number))}`
    : `limit ${Math.max(0, Math.trunc(limit))}`;

const timeColumns = (dialect: SqlDialect, columns: readonly string[]): string =>
  columns.map((column) => `${dialect.timeText(column)} as ${column}_text`).join(', ');

const RECOVERY_COLUMNS = `recovery_id, uid, hostname, port, in_active_period, end_active_period_unixtime,
  processing_node_hostname, processcing_node_token, successor_hostname, successor_port, successor_alias, analysis,
  cluster_name, cluster_alias, count_affected_slaves, slave_hosts, is_successful, acknowledged, acknowledged_by,
  acknowledge_comment, participating_instances, lost_slaves, all_errors, last_detection_id`;

const recoveryOf = (row: SqlRow): RecoveryRecord => ({
  recoveryId: number(row, 'recovery_id'),
  uid: text(row, 'uid'),
  key: keyOf(row),
  analysis: text(row, 'analysis'),
  clusterName: text(row, 'cluster_name'),
  clusterAlias: text(row, 'cluster_alias'),
  countReplicas: number(row, 'count_affected_slaves'),
  replicas: keysOfCsv(text(row, 'slave_hosts')),
  isInActivePeriod: flag(row, 'in_active_period'),
  endActivePeriodUnixtime: number(row, 'end_active_period_unixtime'),
  startedAt: text(row, 'start_active_period_text'),
  endedAt: text(row, 'end_recovery_text'),
  isSuccessful: flag(row, 'is_successful'),
  successor: keyIn(row, 'successor_hostname', 'successor_port'),
  successorAlias: text(row, 'successor_alias'),
  lostReplicas: keysOfCsv(text(row, 'lost_slaves')),
  participants: keysOfCsv(text(row, 'participating_instances')),
  errors: text(row, 'all_errors')
    .split('\n')
    .filter((line) => line !== ''),
  processingNodeHostname: text(row, 'processing_node_hostname'),
  processingNodeToken: text(row, 'processcing_node_token'),
  isAcknowledged: flag(row, 'acknowledged'),
  acknowledgedAt: text(row, 'acknowledged_at_text'),
  acknowledgedBy: text(row, 'acknowledged_by'),
  acknowledgedComment: text(row, 'acknowledge_comment'),
  lastDetectionId: number(row, 'last_detection_id'),
});

const detectionOf = (row: SqlRow): DetectionRecord => ({
  detectionId: number(row, 'detection_id'),
  key: keyOf(row),
  analysis: text(row, 'analysis'),
  clusterName: text(row, 'cluster_name'),
  clusterAlias: text(row, 'cluster_alias'),
  countReplicas: number(row, 'count_affected_slaves'),
  replicas: keysOfCsv(text(row, 'slave_hosts')),
  isActionable: flag(row, 'is_actionable'),
  isInActivePeriod: flag(row, 'in_active_period'),
  startedAt: text(row, 'start_active_period_text'),
  processingNodeHostname: text(row, 'processing_node_hostname'),
  processingNodeToken: text(row, 'processcing_node_token'),
  relatedRecoveryId: number(row, 'related_recovery_id'),
});
