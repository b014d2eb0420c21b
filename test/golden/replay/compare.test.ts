import { describe, expect, test } from 'vitest';
import { deviations } from './compare.ts';
import { isVolatile } from './normalise.ts';
import { type Cast, toReal, toRecorded } from './translate.ts';

const of = (was: unknown, is: unknown) =>
  deviations(was, is, isVolatile).map(({ path, kind }) => `${path} ${kind}`.trim());

describe('what counts as a deviation', () => {
  test.each<[string, unknown, unknown, readonly string[]]>([
    ['nothing', { a: 1, b: [{ c: 'x' }] }, { a: 1, b: [{ c: 'x' }] }, []],
    ['another value', { a: 1 }, { a: 2 }, ['a value']],
    ['another type', { a: 1 }, { a: '1' }, ['a type']],
    ['null and empty list', { a: null }, { a: [] }, ['a type']],
    ['a missing field', { a: 1, b: 2 }, { a: 1 }, ['fields']],
    ['a further field', { a: 1 }, { a: 1, b: 2 }, ['fields']],
    ['another order of fields', { a: 1, b: 2 }, { b: 2, a: 1 }, ['fields']],
    ['another length', [1, 2], [1], ['length']],
    ['another order of a list', [{ c: 1 }, { c: 2 }], [{ c: 2 }, { c: 1 }], ['[].c value', '[].c value']],
    ['of a volatile value nothing', { Uptime: 3 }, { Uptime: 5 }, []],
    ['of a volatile value its type', { Uptime: 3 }, { Uptime: '3' }, ['Uptime type']],
    ['a fraction where a whole number was', { Uptime: 3 }, { Uptime: 3.5 }, ['Uptime value']],
    [
      'how a time is written',
      { LastReported: '2026-01-02T03:04:05Z' },
      { LastReported: '2026-01-02 03:04:05' },
      ['LastReported value'],
    ],
    ['that a volatile text is empty', { Token: 'x' }, { Token: '' }, ['Token value']],
  ])('%s', (_, was, is, wanted) => {
    expect(of(was, is)).toEqual(wanted);
  });
});

test('requests are asked of the servers of this run, answers are told in the words of the recording', () => {
  const cast: Cast = {
    ports: new Map([
      [20001, 10100],
      [20002, 10101],
    ]),
    uuids: new Map([['real', 'recorded']]),
    version: { real: '9.8.0', recorded: '9.7.4' },
  };
  expect(toReal('/api/instance/127.0.0.1/10101', cast)).toBe('/api/instance/127.0.0.1/20002');
  expect(toReal('/api/search/1010', cast)).toBe('/api/search/2000');
  expect(toRecorded('{"Port":20002,"n":120002,"u":"real","v":"9.8.0"}', cast)).toBe(
    '{"Port":10101,"n":120002,"u":"recorded","v":"9.7.4"}',
  );
});
