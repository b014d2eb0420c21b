import { expect, test } from 'vitest';
import type { Acknowledged } from '../index.ts';
import { createStatusLine } from './status-line.ts';

test('counts rows, tells where they go and how long the last pause was', () => {
  const rows: Acknowledged[] = [];
  const line = createStatusLine(rows, (server) => `db${server}`);
  expect(line.next()).toBe('0 rows acknowledged, 0/s nowhere yet, no gap yet');
  rows.push({ id: 1, atMs: 1000, server: 1 }, { id: 2, atMs: 1010, server: 1 });
  expect(line.next()).toBe('2 rows acknowledged, 2/s to db1, no gap yet');
  rows.push({ id: 3, atMs: 1240, server: 1 }, { id: 4, atMs: 1250, server: 1 });
  expect(line.next()).toBe('4 rows acknowledged, 2/s to db1, last gap 230 ms');
});

test('the pause at the last change of the primary stays, whatever comes after it', () => {
  const rows: Acknowledged[] = [{ id: 1, atMs: 1000, server: 1 }];
  const line = createStatusLine(rows, (server) => `db${server}`);
  rows.push({ id: 2, atMs: 1240, server: 2 }, { id: 3, atMs: 1300, server: 2 });
  expect(line.next()).toBe('3 rows acknowledged, 3/s to db2, no writes for 240 ms when the primary changed');
  rows.push({ id: 4, atMs: 1400, server: 3 });
  expect(line.next()).toBe('4 rows acknowledged, 1/s to db3, no writes for 100 ms when the primary changed');
});
