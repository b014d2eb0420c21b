import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CLUSTER } from './support/fake-orchestrator.ts';
import { startTestServer, type TestServer } from './support/http-server.ts';

let api: TestServer;
let leave: AbortController;
beforeEach(async () => {
  api = await startTestServer();
  leave = new AbortController();
});
afterEach(async () => {
  leave.abort();
  await api.server.close();
});

/** A reader of the stream: waits for events, never for time. */
async function openReader(headers: Record<string, string> = {}) {
  const response = await fetch(`${api.server.url}/api/live`, { headers, signal: leave.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let seen = '';
  return {
    response,
    /** Reads until the text has come, and gives everything so far. */
    async until(text: string): Promise<string> {
      while (!seen.includes(text)) {
        const part = await reader?.read();
        if (part === undefined || part.done) throw new Error(`the stream ended before ${text}: ${seen}`);
        seen += part.value;
      }
      return seen;
    },
    async ended(): Promise<boolean> {
      for (;;) {
        const part = await reader?.read();
        if (part === undefined || part.done) return true;
      }
    },
  };
}
const fleetEvent = (version: number) => ({ kind: 'fleet', clusterName: CLUSTER, version }) as const;
const idsOf = (text: string): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));

test('every reader gets every event, named and numbered', async () => {
  const readers = [await openReader(), await openReader()];
  for (const reader of readers) await reader.until(': connected');
  expect(readers[0]?.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  api.orchestrator.emit(fleetEvent(2));
  api.orchestrator.emit({ kind: 'recovery', uid: 'u', clusterName: CLUSTER, state: 'started' });
  for (const reader of readers) {
    const text = await reader.until('"started"');
    expect(text).toContain(`event: fleet\ndata: {"kind":"fleet","clusterName":"${CLUSTER}","version":2}\n\n`);
    expect(text).toContain('event: recovery\ndata: ');
    const [first, second] = idsOf(text);
    expect(second).toBe((first ?? 0) + 1);
  }
});

test('a reader that comes back gets what it missed', async () => {
  const first = await openReader();
  await first.until(': connected');
  api.orchestrator.emit(fleetEvent(2));
  const [lastId] = idsOf(await first.until('"version":2'));
  api.orchestrator.emit(fleetEvent(3));
  api.orchestrator.emit(fleetEvent(4));
  const second = await openReader({ 'Last-Event-ID': String(lastId) });
  const text = await second.until('"version":4');
  expect(text).toContain('"version":3');
  expect(text).not.toContain('"version":2');
  expect(text).not.toContain('event: reset');
});

test('a reader whose memory is of another process is told to fetch everything again', async () => {
  for (const id of ['17', '99999999999999', 'nonsense']) {
    const reader = await openReader({ 'Last-Event-ID': id });
    await reader.until('event: reset\ndata: {"kind":"reset"}\n\n');
  }
});

test('silence is broken by heartbeats, and closing the server ends the streams', async () => {
  const reader = await openReader();
  await reader.until(': connected');
  api.clock.tick();
  await reader.until(': still here\n\n');
  const [, hasEnded] = await Promise.all([api.server.close(), reader.ended()]);
  expect(hasEnded).toBe(true);
});

const MEGABYTE = 2 ** 20;
/** More than a reader may leave unread, and the buffers of its connection hold. */
const TOO_MUCH_MB = 20;

test('a client that does not read is cut off, connection and all; the others get everything', async () => {
  const { hostname, port } = new URL(api.server.url);
  const lazy = connect({ host: hostname, port: Number(port) });
  let isCut = false;
  lazy
    .on('error', () => undefined)
    .once('close', () => {
      isCut = true;
    });
  lazy.write('GET /api/live HTTP/1.1\r\nHost: test\r\n\r\n');
  await once(lazy, 'data');
  lazy.pause();
  const keen = await fetch(`${api.server.url}/api/live`, { signal: leave.signal });
  const reader = keen.body?.getReader();
  let countBytes = 0;
  const message = 'x'.repeat(MEGABYTE);
  for (let megabyte = 1; megabyte <= TOO_MUCH_MB; megabyte += 1) {
    api.orchestrator.emit({ kind: 'recovery-step', uid: 'u', clusterName: CLUSTER, atMs: 0, message });
    while (countBytes < megabyte * MEGABYTE) countBytes += (await reader?.read())?.value?.byteLength ?? Number.NaN;
  }
  expect(countBytes).toBeGreaterThan(TOO_MUCH_MB * MEGABYTE);
  // One that reads nothing notices only when it writes.
  for (const giveUpAtMs = Date.now() + 20_000; !isCut && Date.now() < giveUpAtMs; await sleep(10)) lazy.write('\r\n');
  expect(isCut).toBe(true);
}, 60_000);
