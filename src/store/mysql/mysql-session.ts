import type mysql from 'mysql2/promise';
import { OrchestratorError } from '../../model/error.ts';
import type { RunResult, Session, SqlRow } from '../database.ts';
import { MYSQL_DIALECT } from '../sql-dialects.ts';

/**
 * Statements on one connection, each with a deadline of our own: the driver's would leave the connection busy.
 * @throws what the driver throws, or OrchestratorError `store-unreachable` when the deadline passes (the connection is dead then).
 */
export function createMysqlSession(connection: mysql.Connection, deadlineMs: number): Session {
  const send = async (sql: string, parameters: readonly unknown[]): Promise<unknown> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        connection.destroy();
        reject(
          new OrchestratorError(
            'store-unreachable',
            `MySQL backend ${connection.config.host}:${connection.config.port}: no answer within ${deadlineMs} ms (MySQLOrchestratorReadTimeoutSeconds); check its load and the network`,
          ),
        );
      }, deadlineMs);
    });
    try {
      const [result] = await Promise.race([connection.query(sql, [...parameters]), late]);
      return result;
    } finally {
      clearTimeout(timer);
    }
  };
  const run = async (sql: string, parameters: readonly unknown[] = []): Promise<RunResult> => {
    const result = (await send(sql, parameters)) as { affectedRows?: number; insertId?: number };
    return { changes: result.affectedRows ?? 0, insertId: result.insertId ?? 0 };
  };
  return {
    dialect: MYSQL_DIALECT,
    all: async (sql, parameters = []) => (await send(sql, parameters)) as readonly SqlRow[],
    run,
    runForRows: async (insert, rows) => {
      if (rows.length === 0) return;
      const tuples = rows.map(() => insert.tuple).join(', ');
      await run(insert.head + tuples + insert.tail, rows.flat());
    },
  };
}
