import { expect, test } from 'vitest';
import type { Logger } from '../ports.ts';
import { createSeeds, type SeedResult } from './seeds.ts';

const KEY = { hostname: 'db1', port: 3306 };
const failure = (message: string): SeedResult => ({ kind: 'failed', outcome: { failure: { message } } });

function seeds() {
  const warnings: string[] = [];
  const nothing = (): void => undefined;
  const warn = (data: object): void => void warnings.push(Object.values(data).join(' '));
  const logger: Logger = { trace: nothing, debug: nothing, info: nothing, warn, error: nothing, fatal: nothing };
  return { ...createSeeds({ logger }, { pollMs: 5_000 }), warnings };
}

test('a seed that does not answer is tried again at every poll, and each reason is told once', () => {
  const it = seeds();
  it.add(KEY, 0);
  expect(it.takeDue(0)).toEqual([KEY]);
  it.tried(KEY, failure('db1:3306 refused the connection'));
  expect(it.takeDue(4_999)).toEqual([]);
  expect(it.takeDue(5_000)).toEqual([KEY]);
  it.tried(KEY, failure('db1:3306 refused the connection'));
  it.tried(KEY, failure('db1:3306 has no address'));
  expect(it.warnings).toEqual(['db1:3306 db1:3306 refused the connection', 'db1:3306 db1:3306 has no address']);
});

test.each<[string, SeedResult]>([
  ['read', { kind: 'read' }],
  ['ignored', { kind: 'ignored', reason: 'it matches a filter' }],
])('a seed that was %s is none any more', (_what, result) => {
  const it = seeds();
  it.add(KEY, 0);
  it.takeDue(0);
  it.tried(KEY, result);
  expect(it.takeDue(60_000)).toEqual([]);
});

test('a forgotten seed is not tried again, and other servers are no seeds', () => {
  const it = seeds();
  it.add(KEY, 0);
  it.remove(KEY);
  it.tried({ hostname: 'db2', port: 3306 }, failure('db2:3306 refused the connection'));
  expect(it.takeDue(60_000)).toEqual([]);
  expect(it.warnings).toEqual([]);
});
