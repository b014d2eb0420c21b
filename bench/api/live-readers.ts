import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface LiveReaders {
  /** Events that all readers together have got since the last time. */
  countEvents(): Promise<number>;
  close(): Promise<void>;
}

/** Starts a process with so many readers of the live stream, and waits until all are connected. */
export async function startLiveReaders(url: string, count: number): Promise<LiveReaders> {
  const file = join(import.meta.dirname, 'live-clients.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', file, url, String(count)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the readers of the live stream are gone');
    return value;
  };
  await next();
  return {
    async countEvents() {
      child.stdin.write('\n');
      return Number((await next()).slice('events '.length));
    },
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
