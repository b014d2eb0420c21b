import { describe, expect, test } from 'vitest';
import { createStillClock } from '../engine/testing/clocks.ts';
import { createLiveHub, type LiveHubSettings } from './live-hub.ts';

const clock = createStillClock(0, 1000);
const hubOf = (settings: Partial<LiveHubSettings> = {}) =>
  createLiveHub({ clock }, { rememberEvents: 10, heartbeatMs: 1000, maxUnreadBytes: 1000, ...settings });
const stay = (): void => {};
const event = (name: string) => ({ kind: 'fleet', name });

async function readAll(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += new TextDecoder().decode(chunk);
  return text;
}

describe('live hub', () => {
  test('numbers events from the time it was made, and remembers only the last ones', async () => {
    const hub = hubOf({ rememberEvents: 2 });
    for (const name of ['a', 'b', 'c']) hub.publish(event(name));
    const signal = new AbortController().signal;
    const [caughtUp, tooLate, current] = [
      hub.open('1000', signal, stay),
      hub.open('999', signal, stay),
      hub.open('1002', signal, stay),
    ];
    hub.close();
    expect(await readAll(caughtUp)).toContain('id: 1001\nevent: fleet\ndata: {"kind":"fleet","name":"b"}\n\nid: 1002');
    expect(await readAll(tooLate)).toContain('id: 1002\nevent: reset\n');
    expect(await readAll(current)).not.toContain('event:');
  });

  test('a reader that does not read is cut off, the others go on', async () => {
    const hub = hubOf();
    let countCut = 0;
    const lazy = hub.open(null, new AbortController().signal, () => {
      countCut += 1;
    });
    expect(hub.countReaders).toBe(1);
    for (let i = 0; i < 50; i++) hub.publish(event(`number ${i}, long enough to fill what may stay unread`));
    expect(hub.countReaders).toBe(0);
    expect(countCut).toBe(1);
    expect(await readAll(lazy)).toContain('number 0');
    hub.close();
  });

  test('a reader that goes away is forgotten', async () => {
    const hub = hubOf();
    const leaving = new AbortController();
    hub.open(null, leaving.signal, stay);
    const cancelled = hub.open(null, new AbortController().signal, stay);
    leaving.abort();
    await cancelled.cancel();
    expect(hub.countReaders).toBe(0);
    hub.publish(event('to nobody'));
    hub.close();
  });

  test('one that left before it came is not kept', async () => {
    const hub = hubOf();
    const gone = hub.open(null, AbortSignal.abort(), stay);
    expect(hub.countReaders).toBe(0);
    expect(await readAll(gone)).toContain(': connected');
    hub.close();
  });
});
