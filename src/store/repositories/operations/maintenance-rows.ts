import type { MaintenanceRecord } from '../../../engine/ports.ts';
import type { Session, SqlDialect, SqlValue } from '../../database.ts';
import { keyOf, number, text } from '../../rows/values.ts';

/** SQL of a lock in force. One past its end is over, also before the purge has marked it so. */
export const inForce = (dialect: SqlDialect): string =>
  `maintenance_active = 1 and (end_timestamp is null or end_timestamp >= ${dialect.now})`;

/** SQL of a lock past its end. */
export const isOverdue = (dialect: SqlDialect): string => `end_timestamp < ${dialect.now}`;

/** Ends the active locks that fulfil `where`; true when there was one. Ended rows are null, not 0, so that many may stand side by side. */
export async function endMaintenance(session: Session, where: string, values: readonly SqlValue[]): Promise<boolean> {
  const { changes } = await session.run(
    `update database_instance_maintenance set maintenance_active = null, end_timestamp = ${session.dialect.now}
     where maintenance_active = 1 and ${where}`,
    values,
  );
  return changes > 0;
}

/** The locks in force that fulfil `where`, oldest first. */
export async function readMaintenance(
  session: Session,
  where: string,
  values: readonly SqlValue[],
): Promise<MaintenanceRecord[]> {
  const { dialect } = session;
  const rows = await session.all(
    `select database_instance_maintenance_id as id, hostname, port, owner, reason, begin_timestamp as began,
       ${dialect.unixNow} - ${dialect.toUnix('begin_timestamp')} as elapsed
     from database_instance_maintenance where ${inForce(dialect)} and ${where} order by id`,
    values,
  );
  return rows.map((row) => ({
    maintenanceId: number(row, 'id'),
    key: keyOf(row),
    owner: text(row, 'owner'),
    reason: text(row, 'reason'),
    beganAt: text(row, 'began'),
    secondsElapsed: number(row, 'elapsed'),
  }));
}
