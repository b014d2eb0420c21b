import { describe, expect, it } from 'vitest';
import { compileExpression, compilePattern } from './pattern.ts';

describe('expressions as Go writes them', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['db[0-9]+', 'x-db12.example.com', true],
    ['^db', 'x-db12', false],
    ['(?i)^DB', 'db1', true],
    ['(?is)a.b', 'A\nB', true],
    ['a\\\\z', 'a\\z', true],
    ['a\\\\Qb', 'a\\Qb', true],
    ['\\(?P<a', '(P<a', true],
    ['^[^[:digit:]]+$', 'db', true],
    ['\\Q\\A[:x:]\\E', '\\A[:x:]', true],
    ['(?P<dc>[a-z]+)-db', 'ams-db', true],
    ['\\Adb1\\z', 'db1', true],
    ['\\Adb1\\z', 'db1\n', false],
    ['\\Qa.b\\E$', 'a.b', true],
    ['\\Qa.b\\E$', 'axb', false],
    ['^[[:alpha:]]+[[:digit:]]$', 'db1', true],
    ['^[[:alpha:]]+$', 'db1', false],
    ['^\\pL+$', 'dbß', true],
    ['^\\x{64}b', 'db', true],
    ['(?:a|b)c', 'bc', true],
    ['\\(?i', '(i', true],
    ['[.]([^.]+)[.]example[.]com', 'db.ams.example.com', true],
  ];
  it.each(cases)('%s on %j: %s', (pattern, text, expected) => {
    expect(compileExpression(pattern).test(text)).toBe(expected);
  });

  it.each(['(', '[a', '*a', '(?U)a', 'a(?i)b', '[[:nonsense:]]'])('%s is refused', (pattern) => {
    expect(() => compileExpression(pattern)).toThrow(SyntaxError);
  });
});

describe('patterns of the configuration', () => {
  it('keeps the groups', () => {
    expect(compilePattern('[.](?P<dc>[a-z]+)[.]', 'DataCenterPattern').exec('db.eu.example')?.[1]).toBe('eu');
  });

  it('names the setting when it cannot', () => {
    expect(() => compilePattern('(', 'DataCenterPattern')).toThrowError(
      expect.objectContaining({ code: 'bad-pattern', message: expect.stringContaining('DataCenterPattern: "("') }),
    );
  });
});
