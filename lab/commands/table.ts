/** Lays rows out in columns as wide as their widest cell, with two blanks between, for a terminal. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  return [header, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Query results for a person: a table when narrow, one "name: value" per line when wide. */
export function formatRows(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const names = Object.keys(rows[0] ?? {});
  if (names.length === 0) return 'ok';
  const cells = rows.map((row) => names.map((name) => text(row[name])));
  if (names.length <= 8) return formatTable(names, cells);
  const width = Math.max(...names.map((name) => name.length));
  return cells
    .map((row) => names.map((name, at) => `${name.padStart(width)}: ${row[at] ?? ''}`).join('\n'))
    .join('\n\n');
}

function text(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return value instanceof Uint8Array ? Buffer.from(value).toString() : String(value);
}
