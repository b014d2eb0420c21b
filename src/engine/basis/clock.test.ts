import { describe, expect, it, vi } from 'vitest';
import { createSystemClock } from './clock.ts';

describe('the real clock', () => {
  it('lets many sleep under one signal, wakes them all, and nobody is warned of a leak', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const stop = new AbortController();
    const sleeps = Array.from({ length: 20 }, () => createSystemClock().sleep(60_000, stop.signal));
    stop.abort();
    await Promise.all(sleeps);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});
