import { type BinlogCoordinates, compareCoordinates } from '../model/coordinates.ts';
import type { EventSource } from './event-source.ts';
import { readEvents } from './read-events.ts';
import { createTransactionAssembler, type LoggedTransaction, type TransactionRules } from './transaction.ts';

export interface ReadingRules extends TransactionRules {
  /** Events asked for at a time (BinlogEventsChunkSize). */
  readonly chunkEvents: number;
}

/** A stretch of one file: from a place where a transaction begins (null: the begin of the file) to before another (null: its end). */
export interface Segment {
  readonly file: string;
  readonly from: number | null;
  readonly until: number | null;
}

/** The transactions of one segment, oldest first. One that goes on in the next file (relay logs only) is not among them. */
export async function* readSegment(
  source: EventSource,
  segment: Segment,
  rules: ReadingRules,
): AsyncGenerator<LoggedTransaction, void, undefined> {
  const isBoundary = source.log === 'binlog' || segment.from !== null;
  const assembler = createTransactionAssembler(source.log, rules, isBoundary);
  for await (const event of readEvents(source, segment.file, segment.from, rules.chunkEvents)) {
    if (segment.until !== null && event.position >= segment.until) return;
    const transaction = assembler.push(event);
    if (transaction !== null) yield transaction;
  }
}

/** The transactions from a place where one begins, through all later files, to the end of the log. */
export async function* readOnwards(
  source: EventSource,
  from: BinlogCoordinates,
  rules: ReadingRules,
): AsyncGenerator<LoggedTransaction, void, undefined> {
  const assembler = createTransactionAssembler(source.log, rules, true);
  let file: string | null = from.file;
  let position: number | null = from.position;
  while (file !== null) {
    for await (const event of readEvents(source, file, position, rules.chunkEvents)) {
      const transaction = assembler.push(event);
      if (transaction !== null) yield transaction;
    }
    file = await source.after(file);
    position = null;
  }
}

/**
 * The segments of a log, newest first, from before `end` (null: the end of the log). `boundaries` are places between two
 * transactions known from elsewhere: the more, the shorter the segments. Each file that is gone through costs one read.
 */
export async function* segmentsBackwards(
  source: EventSource,
  boundaries: readonly BinlogCoordinates[],
  end: BinlogCoordinates | null,
): AsyncGenerator<Segment, void, undefined> {
  let file = end?.file ?? (await source.newest());
  let until = end?.position ?? null;
  while (file !== null) {
    const inFile = file;
    const cuts = boundaries
      .filter((cut) => cut.file === inFile && (end === null || compareCoordinates(cut, end) < 0))
      .map((cut) => cut.position)
      .sort((a, b) => b - a);
    for (const from of new Set(cuts)) {
      yield { file, from, until };
      until = from;
    }
    yield { file, from: null, until };
    file = await source.before(file);
    until = null;
  }
}

/** Whether a transaction lies wholly before `end`. In a relay log nothing tells where its last event ends, but where that begins. */
export const isBefore = (transaction: LoggedTransaction, end: BinlogCoordinates): boolean =>
  transaction.start.kind === 'binlog'
    ? compareCoordinates(transaction.end, end) <= 0
    : compareCoordinates(transaction.last, end) < 0;

/**
 * The part of a transaction which an applier has executed that goes on at `end`; null when none of it. MySQL 5.6 commits inside a
 * transaction of its source (CREATE TABLE … SELECT) and may be stopped there.
 */
export function executedPart(transaction: LoggedTransaction, end: BinlogCoordinates): LoggedTransaction | null {
  if (isBefore(transaction, end)) return transaction;
  const changes = transaction.changes.filter((change) => compareCoordinates(change.coordinates, end) < 0);
  return changes.length === 0 ? null : { ...transaction, changes };
}
