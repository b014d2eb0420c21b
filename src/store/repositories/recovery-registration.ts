import { GENTLE_CODES, isSemiSyncCode } from '../../analysis/gentle-codes.ts';
import type { NewDetection, NewRecovery, RecoveryRegistration } from '../../engine/ports.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import { insertText, type Session, type SqlRow } from '../database.ts';
import { csvOfKeys, number, numberOrNull, text } from '../rows/values.ts';
import { bound } from '../sql-dialects.ts';
import { inForce } from './operations/maintenance-rows.ts';
import type { RecoverySettings } from './recovery-settings.ts';
import { acknowledgeWhere, endOldRecoveries } from './recovery-upkeep.ts';

/**
 * Registers a detection: its unique key lets one through per server, period and kind (actionable or not).
 * Runs inside a transaction.
 */
export async function registerDetection(
  session: Session,
  settings: RecoverySettings,
  detection: NewDetection,
): Promise<{ detectionId: number; isNew: boolean }> {
  const { dialect } = session;
  const { key } = detection;
  const isActionable = Number(detection.isActionable);
  const inserted = await session.run(
    `${dialect.insertIgnore} topology_failure_detection (hostname, port, in_active_period, start_active_period,
       end_active_period_unixtime, processing_node_hostname, processcing_node_token, analysis, cluster_name, cluster_alias,
       count_affected_slaves, slave_hosts, is_actionable)
     values (?, ?, 1, ${dialect.now}, 0, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      key.hostname,
      key.port,
      settings.node.hostname,
      settings.node.token,
      detection.analysis,
      detection.clusterName,
      detection.clusterAlias,
      detection.replicas.length,
      csvOfKeys(detection.replicas),
      isActionable,
    ],
  );
  if (inserted.changes > 0) return { detectionId: inserted.insertId, isNew: true };
  const [known] = await session.all(
    `select detection_id from topology_failure_detection where hostname = ? and port = ? and in_active_period = 1
       and end_active_period_unixtime = 0 and is_actionable = ?`,
    [key.hostname, key.port, isActionable],
  );
  return { detectionId: known === undefined ? 0 : number(known, 'detection_id'), isNew: false };
}

/**
 * Decides, with everybody else locked out of this cluster, whether a recovery may begin, and writes it down.
 * Order of the rules (historic behaviour of registration and anti-flapping, and the exclusion per cluster):
 * 1. people forbid it (global switch, downtime, maintenance), re-read here; a forced recovery passes;
 * 2. a recovery of the same cluster, of this server, or promoting this server is under way; nobody passes;
 * 3. anti-flapping: the cluster had a recovery within the block period, or this server is the successor of one;
 *    a forced recovery passes, and acknowledges the completed ones of this server. One that only changed settings gives way to
 *    any other; semi-sync is seen to whatever else was recovered (GENTLE_CODES).
 * Runs inside a transaction.
 */
export async function registerRecovery(
  session: Session,
  settings: RecoverySettings,
  recovery: NewRecovery,
): Promise<RecoveryRegistration> {
  const epoch = await nextEpoch(session, recovery.clusterName);
  await endOldRecoveries(session, settings);
  if (!recovery.isForced) {
    const reason = await whatForbids(session, recovery.key);
    if (reason !== null) return { kind: 'forbidden', reason };
  }
  const running = await findRunning(session, recovery);
  if (running !== null) {
    const since = `recovery ${number(running, 'recovery_id')} (${text(running, 'analysis')} of ${text(running, 'hostname')}:${number(running, 'port')}) of this cluster is under way`;
    return block(session, recovery, running, since);
  }
  if (recovery.isForced) {
    await acknowledgeWhere(
      session,
      'hostname = ? and port = ? and end_recovery is not null',
      [recovery.key.hostname, recovery.key.port],
      'orchestrator',
      'forced recovery requested',
    );
  } else {
    await giveWay(session, recovery);
    const recent = await findRecent(session, recovery);
    if (recent !== null) {
      const since = `${text(recent, 'started')} is within RecoveryPeriodBlockSeconds (${settings.periodBlockSeconds}) of now; acknowledge recovery ${number(recent, 'recovery_id')} to allow another`;
      return block(session, recovery, recent, since);
    }
  }
  return insertRecovery(session, settings, recovery, epoch);
}

/** Takes the lock of the cluster (its epoch row) and returns the epoch that a recovery registered now would have. */
async function nextEpoch(session: Session, clusterName: string): Promise<number> {
  // An update of nothing, not insert-ignore: that would take a shared lock first, and two of them deadlock.
  const lock = session.dialect.upsert(
    'orchestrator_epoch',
    bound('cluster_name', 'epoch'),
    ['cluster_name'],
    'epoch = orchestrator_epoch.epoch',
  );
  await session.run(insertText(lock), [clusterName, 0]);
  const [row] = await session.all('select epoch from orchestrator_epoch where cluster_name = ?', [clusterName]);
  return (row === undefined ? 0 : number(row, 'epoch')) + 1;
}

async function whatForbids(session: Session, key: InstanceKey): Promise<string | null> {
  const where = [key.hostname, key.port];
  const disabled = await session.all('select 1 from global_recovery_disable where disable_recovery = 1');
  if (disabled.length > 0) return 'recoveries are disabled globally; enable-global-recoveries allows them again';
  const [downtime] = await session.all(
    `select owner, reason from database_instance_downtime
     where hostname = ? and port = ? and downtime_active = 1 and end_timestamp > ${session.dialect.now}`,
    where,
  );
  if (downtime !== undefined) {
    return `${formatKey(key)} is downtimed by ${text(downtime, 'owner')}: ${text(downtime, 'reason')}`;
  }
  const [maintenance] = await session.all(
    `select owner, reason from database_instance_maintenance where hostname = ? and port = ? and ${inForce(session.dialect)}`,
    where,
  );
  if (maintenance === undefined) return null;
  return `${formatKey(key)} is in maintenance by ${text(maintenance, 'owner')}: ${text(maintenance, 'reason')}`;
}

/** An open intent keeps its recovery running even after a person acknowledged it: its steps are still being done. */
async function findRunning(session: Session, { key, clusterName }: NewRecovery): Promise<SqlRow | null> {
  const [row] = await session.all(
    `select r.recovery_id, r.analysis, r.hostname, r.port
     from topology_recovery r left join orchestrator_recovery_intent i on i.uid = r.uid
     where r.end_recovery is null and (r.in_active_period = 1 or i.uid is not null)
       and (r.cluster_name = ? or (r.hostname = ? and r.port = ?) or (i.successor_hostname = ? and i.successor_port = ?))
     order by r.recovery_id desc limit 1`,
    [clusterName, key.hostname, key.port, key.hostname, key.port],
  );
  return row ?? null;
}

/** Recoveries of the cluster that have ended and moved nobody are acknowledged, so that they block no recovery of another kind. */
async function giveWay(session: Session, { key, clusterName, analysis }: NewRecovery): Promise<void> {
  const gentle = GENTLE_CODES.filter((code) => code !== analysis);
  await acknowledgeWhere(
    session,
    `in_active_period = 1 and end_recovery is not null and (cluster_name = ? or (hostname = ? and port = ?))
       and analysis in (${gentle.map(() => '?').join(', ')})`,
    [clusterName, key.hostname, key.port, ...gentle],
    'orchestrator',
    `gave way to a recovery from ${analysis}`,
  );
}

async function findRecent(session: Session, { key, clusterName, analysis }: NewRecovery): Promise<SqlRow | null> {
  const ofSame = isSemiSyncCode(analysis) ? 'and analysis = ?' : '';
  const [row] = await session.all(
    `select recovery_id, ${session.dialect.timeText('start_active_period')} as started from topology_recovery
     where in_active_period = 1 and (cluster_name = ? or (hostname = ? and port = ?) or (successor_hostname = ? and successor_port = ?))
       ${ofSame} order by recovery_id desc limit 1`,
    [clusterName, key.hostname, key.port, key.hostname, key.port, ...(isSemiSyncCode(analysis) ? [analysis] : [])],
  );
  if (row === undefined) return null;
  return { ...row, started: `the recovery of ${text(row, 'started')}` };
}

async function block(
  session: Session,
  recovery: NewRecovery,
  by: SqlRow,
  reason: string,
): Promise<RecoveryRegistration> {
  const { dialect } = session;
  const upsert = dialect.upsert(
    'blocked_topology_recovery',
    [
      ...bound('hostname', 'port', 'cluster_name', 'analysis', 'blocking_recovery_id'),
      { name: 'last_blocked_timestamp', value: dialect.now },
    ],
    ['hostname', 'port'],
  );
  const blockingRecoveryId = number(by, 'recovery_id');
  await session.run(insertText(upsert), [
    recovery.key.hostname,
    recovery.key.port,
    recovery.clusterName,
    recovery.analysis,
    blockingRecoveryId,
  ]);
  return { kind: 'blocked', blockingRecoveryId, reason };
}

async function insertRecovery(
  session: Session,
  settings: RecoverySettings,
  recovery: NewRecovery,
  epoch: number,
): Promise<RecoveryRegistration> {
  const { key } = recovery;
  const inserted = await insertRow(session, settings, recovery, null);
  if (inserted.changes === 0) {
    // Another node registered this server under another cluster name in this very moment: the unique key decides.
    const [other] = await session.all(
      'select recovery_id from topology_recovery where hostname = ? and port = ? and in_active_period = 1',
      [key.hostname, key.port],
    );
    return block(session, recovery, other ?? {}, `another recovery of ${formatKey(key)} is active`);
  }
  await session.run('update orchestrator_epoch set epoch = ? where cluster_name = ?', [epoch, recovery.clusterName]);
  return { kind: 'registered', recoveryId: inserted.insertId, epoch };
}

/** A row of topology_recovery; `endUnixtime` null: its active period begins now, else it never has one. */
async function insertRow(
  session: Session,
  { node }: RecoverySettings,
  recovery: Omit<NewRecovery, 'isForced'>,
  endUnixtime: number | null,
) {
  const { dialect } = session;
  return session.run(
    `${dialect.insertIgnore} topology_recovery (uid, hostname, port, in_active_period, start_active_period,
       end_active_period_unixtime, processing_node_hostname, processcing_node_token, analysis, cluster_name, cluster_alias,
       count_affected_slaves, slave_hosts, last_detection_id, participating_instances, lost_slaves, all_errors, acknowledge_comment)
     values (?, ?, ?, ?, ${dialect.now}, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', '', '')`,
    [
      recovery.uid,
      recovery.key.hostname,
      recovery.key.port,
      Number(endUnixtime === null),
      endUnixtime ?? 0,
      node.hostname,
      node.token,
      recovery.analysis,
      recovery.clusterName,
      recovery.clusterAlias,
      recovery.replicas.length,
      csvOfKeys(recovery.replicas),
      recovery.detectionId,
    ],
  );
}

/** A change of primary that was planned arms no block (a person's work is no flapping): its row never has an active period. */
export async function recordTakeover(
  session: Session,
  settings: RecoverySettings,
  takeover: Omit<NewRecovery, 'isForced'>,
): Promise<number> {
  const { hostname, port } = takeover.key;
  // The end is part of the unique key: two of one server must not bear the same second (active-periods.ts).
  const [row] = await session.all(
    `select ${session.dialect.unixNow} as now_unix, max(end_active_period_unixtime) as last_unix
     from topology_recovery where hostname = ? and port = ?`,
    [hostname, port],
  );
  const end = row === undefined ? 0 : Math.max(number(row, 'now_unix'), (numberOrNull(row, 'last_unix') ?? 0) + 1);
  return (await insertRow(session, settings, takeover, end)).insertId;
}
