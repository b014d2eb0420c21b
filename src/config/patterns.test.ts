import { describe, expect, test } from 'vitest';
import { matchesClusterFilters } from '../model/cluster-filters.ts';
import { loadConfig } from './load.ts';

const load = (content: object) =>
  loadConfig({
    explicitPath: 'test.json',
    strict: true,
    environment: {},
    home: null,
    readFile: () => JSON.stringify(content),
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

  test.each(['', 'alias=', 'alias~='])('a cluster filter that says nothing is told of: %j', (filter) => {
    const { warnings } = load({ RecoverMasterClusterFilters: [filter] });
    expect(warnings).toContainEqual(`RecoverMasterClusterFilters: "${filter}" says nothing; it matches no cluster`);
  });

  test('what the check lets pass is understood where it is used', () => {
    const filters = ['^prod-[[:alnum:]]+[.]'];
    expect(load({ RecoverMasterClusterFilters: filters }).warnings.join()).not.toContain('ClusterFilters');
    expect(matchesClusterFilters(filters, { clusterName: 'prod-7.example:3306', alias: '' })).toBe(true);
  });
});
