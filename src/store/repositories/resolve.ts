import type { ResolveStore } from '../../engine/ports.ts';
import { type Database, insertText } from '../database.ts';
import { text } from '../rows/values.ts';
import { bound } from '../sql-dialects.ts';

/** Tables hostname_resolve and hostname_resolve_history. */
export function createResolveStore(database: Database): ResolveStore {
  const { dialect } = database;
  const stamped = [...bound('hostname', 'resolved_hostname'), { name: 'resolved_timestamp', value: dialect.now }];
  const save = insertText(dialect.upsert('hostname_resolve', stamped, ['hostname']));
  const saveHistory = insertText(dialect.upsert('hostname_resolve_history', stamped, ['resolved_hostname']));
  return {
    async read(hostname) {
      const [row] = await database.all('select resolved_hostname from hostname_resolve where hostname = ?', [hostname]);
      return row === undefined ? null : text(row, 'resolved_hostname');
    },
    async write(hostname, resolved) {
      await database.transaction(async (session) => {
        await session.run(save, [hostname, resolved]);
        // The history leads from the resolved name back to what it was called.
        if (hostname !== resolved) await session.run(saveHistory, [hostname, resolved]);
      });
    },
    async readAll() {
      const rows = await database.all('select hostname, resolved_hostname from hostname_resolve');
      return new Map(rows.map((row) => [text(row, 'hostname'), text(row, 'resolved_hostname')]));
    },
    async clear() {
      await database.run('delete from hostname_resolve');
    },
  };
}
