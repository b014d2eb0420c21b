import type { TagStore } from '../../../engine/ports.ts';
import { insertText } from '../../database.ts';
import { keyOf } from '../../rows/values.ts';
import { bound } from '../../sql-dialects.ts';
import { requireFit, type Write } from './write.ts';

/** Table database_instance_tags. */
export function createTags(write: Write): TagStore {
  return {
    async putTag(key, name, value) {
      requireFit('tag name', name);
      requireFit('tag value', value);
      await write(({ dialect, run }) => {
        const columns = [
          ...bound('hostname', 'port', 'tag_name', 'tag_value'),
          { name: 'last_updated', value: dialect.now },
        ];
        const upsert = dialect.upsert('database_instance_tags', columns, ['hostname', 'port', 'tag_name']);
        return run(insertText(upsert), [key.hostname, key.port, name, value]);
      });
    },

    removeTag: (key, { name, value }) =>
      write(async ({ dialect, all, run }) => {
        const where = [
          'tag_name = ?',
          ...(value === null ? [] : ['tag_value = ?']),
          ...(key === null ? [] : ['hostname = ? and port = ?']),
        ].join(' and ');
        const values = [name, ...(value === null ? [] : [value]), ...(key === null ? [] : [key.hostname, key.port])];
        const rows = await all(
          `select hostname, port from database_instance_tags where ${where} order by hostname, port${dialect.forUpdate}`,
          values,
        );
        await run(`delete from database_instance_tags where ${where}`, values);
        return rows.map(keyOf);
      }),
  };
}
