import type { Database, SqlRow } from '../database.ts';

/** What a backend has already. */
export interface ExistingSchema {
  /** Table → its columns. */
  readonly columns: ReadonlyMap<string, ReadonlySet<string>>;
  /** Table → its indexes as `u:a,b` (unique) or `i:a,b`. */
  readonly indexes: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Reads tables, columns and indexes of the backend with two statements. */
export async function readExistingSchema(database: Database): Promise<ExistingSchema> {
  const queries = database.dialect.kind === 'sqlite' ? SQLITE_QUERIES : MYSQL_QUERIES;
  const columns = new Map<string, Set<string>>();
  for (const row of await database.all(queries.columns)) add(columns, String(row.t), String(row.c));
  return { columns, indexes: gatherIndexes(await database.all(queries.indexes)) };
}

const SQLITE_QUERIES = {
  columns: `select m.name as t, p.name as c from sqlite_master m join pragma_table_info(m.name) p where m.type = 'table'`,
  indexes: `select m.name as t, l.name as i, l."unique" as u, x.name as c
    from sqlite_master m join pragma_index_list(m.name) l join pragma_index_info(l.name) x
    where m.type = 'table' order by m.name, l.name, x.seqno`,
};

const MYSQL_QUERIES = {
  columns: `select table_name as t, column_name as c from information_schema.columns where table_schema = database()`,
  indexes: `select table_name as t, index_name as i, 1 - non_unique as u, column_name as c
    from information_schema.statistics where table_schema = database() order by table_name, index_name, seq_in_index`,
};

function gatherIndexes(rows: readonly SqlRow[]): Map<string, Set<string>> {
  const members = new Map<string, { table: string; isUnique: boolean; columns: string[] }>();
  for (const row of rows) {
    const name = `${row.t}.${row.i}`;
    const entry = members.get(name) ?? { table: String(row.t), isUnique: Number(row.u) === 1, columns: [] };
    entry.columns.push(String(row.c));
    members.set(name, entry);
  }
  const indexes = new Map<string, Set<string>>();
  for (const { table, isUnique, columns } of members.values()) {
    add(indexes, table, `${isUnique ? 'u' : 'i'}:${columns.join(',')}`);
  }
  return indexes;
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const set = map.get(key) ?? new Set<string>();
  set.add(value);
  map.set(key, set);
}
