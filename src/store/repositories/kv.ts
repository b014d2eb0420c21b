import type { KvStore } from '../../engine/ports.ts';
import { type Database, insertText } from '../database.ts';
import { text } from '../rows/values.ts';
import { bound } from '../sql-dialects.ts';

/** Table kv_store: the internal copy of what is written to Consul and ZooKeeper. */
export function createKvStore(database: Database): KvStore {
  const { dialect } = database;
  const columns = [...bound('store_key', 'store_value'), { name: 'last_updated', value: dialect.now }];
  const put = insertText(dialect.upsert('kv_store', columns, ['store_key']));
  return {
    async get(key) {
      const [row] = await database.all('select store_value from kv_store where store_key = ?', [key]);
      return row === undefined ? null : text(row, 'store_value');
    },
    async put(key, value) {
      await database.run(put, [key, value]);
    },
    async all() {
      const rows = await database.all('select store_key, store_value from kv_store order by store_key');
      return new Map(rows.map((row) => [text(row, 'store_key'), text(row, 'store_value')]));
    },
  };
}
