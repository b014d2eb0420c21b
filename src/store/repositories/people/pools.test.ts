import { expect, test } from 'vitest';
import { poolsIn } from './pools.ts';

test('pools with as many members as a request may name are read in a moment', () => {
  const rows = Array.from({ length: 100_000 }, (_, index) => ({
    pool: index < 99_999 ? 'a' : 'b',
    hostname: `h${index}`,
    port: 1,
  }));
  const before = process.cpuUsage();
  const pools = poolsIn(rows);
  const { user } = process.cpuUsage(before);
  expect([...pools].map(([pool, { length }]) => [pool, length])).toEqual([
    ['a', 99_999],
    ['b', 1],
  ]);
  expect(pools.get('a')?.[1]).toEqual({ hostname: 'h1', port: 1 });
  // A copy of the list for each member took a quarter of a minute, in which no server was watched.
  expect(user / 1e6).toBeLessThan(5);
});
