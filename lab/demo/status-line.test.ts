import { expect, test } from 'vitest';
import type { Acknowledged } from '../index.ts';
import { createStatusLine } from './status-line.ts';

test('counts rows, tells where they go and how long the last pause was', () => {
  const rows: Acknowledged[] = [];
  const line = createStatusLine(rows, (server) => `db${server}`);
  expect(line.next()).toBe('0 rows acknowledged, 0/s nowhere yet, no gap yet');
  rows.push({ id: 1, atMs: 1000, server: 1 }, { id: 2, atMs: 1010, server: 1 });
  expect(line.next()).toBe('2 rows acknowledged, 2/s to db1, no gap yet');
  rows.push({ id: 3, atMs: 1240, server: 2 }, { id: 4, atMs: 1250, server: 2 });
  expect(line.next()).toBe('4 rows acknowledged, 2/s to db2, last gap 230 ms');
});
