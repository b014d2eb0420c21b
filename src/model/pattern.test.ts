import { describe, expect, it } from 'vitest';
import { compilePattern } from './pattern.ts';

describe('patterns of the configuration', () => {
  it.each([
    ['^db[0-9]', 'db7', true],
    ['(?i)^DB', 'db7', true],
    ['(?is)a.b', 'A\nB', true],
    ['\\Adb\\z', 'db', true],
    ['\\Adb\\z', 'xdb', false],
    ['a\\\\z', 'a\\z', true],
    ['(?P<dc>us|eu)-', 'eu-1', true],
  ])('%j on %j: %s', (pattern, text, expected) => {
    expect(compilePattern(pattern, 'Setting').test(text)).toBe(expected);
  });

  it('keeps the groups', () => {
    expect(compilePattern('[.](?P<dc>[a-z]+)[.]', 'DataCenterPattern').exec('db.eu.example')?.[1]).toBe('eu');
  });

  it('names the setting when it cannot', () => {
    expect(() => compilePattern('(', 'DataCenterPattern')).toThrowError(
      expect.objectContaining({ code: 'bad-pattern', message: expect.stringContaining('DataCenterPattern: "("') }),
    );
  });
});
