import { expect, test } from 'vitest';
import { compileHostnameFilters } from './hostname-filters.ts';

const key = { hostname: 'db1.example', port: 3306 };

test.each([
  ['^[[:alnum:]]+[.]', true],
  ['^db1[.]example:3306$', true],
  ['(?i)EXAMPLE$', true],
  ['[', false],
])('%s: %s', (pattern, expected) => {
  expect(compileHostnameFilters([pattern])(key)).toBe(expected);
});
