import type { Writable } from 'node:stream';

/** Whoever reads the output may stop (`| head`): what is being done is finished all the same, and nobody is told. */
export function outliveReader(output: Writable): void {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
