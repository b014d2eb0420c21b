import type { BinlogEvent } from '../model/binlog-event.ts';
import type { EventSource } from './event-source.ts';

/** The first chunk is small: one marker or a few events is what most readers want. */
const FIRST_CHUNK_EVENTS = 500;

/** Statements may be megabytes long: chunks shrink so that one holds about this many characters. */
const CHUNK_TEXT_LIMIT = 8_000_000;

/**
 * All events of one file from a position (null: its begin), `chunkEvents` (BinlogEventsChunkSize) at most at a time. Ends at the
 * end of the file as it is when the reader gets there.
 */
export async function* readEvents(
  source: EventSource,
  file: string,
  fromPosition: number | null,
  chunkEvents: number,
): AsyncGenerator<BinlogEvent, void, undefined> {
  let position = fromPosition;
  let limit = Math.max(2, Math.min(chunkEvents, FIRST_CHUNK_EVENTS));
  for (;;) {
    const events = await source.read(file, position, limit);
    if (events.length < limit) {
      yield* events;
      return;
    }
    const resumeAt = lastTopLevel(events);
    if (resumeAt === 0) {
      limit *= 2;
      continue;
    }
    yield* events.slice(0, resumeAt);
    position = events[resumeAt]?.position ?? position;
    limit = nextLimit(events, chunkEvents, limit);
  }
}

/**
 * Index of the last event at which reading can begin again; it is read twice and given once, because in a relay log no event
 * tells where the next one begins. Events inside a compressed transaction (MySQL 8.0.20) all show the position behind it and
 * its end, so reading cannot begin at them.
 */
function lastTopLevel(events: readonly BinlogEvent[]): number {
  let last = 0;
  let payloadEnd: number | null = null;
  for (const [index, event] of events.entries()) {
    if (payloadEnd !== null && event.endPosition === payloadEnd) continue;
    payloadEnd = event.type === 'Transaction_payload' ? event.endPosition : null;
    last = index;
  }
  return last;
}

function nextLimit(events: readonly BinlogEvent[], chunkEvents: number, limit: number): number {
  const characters = events.reduce((sum, event) => sum + event.info.length, 0);
  const fitting = Math.floor(CHUNK_TEXT_LIMIT / Math.max(1, characters / events.length));
  return Math.max(2, Math.min(chunkEvents, fitting, limit * 4));
}
