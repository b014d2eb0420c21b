import type { Session, SqlValue } from '../database.ts';
import { number } from '../rows/values.ts';

const ID_COLUMNS = { topology_recovery: 'recovery_id', topology_failure_detection: 'detection_id' } as const;

/**
 * Ends the active period of the recoveries or detections that fulfil `where`.
 *
 * The end is part of the unique key (hostname, port, in_active_period, end_active_period_unixtime, …), so two periods of one
 * server must not end in the same second: the later one is put a second after the last.
 * Runs inside a transaction.
 */
export async function endActivePeriods(
  session: Session,
  table: keyof typeof ID_COLUMNS,
  where: string,
  values: readonly SqlValue[],
): Promise<void> {
  const { dialect } = session;
  const id = ID_COLUMNS[table];
  const rows = await session.all(
    `select ${id} as id, ${dialect.unixNow} as now_unix,
       (select max(o.end_active_period_unixtime) from ${table} o where o.hostname = t.hostname and o.port = t.port) as last_unix
     from ${table} t where in_active_period = 1 and (${where}) order by ${id}${dialect.forUpdate}`,
    values,
  );
  for (const row of rows) {
    const end = Math.max(number(row, 'now_unix'), number(row, 'last_unix') + 1);
    await session.run(
      `update ${table} set in_active_period = 0, end_active_period_unixtime = ? where ${id} = ? and in_active_period = 1`,
      [end, number(row, 'id')],
    );
  }
}
