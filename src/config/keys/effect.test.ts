import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KEY_GROUPS } from '../schema.ts';

const SOURCES = join(import.meta.dirname, '../..');

/** All of the program but the tables of keys. */
const program = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.startsWith(join('config', 'keys')))
  .map((path) => readFileSync(join(SOURCES, path), 'utf8'))
  .join('\n');

const isRead = (key: string): boolean => new RegExp(`[.']${key}\\b|[{,] *${key} *[,}]`).test(program);

test('a key that nothing reads says that it has no effect, and only such a key does', () => {
  const keys = KEY_GROUPS.flatMap((group) => Object.entries(group.keys));
  const saidToBeIdle = keys.filter(([, { doc }]) => /^No effect\b/.test(doc)).map(([key]) => key);
  const idle = keys.map(([key]) => key).filter((key) => !isRead(key));
  expect(saidToBeIdle.sort()).toEqual(idle.sort());
});
