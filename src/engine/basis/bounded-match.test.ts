import { expect, test } from 'vitest';
import { matchesWithin } from './bounded-match.ts';

test('answers for each text, in their order', () => {
  expect(matchesWithin('(?i)^DB', 'pattern', ['db1', 'web', 'DB2'])).toEqual([true, false, true]);
  expect(matchesWithin('^(db-?)+1(\\.example)*$', 'pattern', ['db-1.example.example'])).toEqual([true]);
});

test('what would never end is stopped, and said to take too long', () => {
  expect(() => matchesWithin('(a+)+$', 'pattern', [`${'a'.repeat(60)}!`], 50)).toThrow(
    /^pattern: "\(a\+\)\+\$" takes too long/,
  );
});

test('what is no expression, or a gigantic one, is refused in a sentence', () => {
  expect(() => matchesWithin('(', 'valueMatch', [])).toThrow(/^valueMatch: "\(" is not a regular expression/);
  const gigantic = () => matchesWithin('a'.repeat(1_000_000), 'pattern', ['a']);
  expect(gigantic).toThrow(/cannot be used .*too large/);
  expect(gigantic).toThrow(expect.objectContaining({ code: 'bad-pattern' }));
});
