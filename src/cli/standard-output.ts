import type { Writable } from 'node:stream';
import { outliveReader } from './closed-pipe.ts';

export interface StandardOutputDeps {
  /** Writes at once. @returns how many bytes were taken. @throws what the system says. */
  readonly writeNow: (bytes: Uint8Array) => number;
  /** Node's stream of the same output. */
  readonly stream: () => Writable;
}

/**
 * Prints at once, and as well as Node's stream would: that alone takes longer to load than many a command to answer. Only what an output
 * that must not block has no room for is left to the stream, which waits. When the reader stops (`| head`), what is being done is
 * finished all the same, and nobody is told.
 */
export function createStandardOutput({ writeNow, stream }: StandardOutputDeps): (text: string) => void {
  let waiting: Writable | null = null;
  let isRead = true;
  return (text) => {
    let rest: Uint8Array = Buffer.from(text);
    try {
      while (waiting === null && isRead && rest.length > 0) rest = rest.subarray(writeNow(rest));
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === 'EPIPE') isRead = false;
      else if (code !== 'EAGAIN') throw thrown;
      else {
        waiting = stream();
        outliveReader(waiting);
      }
    }
    if (rest.length > 0) waiting?.write(rest);
  };
}
