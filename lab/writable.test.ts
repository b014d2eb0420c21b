import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { LabServer } from './server.ts';
import { findWritable } from './writable.ts';

it('waits for many servers at once without a heap of listeners', async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  silent.close();
  const servers = new Map(
    Array.from({ length: 12 }, (_, index) => [index, { number: index, host: '127.0.0.1', port } as LabServer]),
  );
  const warnings: string[] = [];
  const note = ({ name, message }: Error): void => void warnings.push(`${name}: ${message}`);
  process.on('warning', note);
  try {
    const stop = new AbortController();
    const search = findWritable(servers, stop.signal);
    await sleep(100);
    stop.abort();
    expect(await search).toBeNull();
    // Warnings are told a turn later.
    await sleep(0);
    expect(warnings).toEqual([]);
  } finally {
    process.off('warning', note);
  }
});
