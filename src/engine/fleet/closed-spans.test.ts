import { describe, expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import { instanceOf, replicationOf } from '../../model/testing/instances.ts';
import { createStillClock } from '../testing/clocks.ts';
import { createClosedSpans } from './closed-spans.ts';

const B = parseKey('b', 3306);
const EPOCH_MS = 1_700_000_000_000;
const START_MS = EPOCH_MS + 100_000;

/** Server `b` was started at 40 s; it is read first at 100 s. */
function scene() {
  const clock = createStillClock(100_000, EPOCH_MS);
  const closed = createClosedSpans({ clock }, { outOfSightMs: () => 5_000 });
  const one = {
    closed,
    pass: (ms: number) => {
      clock.pass(ms);
      return one;
    },
    seen: (changes: Parameters<typeof instanceOf>[1] = {}, tellsUptime = true) => {
      const uptimeSeconds = (clock.monotonicMs() - 40_000) / 1_000;
      return closed.sighted(instanceOf('b', { isReadOnly: true, uptimeSeconds, ...changes }), tellsUptime);
    },
    from: () => (closed.of(B)?.fromMs ?? Number.NaN) - START_MS,
  };
  return one;
}

describe('how long a server was closed, as far as anybody saw', () => {
  it('is from the first of its readings to the last, if each found it closed', () => {
    const one = scene();
    expect(one.closed.of(B)).toBeNull();
    expect([one.seen(), one.pass(4_000).seen(), one.pass(4_000).seen()]).toEqual([false, true, true]);
    one.pass(60_000);
    const [fromMs, toMs] = [START_MS, START_MS + 8_000];
    expect(one.closed.of(B)).toEqual({ fromMs, toMs, upSinceMs: EPOCH_MS + 40_000, isFirst: true });
  });

  it.each<[string, (one: ReturnType<typeof scene>) => unknown]>([
    ['it was open', (one) => one.seen({ isReadOnly: false })],
    ['it had another channel', (one) => one.seen({ otherChannels: [replicationOf('x', { channel: 'x' })] })],
    ['it was out of sight for long', (one) => one.pass(5_000)],
    ['it was started again', (one) => one.seen({ uptimeSeconds: 0 })],
    ['another server was at its address', (one) => one.seen({ serverId: 77 })],
  ])('begins anew after %s', (_, happens) => {
    const one = scene();
    one.seen();
    happens(one.pass(1_000));
    one.pass(1_000).seen();
    expect(one.from()).toBeGreaterThan(0);
    expect(one.closed.of(B)?.isFirst).toBe(false);
  });

  it('is not, while it is open, and begins when it was closed after that', () => {
    const one = scene();
    one.seen({ isReadOnly: false });
    expect(one.closed.of(B)).toBeNull();
    one.pass(1_000).seen();
    expect(one.closed.of(B)).toMatchObject({ fromMs: START_MS + 1_000, isFirst: false });
  });

  it('a reading that does not tell the uptime says only that it is up', () => {
    const one = scene();
    one.seen({ uptimeSeconds: 90_000 }, false);
    expect(one.closed.of(B)?.upSinceMs).toBe(START_MS);
    one.pass(1_000).seen();
    expect(one.closed.of(B)).toMatchObject({ fromMs: START_MS, upSinceMs: EPOCH_MS + 40_000 });
    one.pass(1_000).seen({ uptimeSeconds: 0 }, false);
    expect(one.from()).toBe(0);
    one.closed.forget(B);
    expect(one.closed.of(B)).toBeNull();
  });
});
