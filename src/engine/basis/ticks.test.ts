import { describe, expect, test, vi } from 'vitest';
import type { Logger } from '../ports.ts';
import { createStillClock } from '../testing/clocks.ts';
import { createTicks } from './ticks.ts';

function scene() {
  const clock = createStillClock();
  const error = vi.fn();
  const info = vi.fn();
  const ticks = createTicks({ clock, logger: { error, info } as unknown as Logger });
  /** Time passes, the tick comes, and its work ends. */
  const tick = async (ms: number): Promise<void> => {
    clock.pass(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { ticks, tick, error, info };
}

describe('a periodic task', () => {
  test('that fails the same way is told once a minute, a different failure at once, and the end of it', async () => {
    const { ticks, tick, error, info } = scene();
    let failure: string | null = 'no backend';
    ticks.every('flush', 1_000, async () => {
      if (failure !== null) throw new Error(failure);
    });
    for (let second = 0; second < 30; second += 1) await tick(1_000);
    expect(error).toHaveBeenCalledTimes(1);
    failure = 'disk full';
    await tick(1_000);
    expect(error).toHaveBeenCalledTimes(2);
    await tick(60_000);
    expect(error).toHaveBeenCalledTimes(3);
    failure = null;
    await tick(1_000);
    await tick(1_000);
    expect(info).toHaveBeenCalledTimes(1);
  });

  test('never runs twice at a time, and not any more after close()', async () => {
    const { ticks, tick } = scene();
    let finish = (): void => undefined;
    const work = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
    ticks.atOnceAndEvery('slow', 1_000, work);
    expect(work).toHaveBeenCalledTimes(1);
    await tick(1_000);
    expect(work).toHaveBeenCalledTimes(1);
    finish();
    await tick(0);
    await tick(1_000);
    expect(work).toHaveBeenCalledTimes(2);
    finish();
    expect(ticks.isClosed()).toBe(false);
    ticks.close();
    expect(ticks.isClosed()).toBe(true);
    await tick(5_000);
    expect(work).toHaveBeenCalledTimes(2);
  });
});
