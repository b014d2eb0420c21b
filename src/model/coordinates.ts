/** A position in a binary log or relay log: file name and byte offset. */
export interface BinlogCoordinates {
  readonly kind: 'binlog' | 'relaylog';
  readonly file: string;
  readonly position: number;
}

/** The numeric suffix of a log file name (`bin.000012` → 12); null when there is none. */
export function logFileNumber(file: string): number | null {
  const digits = /\.(\d+)$/.exec(file)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** The name of the log file `count` after this one: `bin.000009` → `bin.000010`; the same text when it has no number. */
export const nextLogFile = (file: string, count = 1): string =>
  file.replace(/(?<=\.)\d+$/, (digits) => String(Number(digits) + count).padStart(digits.length, '0'));

/** Negative when `a` lies before `b`. Files are ordered by their numeric suffix, so 1000000 follows 999999. */
export function compareCoordinates(a: BinlogCoordinates, b: BinlogCoordinates): number {
  if (a.file !== b.file) {
    const numberA = logFileNumber(a.file);
    const numberB = logFileNumber(b.file);
    if (numberA !== null && numberB !== null && numberA !== numberB) return numberA - numberB;
    return a.file < b.file ? -1 : 1;
  }
  return a.position - b.position;
}

/** `file:position`, as shown to people. */
export const formatCoordinates = (coordinates: BinlogCoordinates): string =>
  `${coordinates.file}:${coordinates.position}`;
