import type { Session } from '../database.ts';
import { endMaintenance, isOverdue } from './operations/maintenance-rows.ts';

export interface PurgeSettings {
  /** AuditPurgeDays: age at which audit, and the history of detections, recoveries, steps, analyses and nodes, is deleted. */
  readonly auditPurgeDays: number;
  /** CandidateInstanceExpireMinutes: lifetime of promotion rules and cluster domains, which are registered again and again. */
  readonly candidateExpireMinutes: number;
  /** ExpiryHostnameResolvesMinutes; rows live twice as long. */
  readonly hostnameResolveExpireMinutes: number;
  /** InstancePoolExpiryMinutes: lifetime of pool memberships, which are submitted again and again. */
  readonly poolExpireMinutes: number;
  /** AccessTokenExpiryMinutes. */
  readonly accessTokenExpireMinutes: number;
}

const DAY = 86_400;
const MINUTE = 60;
/** Ended maintenance is kept so long. */
const MAINTENANCE_PURGE_DAYS = 7;
/** Logs rarely live longer, so places in them need not. */
const EQUIVALENCE_PURGE_DAYS = 7;
/** A maintenance that nobody bounded ends when the node that began it is gone, at the earliest after this. */
const MAINTENANCE_EXPIRE_SECONDS = 10 * MINUTE;

/** Deletes what has outlived its time; meant to be called about once a minute (historic caretaking). */
export async function purge(session: Session, settings: PurgeSettings): Promise<void> {
  const { dialect } = session;
  const drop = (table: string, column: string, seconds: number, also = '') =>
    session.run(`delete from ${table} where ${column} < ${dialect.secondsAgo}${also}`, [seconds]);
  const history = settings.auditPurgeDays * DAY;
  if (history > 0) {
    await drop('audit', 'audit_timestamp', history);
    await drop('topology_failure_detection', 'start_active_period', history, ' and in_active_period = 0');
    await drop(
      'topology_recovery',
      'start_active_period',
      history,
      ' and in_active_period = 0 and end_recovery is not null',
    );
    await drop('topology_recovery_steps', 'audit_at', history);
    await drop('database_instance_analysis_changelog', 'analysis_timestamp', history);
    await drop('node_health_history', 'first_seen_active', history);
  }
  await drop('candidate_database_instance', 'last_suggested', settings.candidateExpireMinutes * MINUTE);
  await drop('cluster_domain_name', 'last_registered', settings.candidateExpireMinutes * MINUTE);
  await drop('database_instance_pool', 'registered_at', settings.poolExpireMinutes * MINUTE);
  await drop('access_token', 'generated_at', settings.accessTokenExpireMinutes * MINUTE);
  await session.run(`delete from host_attributes where expire_timestamp < ${dialect.now}`);
  const resolveSeconds = 2 * settings.hostnameResolveExpireMinutes * MINUTE;
  await drop('hostname_resolve', 'resolved_timestamp', resolveSeconds);
  await drop('hostname_unresolve', 'last_registered', resolveSeconds);
  await drop('node_health', 'last_seen_active', DAY);
  await drop(
    'database_instance_maintenance',
    'end_timestamp',
    MAINTENANCE_PURGE_DAYS * DAY,
    ' and maintenance_active is null',
  );
  await drop('master_position_equivalence', 'last_suggested', EQUIVALENCE_PURGE_DAYS * DAY);
  await session.run(
    `delete from database_instance_stale_binlog_coordinates where not exists (
       select 1 from database_instance i where i.hostname = database_instance_stale_binlog_coordinates.hostname
         and i.port = database_instance_stale_binlog_coordinates.port
         and i.binary_log_file = database_instance_stale_binlog_coordinates.binary_log_file
         and i.binary_log_pos = database_instance_stale_binlog_coordinates.binary_log_pos)`,
  );
  await endMaintenance(session, isOverdue(dialect), []);
  await endMaintenance(
    session,
    `explicitly_bounded = 0 and processing_node_token <> '' and begin_timestamp < ${dialect.secondsAgo}
       and processing_node_token not in (select token from node_health where last_seen_active > ${dialect.secondsAgo})`,
    [MAINTENANCE_EXPIRE_SECONDS, MINUTE],
  );
}
