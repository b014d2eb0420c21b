import { describe, expect, it } from 'vitest';
import { brokenClusterFilters, matchesClusterFilters } from './cluster-filters.ts';

const cluster = { clusterName: 'db1.example:3306', alias: 'orders-eu' };

describe('cluster filters', () => {
  it.each([
    ['*', true],
    ['db1.example:3306', true],
    ['orders-eu', true],
    ['alias=orders-eu', true],
    ['alias=orders', false],
    ['alias~=^orders', true],
    ['alias~=^users', false],
    ['alias~=(?i)^ORDERS', true],
    ['^db1[.]', true],
    ['db[0-9]+', true],
    ['^[[:alnum:]]+[.]\\Qexample:\\E', true],
    ['alias~=^\\pL+-eu$', true],
    ['_master_', false],
    // Any other text is a pattern on the name, never on the alias.
    ['orders', false],
    ['alias=', false],
    ['alias~=', false],
    ['', false],
    ['[', false],
    ['alias~=[', false],
  ])('%j: %s', (filter, expected) => {
    expect(matchesClusterFilters([filter], cluster)).toBe(expected);
  });

  it('one match is enough, none without filters', () => {
    expect(matchesClusterFilters(['nothing', 'alias=orders-eu'], cluster)).toBe(true);
    expect(matchesClusterFilters([], cluster)).toBe(false);
  });

  it('an empty alias is matched by nothing but a pattern that allows it', () => {
    const nameless = { clusterName: 'db1:3306', alias: '' };
    expect(matchesClusterFilters(['', 'alias=', 'alias~='], nameless)).toBe(false);
    expect(matchesClusterFilters(['alias~=^$'], nameless)).toBe(true);
  });

  it('finds the filters that cannot match', () => {
    expect(
      brokenClusterFilters(['*', 'db1:3306', 'alias=a', '', '[', 'alias=', 'alias~=', 'alias~=(', '[[:x:]]']),
    ).toEqual(['', '[', 'alias=', 'alias~=', 'alias~=(', '[[:x:]]']);
  });
});
