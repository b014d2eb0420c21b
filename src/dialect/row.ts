/** One row as the text protocol gives it: every value is text or NULL, whatever the column's type. */
export type Row = Readonly<Record<string, string | null>>;

/** The value of the first of `names` that the row has; null when it has none or the value is NULL. */
export function readValue(row: Row | undefined, ...names: readonly string[]): string | null {
  if (row === undefined) return null;
  for (const name of names) {
    const value = row[name];
    if (value !== undefined) return value;
  }
  return null;
}

/** Text of a column; '' when missing or NULL. */
export const readText = (row: Row | undefined, ...names: readonly string[]): string => readValue(row, ...names) ?? '';

/** Number of a column; null when missing, NULL or not a number. */
export function readNumber(row: Row | undefined, ...names: readonly string[]): number | null {
  const value = readValue(row, ...names);
  if (value === null || value.trim() === '') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** A switch of any spelling: 1, ON, YES, TRUE are true; 0, OFF, NO, FALSE and '' are false; null when missing or NULL. */
export function readSwitch(row: Row | undefined, ...names: readonly string[]): boolean | null {
  const value = readValue(row, ...names);
  return value === null ? null : isOn(value);
}

/** True for every spelling of "on" that is not one of 0, OFF, NO, FALSE or ''; MariaDB 12 gave read_only further values. */
export const isOn = (value: string): boolean => !/^(0|off|no|false|)$/i.test(value.trim());

/** Rows of SHOW VARIABLES / SHOW STATUS as a map with lower-case names. */
export function variableMap(rows: readonly Row[]): ReadonlyMap<string, string> {
  return new Map(
    rows.map((row) => [
      readText(row, 'Variable_name', 'VARIABLE_NAME').toLowerCase(),
      readText(row, 'Value', 'VARIABLE_VALUE'),
    ]),
  );
}
