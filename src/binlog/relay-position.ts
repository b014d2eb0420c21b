import type { BinlogEvent } from '../model/binlog-event.ts';
import { type BinlogCoordinates, compareCoordinates } from '../model/coordinates.ts';
import type { EventSource } from './event-source.ts';
import { statementText } from './meaning.ts';
import { readEvents } from './read-events.ts';

/** An event of a relay log, and where the next one begins there. */
export interface RelayEntry {
  readonly event: BinlogEvent;
  readonly coordinates: BinlogCoordinates;
  /** null when it is the last one received. */
  readonly next: BinlogCoordinates | null;
  /** The binary log of the source that it came from; null where the relay logs that are left do not say. */
  readonly sourceFile: string | null;
}

const at = (event: BinlogEvent): BinlogCoordinates => ({
  kind: 'relaylog',
  file: event.file,
  position: event.position,
});

/** Events that the receiver's server writes for itself, or that only say where others come from. */
const isOwn = (event: BinlogEvent): boolean =>
  /^(format_desc|previous_gtids|gtid_list|binlog_checkpoint|rotate|stop|heartbeat|ignorable)/i.test(event.type);

/** All files that are left, oldest first. */
export async function filesOf(source: EventSource): Promise<readonly string[]> {
  const files: string[] = [];
  for (let file = await source.newest(); file !== null; file = await source.before(file)) files.unshift(file);
  return files;
}

/** Every replicated event of the relay logs with its neighbours, oldest first. */
async function* relayEntries(source: EventSource, chunkEvents: number): AsyncGenerator<RelayEntry, void, undefined> {
  const files = await filesOf(source);
  const own = new Set(files.map(stem));
  let sourceFile: string | null = null;
  let held: Omit<RelayEntry, 'next'> | null = null;
  for (const file of files) {
    for await (const event of readEvents(source, file, null, chunkEvents)) {
      if (held !== null) yield { ...held, next: at(event) };
      held = null;
      // A rotation to one of the server's own relay logs says nothing of the source.
      const target = event.type === 'Rotate' ? (event.info.split(';')[0] ?? '') : '';
      if (target !== '' && !own.has(stem(target))) sourceFile = target;
      if (!isOwn(event)) held = { event, coordinates: at(event), sourceFile };
    }
  }
  if (held !== null) yield { ...held, next: null };
}

const stem = (file: string): string => file.replace(/\.\d+$/, '');

/** The last replicated event before a position of the relay logs (the applier's executed point); null when none is left. */
export async function findLastBefore(
  source: EventSource,
  end: BinlogCoordinates,
  chunkEvents: number,
): Promise<RelayEntry | null> {
  let last: RelayEntry | null = null;
  for await (const entry of relayEntries(source, chunkEvents)) {
    if (compareCoordinates(entry.coordinates, end) >= 0) break;
    last = entry;
  }
  return last;
}

/** The same event in the relay logs of another replica of the same source: same place in the source's log, type and text. */
export async function findSameEntry(
  source: EventSource,
  wanted: RelayEntry,
  chunkEvents: number,
): Promise<RelayEntry | null> {
  for await (const entry of relayEntries(source, chunkEvents)) {
    const isSameFile =
      entry.sourceFile === null || wanted.sourceFile === null || entry.sourceFile === wanted.sourceFile;
    if (isSameFile && isSameEvent(entry.event, wanted.event)) return entry;
  }
  return null;
}

const isSameEvent = (a: BinlogEvent, b: BinlogEvent): boolean =>
  a.endPosition === b.endPosition &&
  a.type === b.type &&
  a.serverId === b.serverId &&
  statementText(a.info) === statementText(b.info);
