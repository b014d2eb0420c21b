import type { ForgetStore } from '../../engine/ports.ts';
import { type Database, insertText } from '../database.ts';
import { keyOf, text } from '../rows/values.ts';
import { bound } from '../sql-dialects.ts';

const KEPT_MS = 3_600_000;

/** Our own table orchestrator_forgotten. */
export function createForgetStore(database: Database): ForgetStore {
  const columns = bound('uid', 'hostname', 'port', 'ordered_at_ms');
  const note = insertText(database.dialect.upsert('orchestrator_forgotten', columns, ['uid']));
  return {
    async order({ uid, key, orderedAtMs }) {
      await database.transaction(async (session) => {
        await session.run('delete from orchestrator_forgotten where ordered_at_ms < ?', [orderedAtMs - KEPT_MS]);
        await session.run(note, [uid, key.hostname, key.port, orderedAtMs]);
      });
    },
    async read() {
      const rows = await database.all('select * from orchestrator_forgotten order by ordered_at_ms, uid');
      return rows.map((row) => ({ uid: text(row, 'uid'), key: keyOf(row), orderedAtMs: Number(row.ordered_at_ms) }));
    },
    async revoke({ hostname, port }) {
      await database.run('delete from orchestrator_forgotten where hostname = ? and port = ?', [hostname, port]);
    },
  };
}
