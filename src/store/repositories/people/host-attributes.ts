import type { HostAttributeStore } from '../../../engine/ports.ts';
import { type Database, insertText } from '../../database.ts';
import { text } from '../../rows/values.ts';
import { bound } from '../../sql-dialects.ts';
import { requireFit } from './write.ts';

/** Table host_attributes: free attributes of hosts, and under host `*` those of no host. */
export function createHostAttributes(database: Database): HostAttributeStore {
  const { dialect } = database;
  const columns = [
    ...bound('hostname', 'attribute_name', 'attribute_value'),
    { name: 'submit_timestamp', value: dialect.now },
    { name: 'expire_timestamp', value: 'null' },
  ];
  const save = insertText(dialect.upsert('host_attributes', columns, ['hostname', 'attribute_name']));
  return {
    async putAttribute({ hostname, name, value }) {
      requireFit('attribute name', name);
      requireFit('attribute value', value);
      await database.run(save, [hostname, name, value]);
    },
    async readAttributes({ hostname, name }) {
      const where = [
        `(expire_timestamp is null or expire_timestamp >= ${dialect.now})`,
        ...(hostname === undefined ? [] : ['hostname = ?']),
        ...(name === undefined ? [] : ['attribute_name = ?']),
      ];
      const rows = await database.all(
        `select hostname, attribute_name, attribute_value, ${dialect.timeText('submit_timestamp')} as submitted,
           ${dialect.timeText('expire_timestamp')} as expires
         from host_attributes where ${where.join(' and ')} order by hostname, attribute_name`,
        [hostname, name].filter((value) => value !== undefined),
      );
      return rows.map((row) => ({
        hostname: text(row, 'hostname'),
        name: text(row, 'attribute_name'),
        value: text(row, 'attribute_value'),
        submittedAt: text(row, 'submitted'),
        expiresAt: text(row, 'expires'),
      }));
    },
  };
}
