import { type BinlogCoordinates, compareCoordinates, logFileNumber } from '../../src/model/coordinates.ts';
import { nameOf, type Transaction } from './transactions.ts';

/** One transaction in a binary log, with the bytes it takes there. */
export interface LogEntry {
  readonly transaction: Transaction;
  readonly file: number;
  readonly begin: number;
  readonly end: number;
}

/** The binary log of one server: its own file names, its own sizes, its own rotation. */
export interface SimLog {
  prefix: string;
  /** Where a new file's first transaction begins. */
  header: number;
  /** Transactions per file. */
  perFile: number;
  /** What each transaction takes beyond its content. */
  overhead: number;
  entries: LogEntry[];
  /** The oldest file there is. */
  oldest: number;
  /** The file in use, its size, and how many transactions it holds. */
  file: number;
  end: number;
  inFile: number;
  /** Grows with every change. */
  version: number;
}

export const PLAIN_LOG = { prefix: 'bin', header: 120, perFile: 50, overhead: 90 };

export function createLog(shape: Pick<SimLog, 'prefix' | 'header' | 'perFile' | 'overhead'>, file = 1): SimLog {
  return { ...shape, entries: [], oldest: file, file, end: shape.header, inFile: 0, version: 0 };
}

export const place = (log: SimLog, file: number, position: number): BinlogCoordinates => ({
  kind: 'binlog',
  file: `${log.prefix}.${String(file).padStart(6, '0')}`,
  position,
});

/** Where the log ends now. */
export const endOf = (log: SimLog): BinlogCoordinates => place(log, log.file, log.end);

export function append(log: SimLog, transaction: Transaction): LogEntry {
  if (log.inFile >= log.perFile) rotate(log);
  const end = log.end + log.overhead + 7 * ((transaction.origin * 31 + transaction.sequence) % 13);
  const entry = { transaction, file: log.file, begin: log.end, end };
  log.entries.push(entry);
  log.end = end;
  log.inFile += 1;
  log.version += 1;
  return entry;
}

export function rotate(log: SimLog): void {
  log.file += 1;
  log.end = log.header;
  log.inFile = 0;
  log.version += 1;
}

/** Deletes the files before this one; what was in them. */
export function purge(log: SimLog, file: string): readonly Transaction[] {
  const first = logFileNumber(file) ?? 0;
  const gone = log.entries.filter((entry) => entry.file < first);
  log.entries = log.entries.filter((entry) => entry.file >= first);
  log.oldest = Math.max(log.oldest, Math.min(first, log.file));
  log.version += 1;
  return gone.map(({ transaction }) => transaction);
}

/** RESET: one new, empty file. */
export function reset(log: SimLog): void {
  Object.assign(log, { entries: [], oldest: 1, file: 1, end: log.header, inFile: 0, version: log.version + 1 });
}

/** What follows after a place; null when the log has no such place (purged, never written, in the middle of an event). */
export function entriesAfter(log: SimLog, at: BinlogCoordinates): readonly LogEntry[] | null {
  if (at.file === '') return log.entries;
  const number = logFileNumber(at.file);
  if (number === null || !at.file.startsWith(`${log.prefix}.`) || number < log.oldest || number > log.file) return null;
  const inFile = log.entries.filter(({ file }) => file === number);
  const isStart = at.position === 4 || at.position === log.header;
  if (!isStart && !inFile.some(({ end }) => end === at.position)) return null;
  return log.entries.filter(({ file, begin }) => file > number || (file === number && begin >= at.position));
}

/** The place in the log where a reader who has read to `at`, and nothing follows there, finds itself: perhaps in a newer file. */
export const settledAt = (log: SimLog, at: BinlogCoordinates): BinlogCoordinates =>
  compareCoordinates(at, endOf(log)) < 0 || at.file === '' ? endOf(log) : at;

export const NOWHERE: BinlogCoordinates = { kind: 'binlog', file: '', position: 4 };

/** All transactions of the log, oldest first. */
export const logged = (log: SimLog): readonly Transaction[] => log.entries.map(({ transaction }) => transaction);

export const hasLogged = (log: SimLog, name: string): boolean =>
  log.entries.some(({ transaction }) => nameOf(transaction) === name);
