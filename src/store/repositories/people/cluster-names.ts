import type { IntentStore } from '../../../engine/ports.ts';
import { type Database, insertText, type Session } from '../../database.ts';
import { text } from '../../rows/values.ts';
import { MOVED_ALIAS_TABLE } from '../../schema/own-tables.ts';
import { bound } from '../../sql-dialects.ts';
import { readPairs } from '../read-pairs.ts';
import { fits, type Write } from './write.ts';

/**
 * What clusters are called. Table cluster_alias shows what is derived, for whoever reads it, and is not read here; what decides is what
 * people said (cluster_alias_override) and what followed to a new name (our own table: the next look at cluster_alias would not know it
 * from a derived one, and an alias that was taken out of the configuration would stay for ever).
 */
export function createClusterNames(
  database: Database,
  write: Write,
): Pick<
  IntentStore,
  'setClusterAlias' | 'setClusterAliasOverride' | 'renameCluster' | 'showClusterAliases' | 'registerClusterDomains'
> {
  const { dialect } = database;
  const shownSql = `cluster_alias (cluster_name, alias, last_registered) values (?, ?, ${dialect.now})`;
  const domainColumns = [...bound('cluster_name', 'domain_name'), { name: 'last_registered', value: dialect.now }];
  const domainInsert = dialect.upsert('cluster_domain_name', domainColumns, ['cluster_name']);

  return {
    async setClusterAlias(clusterName, alias) {
      // Replace, not upsert: the alias is unique too, and a cluster that takes it over takes it from another.
      await write(async (session) => {
        await session.run(`replace into ${MOVED_ALIAS_TABLE} (cluster_name, alias) values (?, ?)`, [
          clusterName,
          alias,
        ]);
        await session.run(`replace into ${shownSql}`, [clusterName, alias]);
      });
    },
    async setClusterAliasOverride(clusterName, alias) {
      const sql = 'replace into cluster_alias_override (cluster_name, alias) values (?, ?)';
      await write((session) => session.run(sql, [clusterName, alias]));
    },
    renameCluster: (before, after) => write((session) => renameCluster(session, before, after)),

    async showClusterAliases(aliases) {
      const shown = await readPairs(database, 'cluster_alias', 'cluster_name', 'alias');
      const wanted = fitting(aliases);
      const stale = differing(shown, wanted);
      const missing = differing(wanted, shown);
      if (stale.length === 0 && missing.length === 0) return;
      await database.transaction(async (session) => {
        for (const [name] of stale) await session.run('delete from cluster_alias where cluster_name = ?', [name]);
        // Two that differ by case only are one to MySQL: the first is shown.
        for (const pair of missing) await session.run(`${dialect.insertIgnore} ${shownSql}`, pair);
      });
    },

    async registerClusterDomains(domains) {
      const wanted = fitting(domains);
      const known = await readPairs(database, 'cluster_domain_name', 'cluster_name', 'domain_name');
      const isChange = differing(wanted, known).length > 0;
      const register = (session: Session): Promise<void> => session.runForRows(domainInsert, [...wanted]);
      await (isChange ? write(register) : database.transaction(register));
    },
  };
}

const fitting = (pairs: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map([...pairs].filter((pair) => pair.every(fits)));

/** Pairs of the one that the other has not. */
const differing = (one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>) =>
  [...one].filter(([name, value]) => other.get(name) !== value);

/** Aliases, overrides and domain follow; so does the epoch, or an old recovery could pass for a new one under the new name. */
async function renameCluster(session: Session, before: string, after: string): Promise<void> {
  if (before === after) return;
  for (const table of ['cluster_alias', MOVED_ALIAS_TABLE, 'cluster_alias_override', 'cluster_domain_name']) {
    const known = await session.all(`select 1 from ${table} where cluster_name = ?`, [before]);
    if (known.length === 0) continue;
    await session.run(`delete from ${table} where cluster_name = ?`, [after]);
    await session.run(`update ${table} set cluster_name = ? where cluster_name = ?`, [after, before]);
  }
  const epochs = await session.all('select max(epoch) as epoch from orchestrator_epoch where cluster_name in (?, ?)', [
    before,
    after,
  ]);
  const epoch = epochs[0] === undefined ? '' : text(epochs[0], 'epoch');
  if (epoch === '') return;
  const upsert = session.dialect.upsert('orchestrator_epoch', bound('cluster_name', 'epoch'), ['cluster_name']);
  await session.run(insertText(upsert), [after, Number(epoch)]);
}
