import type { Database } from '../database.ts';
import { text } from '../rows/values.ts';
import { MOVED_ALIAS_TABLE } from './own-tables.ts';

/**
 * Of a backend that has no table of aliases that followed to a new name: those that stand in cluster_alias and that none of the
 * cluster's servers suggests. What they suggest is derived anew. Compared here: the columns may be of different collations.
 */
export async function adoptMovedAliases(database: Database): Promise<void> {
  const servers = await database.all('select distinct cluster_name, suggested_cluster_alias from database_instance');
  const clusters = new Set(servers.map((row) => text(row, 'cluster_name')));
  const suggested = new Set(
    servers.map((row) => pairOf(text(row, 'cluster_name'), text(row, 'suggested_cluster_alias'))),
  );
  for (const row of await database.all('select cluster_name, alias from cluster_alias')) {
    const [name, alias] = [text(row, 'cluster_name'), text(row, 'alias')];
    if (alias === name || !clusters.has(name) || suggested.has(pairOf(name, alias))) continue;
    const sql = `${database.dialect.insertIgnore} ${MOVED_ALIAS_TABLE} (cluster_name, alias) values (?, ?)`;
    await database.run(sql, [name, alias]);
  }
}

const pairOf = (clusterName: string, alias: string): string => `${clusterName} ${alias}`;
