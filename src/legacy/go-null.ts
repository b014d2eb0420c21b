/** A number that may be missing, as the historic wire tells it. */
export interface NullInt64Json {
  readonly Int64: number;
  readonly Valid: boolean;
}

/** A truth value that may be missing, as the historic wire tells it. */
export interface NullBoolJson {
  readonly Bool: boolean;
  readonly Valid: boolean;
}

export const nullInt64Json = (value: number | null): NullInt64Json => ({ Int64: value ?? 0, Valid: value !== null });

export const nullBoolJson = (value: boolean | null): NullBoolJson => ({ Bool: value ?? false, Valid: value !== null });

/**
 * A server's error text as the historic wire and tables hold it: in double quotes, ASCII only, '' when there is none.
 * Text that already came quoted (from a row of the existing program) is left as it is.
 */
export function quotedErrorText(text: string): string {
  if (text === '' || text === '""') return '';
  if (text.length > 1 && text.startsWith('"') && text.endsWith('"')) return text;
  const escaped = JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return escaped;
}
