import { join } from 'node:path';
import { startAnswering } from '../answering-process.ts';

export interface LiveReaders {
  /** Events that all readers together have got since the last time. */
  countEvents(): Promise<number>;
  close(): Promise<void>;
}

/** Starts a process with so many readers of the live stream, and waits until all are connected. */
export async function startLiveReaders(url: string, count: number): Promise<LiveReaders> {
  const file = join(import.meta.dirname, 'live-clients.ts');
  const readers = await startAnswering(file, [url, String(count)], { what: 'the readers of the live stream' });
  return {
    countEvents: async () => Number((await readers.ask()).slice('events '.length)),
    close: () => readers.close(),
  };
}
