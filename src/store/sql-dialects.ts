import type { RowInsert, SqlDialect, UpsertColumn } from './database.ts';

/** SQLite's words. Times are text 'YYYY-MM-DD HH:MM:SS' in UTC, as the historic program left them. */
export const SQLITE_DIALECT: SqlDialect = {
  kind: 'sqlite',
  now: "datetime('now')",
  unixNow: "cast(strftime('%s','now') as integer)",
  secondsAgo: "datetime('now', '-' || ? || ' seconds')",
  secondsAhead: "datetime('now', '+' || ? || ' seconds')",
  fromUnix: "datetime(?, 'unixepoch')",
  toUnix: (column) => `cast(strftime('%s', ${column}) as integer)`,
  timeText: (column) => column,
  insertIgnore: 'insert or ignore into',
  forUpdate: '',
  upsert: (table, columns, keys, onUpdate) =>
    upsertParts(
      table,
      columns,
      ` on conflict (${keys.join(', ')}) do update set `,
      keys,
      onUpdate,
      (name) => `excluded.${name}`,
    ),
};

/** MySQL's and MariaDB's words. Sessions run in UTC; only texts for people are turned into the server's own zone. */
export const MYSQL_DIALECT: SqlDialect = {
  kind: 'mysql',
  now: 'now()',
  unixNow: 'unix_timestamp()',
  secondsAgo: 'now() - interval ? second',
  secondsAhead: 'now() + interval ? second',
  fromUnix: 'from_unixtime(?)',
  toUnix: (column) => `unix_timestamp(${column})`,
  timeText: (column) => `convert_tz(${column}, '+00:00', @@global.time_zone)`,
  insertIgnore: 'insert ignore into',
  forUpdate: ' for update',
  upsert: (table, columns, keys, onUpdate) =>
    upsertParts(table, columns, ' on duplicate key update ', keys, onUpdate, (name) => `values(${name})`),
};

function upsertParts(
  table: string,
  columns: readonly UpsertColumn[],
  conflict: string,
  keys: readonly string[],
  onUpdate: string | undefined,
  fresh: (name: string) => string,
): RowInsert {
  const names = columns.map((column) => column.name);
  const assignments = names.filter((name) => !keys.includes(name)).map((name) => `${name} = ${fresh(name)}`);
  return {
    head: `insert into ${table} (${names.join(', ')}) values `,
    tuple: `(${columns.map((column) => column.value).join(', ')})`,
    tail: conflict + (onUpdate ?? assignments.join(', ')),
  };
}

/** Columns that are bound as they are. */
export const bound = (...names: readonly string[]): UpsertColumn[] => names.map((name) => ({ name, value: '?' }));
