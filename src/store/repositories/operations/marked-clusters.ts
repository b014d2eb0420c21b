import type { MarkStore } from '../../../engine/ports.ts';
import { type Database, insertText } from '../../database.ts';
import { text } from '../../rows/values.ts';
import { bound } from '../../sql-dialects.ts';

/** Table cluster_injected_pseudo_gtid: clusters whose primary was given a Pseudo-GTID entry, by whichever node. */
export function createMarkStore(database: Database): MarkStore {
  const { dialect } = database;
  const columns = [...bound('cluster_name'), { name: 'time_injected', value: dialect.now }];
  const save = insertText(dialect.upsert('cluster_injected_pseudo_gtid', columns, ['cluster_name']));
  const recent = `select cluster_name from cluster_injected_pseudo_gtid where time_injected > ${dialect.secondsAgo}
    order by cluster_name`;
  return {
    async register(clusterName) {
      await database.run(save, [clusterName]);
    },
    async readSince(secondsAgo) {
      const rows = await database.all(recent, [secondsAgo]);
      return rows.map((row) => text(row, 'cluster_name'));
    },
  };
}
