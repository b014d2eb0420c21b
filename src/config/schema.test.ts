import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { renderKeyTables, spliceKeyTables } from './docs-tables.ts';
import { KEY_ORDER } from './keys/key-order.ts';
import { unitOfKey } from './keys/key-spec.ts';
import { OBSOLETE_KEYS, PLANNED_KEYS } from './keys/obsolete-keys.ts';
import { CONFIG_KEYS, KEY_GROUPS, specOf } from './schema.ts';

test('201 historic keys and ours, each in exactly one chapter and once in the order of dump-config', () => {
  const keys = Object.keys(CONFIG_KEYS).sort();
  const isNew = keys.filter((key) => specOf(key)?.isNew === true);
  expect(keys.length - isNew.length).toBe(201);
  expect([...KEY_ORDER].sort()).toEqual(keys);
  expect(KEY_GROUPS.flatMap((group) => Object.keys(group.keys)).sort()).toEqual(keys);
});

test('obsolete keys and keys to come are not keys', () => {
  for (const key of [...OBSOLETE_KEYS.keys(), ...PLANNED_KEYS]) expect(specOf(key), key).toBeUndefined();
});

test('every password is a secret, every key has a sentence', () => {
  for (const [key, spec] of Object.entries(CONFIG_KEYS)) {
    expect(spec.doc, key).toMatch(/\.\)?$/);
    if (/Password$|Secret$|Token$/.test(key)) expect(specOf(key)?.isSecret, key).toBe(true);
  }
});

test('units are read from names', () => {
  expect(unitOfKey('InstancePollSeconds', 'uint')).toBe('s');
  expect(unitOfKey('ProbeDeadlineMilliseconds', 'uint')).toBe('ms');
  expect(unitOfKey('DefaultInstancePort', 'int')).toBe('');
});

test('docs/configure.md has the current tables (vitest -u writes them)', async () => {
  const page = fileURLToPath(new URL('../../docs/configure.md', import.meta.url));
  const spliced = spliceKeyTables(readFileSync(page, 'utf8'));
  expect(spliced).toContain(renderKeyTables());
  await expect(spliced).toMatchFileSnapshot(page);
});
