import type { SqlDialect } from '../database.ts';
import type { ColumnDefinition, IndexDefinition, TableDefinition } from './table-definition.ts';

/**
 * SQL that creates a missing table, and its indexes: one statement on MySQL, where each would cost a disk flush; several on
 * SQLite, which has no other way.
 */
export function createTableSql(table: TableDefinition, kind: SqlDialect['kind']): string[] {
  const columns = table.columns.map((column) => columnSql(table, column, kind));
  const primaryKey = `primary key (${table.primaryKey.join(', ')})`;
  const indexes = table.indexes.map((index) => createIndexSql(table, index, kind));
  if (kind === 'sqlite') return [tableSql(table.name, [...columns, primaryKey], ''), ...indexes];
  const keys = table.indexes.map(
    (index) => `${index.isUnique ? 'unique ' : ''}key ${index.name} (${indexColumns(table, index, kind)})`,
  );
  return [tableSql(table.name, [...columns, primaryKey, ...keys], MYSQL_TABLE_OPTIONS)];
}

const tableSql = (name: string, lines: readonly string[], options: string): string =>
  `create table if not exists ${name} (\n  ${lines.join(',\n  ')}\n)${options}`;

/** SQL that adds a missing column to a table with rows: a not-null column gets an empty default where it has none. */
export function addColumnSql(table: TableDefinition, column: ColumnDefinition, kind: SqlDialect['kind']): string {
  const needsDefault = column.isNotNull && column.defaultSql === null;
  const complete = needsDefault ? { ...column, defaultSql: emptyDefault(column.type) } : column;
  return `alter table ${table.name} add column ${columnSql(table, complete, kind)}`;
}

/** SQL that creates one index. */
export const createIndexSql = (table: TableDefinition, index: IndexDefinition, kind: SqlDialect['kind']): string =>
  `create ${index.isUnique ? 'unique ' : ''}index ${index.name} on ${table.name} (${indexColumns(table, index, kind)})`;

function indexColumns(table: TableDefinition, index: IndexDefinition, kind: SqlDialect['kind']): string {
  const columns = index.columns.map((name) => {
    const type = table.columns.find((column) => column.name === name)?.type ?? '';
    // MySQL indexes the beginning of a text only; 60 characters are what tinytext has room for in any character set.
    return kind === 'mysql' && /text/i.test(type) ? `${name}(60)` : name;
  });
  return columns.join(', ');
}

// Binary collation: host names, keys and tags compare on MySQL as they do on SQLite.
const MYSQL_TABLE_OPTIONS = ' engine=InnoDB default charset=utf8mb4 collate=utf8mb4_bin';

function columnSql(table: TableDefinition, column: ColumnDefinition, kind: SqlDialect['kind']): string {
  const type = kind === 'mysql' ? mysqlType(table, column) : column.type;
  const nullness = column.isNotNull ? ' not null' : kind === 'mysql' && isTimestamp(column) ? ' null' : '';
  const value = kind === 'mysql' ? mysqlDefault(column) : column.defaultSql;
  return `${column.name} ${type}${nullness}${value === null ? '' : ` default ${value}`}`;
}

const isTimestamp = (column: ColumnDefinition): boolean => /^timestamp$/i.test(column.type);

/**
 * The types above are what SQLite keeps of the historic declarations; it drops `unsigned` and `auto_increment`, which
 * MySQL needs. Text columns get room for more than 64 kB: GTID sets of old clusters are longer.
 */
function mysqlType(table: TableDefinition, column: ColumnDefinition): string {
  const type = column.type.toLowerCase();
  if (type === 'integer') {
    const isCounted = table.primaryKey.length === 1 && table.primaryKey[0] === column.name && table.name !== 'raft_log';
    return `bigint unsigned${isCounted ? ' not null auto_increment' : ' not null'}`;
  }
  if (type === 'int' || type === 'smallint' || type === 'tinyint') return `${type} unsigned`;
  if (type === 'tinyint signed') return 'tinyint';
  if (type === 'text') return 'mediumtext';
  if (type === 'blob') return 'mediumblob';
  return type;
}

/** Text columns get the default '' also where SQLite has none written out: outside scripts leave columns out. */
function mysqlDefault(column: ColumnDefinition): string | null {
  if (isTimestamp(column) && column.isNotNull && column.defaultSql === null) return 'current_timestamp';
  if (column.defaultSql === null) return null;
  if (isTimestamp(column) && column.defaultSql === "''") return 'current_timestamp';
  return /text|blob/i.test(column.type) ? `(${column.defaultSql})` : column.defaultSql;
}

function emptyDefault(type: string): string {
  if (/int/i.test(type)) return '0';
  return /timestamp/i.test(type) ? "'1971-01-01 00:00:00'" : "''";
}
