import { describe, expect, test } from 'vitest';
import { compileExpression } from './expression.ts';
import { loadConfig } from './load.ts';

const load = (content: object) =>
  loadConfig({
    explicitPath: 'test.json',
    strict: true,
    environment: {},
    home: null,
    readFile: () => JSON.stringify(content),
  });

describe('expressions as Go writes them', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['db[0-9]+', 'x-db12.example.com', true],
    ['^db', 'x-db12', false],
    ['(?i)^DB', 'db1', true],
    ['(?is)a.b', 'A\nB', true],
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
  test.each(cases)('%s on %j: %s', (pattern, text, expected) => {
    expect(compileExpression(pattern).test(text)).toBe(expected);
  });

  test.each(['(', '[a', '*a', '(?U)a', 'a(?i)b', '[[:nonsense:]]'])('%s is refused', (pattern) => {
    expect(() => compileExpression(pattern)).toThrow(SyntaxError);
  });
});

describe('expressions of the configuration', () => {
  test('are compiled once, in order', () => {
    const { patterns } = load({
      RecoveryIgnoreHostnameFilters: ['^a', '(?i)B'],
      DataCenterPattern: '-(\\w+)$',
      ClusterNameToAlias: { '127.0.0.1': 'test suite' },
    });
    expect(patterns.RecoveryIgnoreHostnameFilters.map((each) => each.test('xb'))).toEqual([false, true]);
    expect(patterns.DataCenterPattern[0]?.exec('db1-ams')?.[1]).toBe('ams');
    expect(patterns.ClusterNameToAlias).toHaveLength(1);
    expect(patterns.RegionPattern).toEqual([]);
  });

  test('a broken one names key and expression', () => {
    expect(() => load({ ProblemIgnoreHostnameFilters: ['ok', 'db(['] })).toThrow(
      /ProblemIgnoreHostnameFilters has an expression that cannot be read: "db\(\["/,
    );
    expect(() => load({ PromotionIgnoreHostnameFilters: ['*'] })).toThrow('To match everything write ".*"');
  });

  test('cluster filters have forms of their own', () => {
    load({ RecoverMasterClusterFilters: ['*', 'alias=a(b', 'alias~=^x', 'host:3306', 'db.*'] });
    expect(() => load({ RecoverMasterClusterFilters: ['alias~=('] })).toThrow('RecoverMasterClusterFilters');
    const { warnings } = load({ RecoverIntermediateMasterClusterFilters: ['shop(eu', '*'] });
    expect(warnings.join()).toContain('RecoverIntermediateMasterClusterFilters: "shop(eu" is no expression');
  });
});
