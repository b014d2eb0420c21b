import type { ServerStore } from '../../engine/ports.ts';
import type { Database } from '../database.ts';
import { keyOf, number, text, timeMs } from '../rows/values.ts';

type StaleMethods = Pick<ServerStore, 'readStaleCoordinates' | 'noteStaleCoordinates'>;

/** Table database_instance_stale_binlog_coordinates; scripts of third parties fill it, too. */
export function createStaleCoordinates(database: Database): StaleMethods {
  const { dialect } = database;
  const table = 'database_instance_stale_binlog_coordinates';
  return {
    async readStaleCoordinates() {
      const rows = await database.all(
        `select hostname, port, binary_log_file, binary_log_pos, ${dialect.toUnix('first_seen')} as first_seen_unix from ${table}`,
      );
      return rows.map((row) => ({
        key: keyOf(row),
        file: text(row, 'binary_log_file'),
        position: number(row, 'binary_log_pos'),
        firstSeenAtMs: timeMs(row, 'first_seen_unix') ?? 0,
      }));
    },

    async noteStaleCoordinates(key, coordinates) {
      const where = [key.hostname, key.port];
      if (coordinates === null) {
        await database.run(`delete from ${table} where hostname = ? and port = ?`, where);
        return;
      }
      const { file, position } = coordinates;
      await database.transaction(async (session) => {
        await session.run(
          `delete from ${table} where hostname = ? and port = ? and (binary_log_file <> ? or binary_log_pos <> ?)`,
          [...where, file, position],
        );
        await session.run(
          `${dialect.insertIgnore} ${table} (hostname, port, binary_log_file, binary_log_pos, first_seen)
           values (?, ?, ?, ?, ${dialect.now})`,
          [...where, file, position],
        );
      });
    },
  };
}
