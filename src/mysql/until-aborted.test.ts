import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { untilAborted } from './until-aborted.ts';

test('gives what the work comes to, or null when it is called off', async () => {
  const { signal } = new AbortController();
  expect(await untilAborted(Promise.resolve(7), signal)).toBe(7);
  const stop = new AbortController();
  const hanging = untilAborted(new Promise<number>(() => undefined), stop.signal);
  stop.abort();
  expect(await hanging).toBeNull();
});

test('leaves no listener behind, however the work ends', async () => {
  const { signal } = new AbortController();
  for (let count = 0; count < 20; count += 1) await untilAborted(Promise.resolve(count), signal);
  await expect(untilAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
