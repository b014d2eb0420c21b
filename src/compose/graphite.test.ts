import { expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import type { Clock } from '../engine/ports.ts';
import { createStillClock } from '../engine/testing/clocks.ts';
import { createMemoryLogger } from '../outlet/testing/fakes.ts';
import { openGraphite } from './graphite.ts';

/** Opens Graphite with these keys: how often it will send, and what the log says. */
async function opened(keys: Readonly<Record<string, unknown>>) {
  const intervals: number[] = [];
  const clock: Clock = {
    ...createStillClock(),
    every(ms) {
      intervals.push(ms);
      return () => undefined;
    },
  };
  const logger = createMemoryLogger();
  const loaded = loadConfig({
    explicitPath: '/etc/orchestrator.conf.json',
    strict: true,
    environment: {},
    home: null,
    readFile: () => JSON.stringify(keys),
  });
  const graphite = await openGraphite(loaded, { clock, logger, series: () => [] });
  await graphite?.close();
  return { intervals, messages: logger.lines.map(({ message }) => message) };
}

test('Graphite is told once a minute when its address and the beginning of the names are known', async () => {
  const address = { GraphiteAddr: 'graphite:2003' };
  const all = { ...address, GraphitePath: 'orchestrator.{hostname}' };
  expect(await opened(all)).toEqual({ intervals: [60_000], messages: [] });
  expect(await opened({ ...all, GraphitePollSeconds: 0 })).toEqual({ intervals: [], messages: [] });
  expect(await opened({})).toEqual({ intervals: [], messages: [] });
  const { intervals, messages } = await opened(address);
  expect(intervals).toEqual([]);
  expect(messages).toEqual([expect.stringContaining('GraphitePath is empty')]);
});
