import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type LoadedConfig, loadConfig } from '../../src/config/load.ts';

const FOLDER = join(import.meta.dirname, 'config');
const CREDENTIALS = '[client]\nuser=topology\npassword=secret\n';

/** Loads one sample as `--config` does; every credentials file that it names is there. */
function load(name: string): LoadedConfig {
  const path = join(FOLDER, `${name}.json`);
  return loadConfig({
    explicitPath: path,
    strict: false,
    environment: {},
    home: '/home/me',
    readFile: (asked) => (asked === path ? readFileSync(path, 'utf8') : CREDENTIALS),
  });
}

const keysOf = (name: string): readonly string[] =>
  Object.keys(JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as object);

/** The keys that a warning is about. */
const warnedOf = ({ warnings }: LoadedConfig, pattern: RegExp): readonly string[] =>
  warnings.flatMap((warning) => pattern.exec(warning)?.[1] ?? []);

describe('configurations that people run the existing program with', () => {
  test('the samples are these', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(['classic.json', 'cmdb.json', 'operator.json', 'raft.json']);
  });

  test('classic: a sample file of many years; its keys without effect are named, all others are taken', () => {
    const loaded = load('classic');
    const obsolete = warnedOf(loaded, /: (\w+) is obsolete and has no effect/);
    expect(obsolete).toHaveLength(15);
    expect(loaded.warnings).toHaveLength(15);
    expect(keysOf('classic').filter((key) => !(key in loaded.config))).toEqual(obsolete);
    expect(loaded.config).toMatchObject({
      ClusterNameToAlias: { '127.0.0.1': 'test suite' },
      MySQLHostnameResolveMethod: '@@hostname',
      RecoverMasterClusterFilters: ['_master_pattern_'],
    });
  });

  test('cmdb: keys of a fork that are not supported yet are named', () => {
    const loaded = load('cmdb');
    expect(warnedOf(loaded, /: (\w+) is known but not supported yet/)).toEqual([
      'MetaDBHost',
      'MetaDBPort',
      'MetaDBName',
      'SlaveBinLogEnableMaxLagSeconds',
    ]);
    expect(loaded.config.PreventCrossDataCenterMasterFailover).toBe(true);
  });

  test('raft: loads; that it acts alone is said', () => {
    const loaded = load('raft');
    expect(loaded.warnings).toEqual([expect.stringContaining('this node acts alone')]);
    expect(loaded.config.RaftNodes).toHaveLength(3);
  });

  test('operator: every key of a Kubernetes operator is a key, credentials come from the file it names', () => {
    const loaded = load('operator');
    expect(keysOf('operator').filter((key) => !(key in loaded.config))).toEqual([]);
    expect(loaded.warnings).toEqual([expect.stringContaining('this node acts alone')]);
    expect(loaded.config).toMatchObject({
      MySQLTopologyUser: 'topology',
      RaftAdvertise: '127.0.0.1',
      InstancePollSeconds: 5,
    });
  });
});
