import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import type { SqlRow } from '../database.ts';

/** A column as text; '' for null. */
export function text(row: SqlRow, column: string): string {
  const value = row[column];
  if (value === null || value === undefined) return '';
  // A driver gives columns with a binary collation of old backends as bytes.
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value);
}

/** A column as number; null for null and for what is no number. */
export function numberOrNull(row: SqlRow, column: string): number | null {
  const value = row[column];
  if (value === null || value === undefined || value === '') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** A column as number; 0 for null. */
export const number = (row: SqlRow, column: string): number => numberOrNull(row, column) ?? 0;

export const flag = (row: SqlRow, column: string): boolean => number(row, column) !== 0;

export const textOrNull = (row: SqlRow, column: string): string | null => text(row, column) || null;

/** The key in columns hostname and port. */
export const keyOf = (row: SqlRow): InstanceKey => ({ hostname: text(row, 'hostname'), port: number(row, 'port') });

/** A key in two other columns; null when they are empty. */
export function keyIn(row: SqlRow, hostColumn: string, portColumn: string): InstanceKey | null {
  const key = { hostname: text(row, hostColumn), port: number(row, portColumn) };
  return key.hostname === '' || key.hostname === '_' || key.port === 0 ? null : key;
}

/** Comma separated host:port, as lists of servers stand in recoveries. What cannot be read is left out. */
export function keysOfCsv(csv: string): InstanceKey[] {
  return csv.split(',').flatMap((item) => {
    try {
      return item.trim() === '' ? [] : [parseKey(item, 3306)];
    } catch {
      return [];
    }
  });
}

export const csvOfKeys = (keys: readonly InstanceKey[]): string => keys.map(formatKey).join(',');

/** The JSON array of {Hostname, Port} that slave_hosts and replication_group_members hold. */
export const jsonOfKeys = (keys: readonly InstanceKey[]): string =>
  JSON.stringify(keys.map((key) => ({ Hostname: key.hostname, Port: key.port })));

/** Reads the JSON array of {Hostname, Port}; [] when it is none. */
export function keysOfJson(json: string): InstanceKey[] {
  const items: unknown = parseJson(json);
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: { Hostname?: unknown; Port?: unknown } | null) =>
    typeof item?.Hostname === 'string' && typeof item.Port === 'number'
      ? [{ hostname: item.Hostname, port: item.Port }]
      : [],
  );
}

/** The value of a JSON text; null when it is no JSON. */
export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

/** Epoch seconds of the columns' own "never", 1971-01-01: anything up to it means never. */
const NEVER_UNIX = 31_536_000;

/** A column of epoch seconds as milliseconds; null for never. */
export function timeMs(row: SqlRow, column: string): number | null {
  const seconds = numberOrNull(row, column);
  return seconds === null || seconds <= NEVER_UNIX ? null : seconds * 1000;
}

/** The last second that a timestamp column of MySQL holds, in January 2038. */
const LAST_UNIX = 2_147_483_647;

/** A time chosen by people as whole seconds that every column can hold. */
export const columnSeconds = (ms: number): number => Math.min(Math.max(Math.floor(ms / 1000), NEVER_UNIX), LAST_UNIX);

/** A span chosen by people as whole seconds, at least one, whose end every column can hold: a day is left for clocks that differ. */
export function secondsAheadAtMost(seconds: number): number {
  const room = LAST_UNIX - Math.floor(Date.now() / 1000) - 86_400;
  return Math.min(Math.max(Math.ceil(seconds), 1), room);
}

/** Milliseconds as the whole seconds that columns keep; never (null) becomes `whenNever`. */
export const unixSeconds = <T extends number | null>(ms: number | null, whenNever: T): number | T =>
  ms === null ? whenNever : Math.floor(ms / 1000);

export { NEVER_UNIX };
