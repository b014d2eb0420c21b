import { describe, expect, test } from 'vitest';
import { OrchestratorError } from '../model/error.ts';
import { type LoadedConfig, loadConfig } from './load.ts';

const load = (content: object, home: string | null = '/home/me'): LoadedConfig =>
  loadConfig({
    explicitPath: 'test.json',
    strict: false,
    environment: {},
    home,
    readFile: () => JSON.stringify({ SQLite3DataFile: '/tmp/x', ...content }),
  });

describe('old names', () => {
  test('SlaveLagQuery is taken as ReplicationLagQuery; differing ones are refused', () => {
    expect(load({ SlaveLagQuery: 'select 1' }).config.ReplicationLagQuery).toBe('select 1');
    expect(load({ SlaveLagQuery: 'a', ReplicationLagQuery: 'a' }).config.ReplicationLagQuery).toBe('a');
    expect(() => load({ SlaveLagQuery: 'a', ReplicationLagQuery: 'b' })).toThrow('Remove SlaveLagQuery');
  });

  test('the old detach names force the new', () => {
    expect(load({}).config.DetachLostReplicasAfterMasterFailover).toBe(true);
    const forced = load({ DetachLostReplicasAfterMasterFailover: false });
    expect(forced.config.DetachLostReplicasAfterMasterFailover).toBe(true);
    expect(forced.warnings.join()).toContain('set both to false');
    const off = load({ DetachLostReplicasAfterMasterFailover: false, DetachLostSlavesAfterMasterFailover: false });
    expect(off.config.DetachLostReplicasAfterMasterFailover).toBe(false);
    expect(load({ MasterFailoverDetachSlaveMasterHost: true }).config.MasterFailoverDetachReplicaMasterHost).toBe(true);
    expect(load({ PostponeSlaveRecoveryOnLagMinutes: 3 }).config.PostponeReplicaRecoveryOnLagMinutes).toBe(3);
  });
});

describe('derived values', () => {
  test('RecoveryPeriodBlockMinutes counts only where the seconds are 0', () => {
    const period = (content: object) => load(content).config.RecoveryPeriodBlockSeconds;
    expect(period({})).toBe(3600);
    expect(period({ RecoveryPeriodBlockMinutes: 5 })).toBe(3600);
    expect(period({ RecoveryPeriodBlockSeconds: 0, RecoveryPeriodBlockMinutes: 5 })).toBe(300);
    expect(period({ RecoveryPeriodBlockSeconds: 0, RecoveryPeriodBlockMinutes: 0 })).toBe(0);
  });

  test.each([
    ['', ''],
    ['/', ''],
    ['x', '/x'],
    ['/x/', '/x'],
    ['/x/y', '/x/y'],
  ])('URLPrefix %j becomes %j', (given, expected) => {
    expect(load({ URLPrefix: given }).config.URLPrefix).toBe(expected);
  });

  test.each([
    ['mysql/master', 'mysql/master/'],
    ['mysql/master/', 'mysql/master/'],
    ['/', '/'],
  ])('KVClusterMasterPrefix %j becomes %j', (given, expected) => {
    expect(load({ KVClusterMasterPrefix: given }).config.KVClusterMasterPrefix).toBe(expected);
  });

  test('RaftAdvertise is RaftBind unless set; RaftEnabled needs a directory', () => {
    expect(load({ RaftBind: '10.0.0.1' }).config.RaftAdvertise).toBe('10.0.0.1');
    expect(load({ RaftAdvertise: 'n1' }).config.RaftAdvertise).toBe('n1');
    expect(() => load({ RaftEnabled: true })).toThrow('RaftDataDir');
  });

  test('HTTPAdvertise has scheme, host and port and nothing else', () => {
    expect(load({ HTTPAdvertise: 'https://n1.example.com:3000' }).config.HTTPAdvertise).toContain('n1');
    for (const bad of ['n1:3000', 'http://n1', 'http://n1:3000/', 'http://n1:3000/x', 'ftp://n1:21']) {
      expect(() => load({ HTTPAdvertise: bad }), bad).toThrow(OrchestratorError);
    }
  });

  test('a lag limit for promotion needs a query', () => {
    expect(() => load({ FailMasterPromotionOnLagMinutes: 5 })).toThrow('needs ReplicationLagQuery');
    expect(
      load({ FailMasterPromotionOnLagMinutes: 5, SlaveLagQuery: 'select 1' }).config.FailMasterPromotionOnLagMinutes,
    ).toBe(5);
  });

  test('limits of other keys', () => {
    expect(load({ ConsulMaxKVsPerTransaction: 900 }).config.ConsulMaxKVsPerTransaction).toBe(64);
    expect(load({ InstancePollSeconds: 600 }).config.DeadInstancePollSecondsMax).toBe(600);
    expect(load({ ReasonableReplicationLagSeconds: 17 }).config.ReasonableLockedSemiSyncMasterSeconds).toBe(17);
    expect(load({ StatusEndpoint: 'my/status' }).config.StatusEndpoint).toBe('/my/status');
  });
});

describe('backend', () => {
  const backendOf = (content: object, home: string | null = '/home/me') => {
    const { config } = load({ SQLite3DataFile: '', ...content }, home);
    return [config.BackendDB, config.SQLite3DataFile];
  };
  const mysql = { MySQLOrchestratorHost: 'db', MySQLOrchestratorDatabase: 'orchestrator' };

  test('nothing said: SQLite at the default path, told in one sentence', () => {
    expect(backendOf({})).toEqual(['sqlite', '/home/me/.orchestrator/orchestrator.sqlite3']);
    expect(backendOf({}, null)).toEqual(['sqlite', 'orchestrator.sqlite3']);
    expect(load({ SQLite3DataFile: '' }).warnings).toEqual([
      'SQLite3DataFile is not set; the SQLite backend is /home/me/.orchestrator/orchestrator.sqlite3',
    ]);
  });

  test('BackendDB decides, else the host', () => {
    expect(backendOf({ BackendDB: 'SQLite3', SQLite3DataFile: '/a' })).toEqual(['sqlite', '/a']);
    expect(backendOf({ ...mysql, BackendDB: 'sqlite' })[0]).toBe('sqlite');
    expect(backendOf(mysql)[0]).toBe('mysql');
    expect(backendOf({ ...mysql, BackendDB: '' })[0]).toBe('mysql');
  });

  test('what is missing or wrong is named', () => {
    expect(() => backendOf({ BackendDB: 'mysql' })).toThrow('MySQLOrchestratorHost is not set');
    expect(() => backendOf({ MySQLOrchestratorHost: 'db' })).toThrow('MySQLOrchestratorDatabase is not set');
    expect(() => backendOf({ BackendDB: 'postgres' })).toThrow('write "sqlite" or "mysql"');
  });
});
