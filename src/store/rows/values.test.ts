import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  columnSeconds,
  csvOfKeys,
  jsonOfKeys,
  keyIn,
  keysOfCsv,
  keysOfJson,
  numberOrNull,
  text,
  timeMs,
} from './values.ts';

const KEY = fc.record({
  hostname: fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()),
  port: fc.integer({ min: 1, max: 65_535 }),
});

test('lists of servers come back from both notations', () => {
  fc.assert(
    fc.property(fc.array(KEY), (keys) => {
      expect(keysOfCsv(csvOfKeys(keys))).toEqual(keys);
      expect(keysOfJson(jsonOfKeys(keys))).toEqual(keys);
    }),
  );
});

test('lists damaged by others give what can be read', () => {
  expect(keysOfCsv('db1:3306,,nonsense:port,db2:3307')).toEqual([
    { hostname: 'db1', port: 3306 },
    { hostname: 'db2', port: 3307 },
  ]);
  expect(keysOfJson('')).toEqual([]);
  expect(keysOfJson('{"Hostname":"db1"}')).toEqual([]);
  expect(keysOfJson('[null,{"Hostname":"db1","Port":3306},{"Hostname":7}]')).toEqual([{ hostname: 'db1', port: 3306 }]);
});

test('nothing, whatever a column has for it, is null', () => {
  const row = {
    empty: '',
    none: null,
    epoch: 31_536_000,
    real: 31_536_001,
    host: '_',
    port: 0,
    words: 'x',
    bytes: new TextEncoder().encode('ü'),
  };
  expect([timeMs(row, 'empty'), timeMs(row, 'none'), timeMs(row, 'epoch'), timeMs(row, 'missing')]).toEqual([
    null,
    null,
    null,
    null,
  ]);
  expect(timeMs(row, 'real')).toBe(31_536_001_000);
  expect(keyIn(row, 'host', 'port')).toBeNull();
  expect(numberOrNull(row, 'words')).toBeNull();
  expect(text(row, 'bytes')).toBe('ü');
});

test('times that people choose are kept within what every column holds', () => {
  expect(columnSeconds(0)).toBe(31_536_000);
  expect(columnSeconds(Number.MAX_SAFE_INTEGER)).toBe(2_147_483_647);
  expect(columnSeconds(1_800_000_000_999)).toBe(1_800_000_000);
});
