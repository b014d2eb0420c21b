import { expect, it } from 'vitest';
import { createLiveConfig } from '../config/live-config.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { engineSettings } from './engine-settings.ts';

const load = (keys: object): LoadedConfig =>
  loadConfig({
    explicitPath: 'a.json',
    strict: true,
    environment: {},
    home: null,
    readFile: () => JSON.stringify({ SQLite3DataFile: '/tmp/a.db', ...keys }),
  });

it('the settings of live keys follow a reload', () => {
  const first = load({});
  const live = createLiveConfig(first, () =>
    load({
      PreFailoverProcesses: ['true'],
      RecoveryIgnoreHostnameFilters: ['x'],
      RecoverIntermediateMasterClusterFilters: ['*'],
      DiscoveryIgnoreReplicationUsernameFilters: ['cdc'],
      PromotionIgnoreHostnameFilters: ['db1'],
      ClusterNameToAlias: { db1: 'main' },
    }),
  );
  const node = { hostname: 'h', token: 't', version: '1', owner: 'o', dbBackend: 'sqlite' };
  const settings = engineSettings(first, { mode: 'continuous', node }, live.current);
  const { analysis, discovery, recoveries, operations } = settings;
  const key = { hostname: 'db1', port: 3306 };
  const seen = () => [
    settings.hookLists.PreFailoverProcesses.length,
    settings.aliasPatterns.length,
    analysis.recoveryIgnoreHostnameFilters.length,
    analysis.recoverIntermediateClusterFilters.length,
    discovery.filters.replicationUsers.length,
    Number(recoveries.isPromotionIgnored(key)),
    Number(operations.planning.isPromotionIgnored(key)),
  ];
  expect(seen()).toEqual([0, 0, 0, 0, 0, 0, 0]);
  live.reload();
  expect(seen()).toEqual([1, 1, 1, 1, 1, 1, 1]);
});
