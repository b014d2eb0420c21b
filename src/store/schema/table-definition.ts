/** One column as SQLite declares it; schema/render.ts turns it into the words of either engine. */
export interface ColumnDefinition {
  readonly name: string;
  /** The historic type text, e.g. `varchar(128)` or `TINYint`. */
  readonly type: string;
  readonly isNotNull: boolean;
  /** SQL text of the default (`''`, `0`, `NULL`); null when there is none. */
  readonly defaultSql: string | null;
}

export interface IndexDefinition {
  readonly name: string;
  readonly isUnique: boolean;
  readonly columns: readonly string[];
}

export interface TableDefinition {
  readonly name: string;
  readonly columns: readonly ColumnDefinition[];
  readonly primaryKey: readonly string[];
  readonly indexes: readonly IndexDefinition[];
}

/**
 * Reads the short notation in which the tables are written down.
 * @param primaryKey column names, comma separated.
 * @param columns one per line: `name type [not null] [default …]`.
 * @param indexes `[unique ]name(column,…)`.
 */
export function defineTable(
  name: string,
  primaryKey: string,
  columns: string,
  indexes: readonly string[] = [],
): TableDefinition {
  const lines = columns.split('\n').filter((line) => line.trim() !== '');
  return {
    name,
    columns: lines.map((line) => parseColumn(line.trim())),
    primaryKey: primaryKey.split(','),
    indexes: indexes.map(parseIndex),
  };
}

function parseColumn(line: string): ColumnDefinition {
  const match = /^(\w+) (.+?)( not null)?(?: default (.+))?$/.exec(line);
  if (match?.[1] === undefined || match[2] === undefined) throw new SyntaxError(`not a column: ${line}`);
  return { name: match[1], type: match[2], isNotNull: match[3] !== undefined, defaultSql: match[4] ?? null };
}

function parseIndex(text: string): IndexDefinition {
  const match = /^(unique )?(\w+)\((.+)\)$/.exec(text);
  if (match?.[2] === undefined || match[3] === undefined) throw new SyntaxError(`not an index: ${text}`);
  return { name: match[2], isUnique: match[1] !== undefined, columns: match[3].split(',') };
}
