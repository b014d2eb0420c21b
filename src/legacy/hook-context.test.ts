import { describe, expect, test } from 'vitest';
import { analyse } from '../analysis/analyse.ts';
import type { AnalysisEntry } from '../analysis/analysis-entry.ts';
import { contextOf } from '../analysis/testing/context.ts';
import type { Invented } from '../analysis/testing/records.ts';
import { HOST, inventFamily } from '../analysis/testing/records.ts';
import type { HookFacts } from './hook-context.ts';
import { hookContext, hookInstanceType, renderHookCommand, truncatedPlaceholders } from './hook-context.ts';

const PLACEHOLDERS = [
  ...['failureType', 'instanceType', 'isMaster', 'isCoMaster', 'failureDescription', 'command', 'failedHost'],
  ...['failedPort', 'failureCluster', 'failureClusterAlias', 'failureClusterDomain', 'countReplicas', 'countSlaves'],
  ...['isDowntimed', 'autoMasterRecovery', 'autoIntermediateMasterRecovery', 'orchestratorHost', 'recoveryUID'],
  ...['isSuccessful', 'successorHost', 'successorPort', 'successorBinlogCoordinates', 'successorAlias'],
  ...['lostReplicas', 'lostSlaves', 'countLostReplicas', 'replicaHosts', 'slaveHosts'],
];
const VARIABLES = [
  ...['FAILURE_TYPE', 'INSTANCE_TYPE', 'IS_MASTER', 'IS_CO_MASTER', 'FAILURE_DESCRIPTION', 'COMMAND', 'FAILED_HOST'],
  ...['FAILED_PORT', 'FAILURE_CLUSTER', 'FAILURE_CLUSTER_ALIAS', 'FAILURE_CLUSTER_DOMAIN', 'COUNT_REPLICAS'],
  ...['IS_DOWNTIMED', 'AUTO_MASTER_RECOVERY', 'AUTO_INTERMEDIATE_MASTER_RECOVERY', 'ORCHESTRATOR_HOST'],
  ...['IS_SUCCESSFUL', 'LOST_REPLICAS', 'REPLICA_HOSTS', 'RECOVERY_UID', 'SUCCESSOR_HOST', 'SUCCESSOR_PORT'],
  ...['SUCCESSOR_BINLOG_COORDINATES', 'SUCCESSOR_ALIAS'],
].map((name) => `ORC_${name}`);

const stopped: Invented = { receiver: 'stopped', applier: 'stopped' };

function entryOf(subject: Invented = {}): AnalysisEntry {
  const entry = analyse(inventFamily({ valid: false, ...subject }, [stopped, stopped]), contextOf())[0];
  if (entry === undefined) throw new Error('no entry');
  return entry;
}

const facts = (change: Partial<HookFacts> = {}): HookFacts => ({
  listName: 'PostFailoverProcesses',
  entry: entryOf(),
  command: '',
  recoveryUid: '1795238796768640308:8622627d',
  nodeHostname: 'node1',
  isSuccessful: true,
  successor: {
    key: { hostname: HOST, port: 11 },
    coordinates: { kind: 'binlog', file: 'bin.000007', position: 196 },
    alias: 'blue',
  },
  lost: [{ hostname: HOST, port: 12 }],
  ...change,
});

describe('what a hook is given', () => {
  test('28 placeholders and 24 variables', () => {
    const { placeholders, environment } = hookContext(facts());
    expect(PLACEHOLDERS).toHaveLength(28);
    expect([...placeholders.keys()].sort()).toEqual([...PLACEHOLDERS].sort());
    expect(VARIABLES).toHaveLength(24);
    expect(Object.keys(environment).sort()).toEqual([...VARIABLES].sort());
  });

  test('their values', () => {
    const { listName, placeholders, environment } = hookContext(facts());
    expect(listName).toBe('PostFailoverProcesses');
    expect(Object.fromEntries(placeholders)).toEqual({
      failureType: 'DeadMaster',
      instanceType: 'master',
      isMaster: 'true',
      isCoMaster: 'false',
      failureDescription: 'Master cannot be reached by orchestrator and none of its replicas is replicating',
      command: '',
      failedHost: HOST,
      failedPort: '1',
      failureCluster: `${HOST}:1`,
      failureClusterAlias: `${HOST}:1`,
      failureClusterDomain: `${HOST}:1`,
      countReplicas: '2',
      countSlaves: '2',
      isDowntimed: 'false',
      autoMasterRecovery: 'true',
      autoIntermediateMasterRecovery: 'true',
      orchestratorHost: 'node1',
      recoveryUID: '1795238796768640308:8622627d',
      isSuccessful: 'true',
      successorHost: HOST,
      successorPort: '11',
      successorBinlogCoordinates: 'bin.000007:196',
      successorAlias: 'blue',
      lostReplicas: `${HOST}:12`,
      lostSlaves: `${HOST}:12`,
      countLostReplicas: '1',
      replicaHosts: `${HOST}:11,${HOST}:12`,
      slaveHosts: `${HOST}:11,${HOST}:12`,
    });
    expect(environment).toMatchObject({ ORC_SUCCESSOR_HOST: HOST, ORC_LOST_REPLICAS: `${HOST}:12`, ORC_COMMAND: '' });
    expect(environment).not.toHaveProperty('ORC_COUNT_LOST_REPLICAS');
  });

  test('without a successor its placeholders stay literal and its variables are unset', () => {
    const { placeholders, environment } = hookContext(facts({ successor: null, isSuccessful: false }));
    expect(placeholders.size).toBe(24);
    expect(Object.keys(environment)).toHaveLength(20);
    expect(renderHookCommand('promote {successorHost}:{successorPort} {isSuccessful}', placeholders)).toBe(
      'promote {successorHost}:{successorPort} false',
    );
  });

  test.each<[string, Invented]>([
    ['master', {}],
    ['co-master', { source: 9, coPrimary: true }],
    ['intermediate-master', { source: 9 }],
    ['group-member', { group: {} }],
  ])('a %s is called so', (word, said) => {
    expect(hookInstanceType(entryOf(said).view)).toBe(word);
  });

  test('variables carry values raw, but for NUL', () => {
    const { environment } = hookContext(facts({ entry: entryOf({ alias: 'a "b"; $(c)\0\nd' }) }));
    expect(environment.ORC_FAILURE_CLUSTER_ALIAS).toBe('a "b"; $(c)\nd');
  });
});

describe('a command with its placeholders replaced', () => {
  const { placeholders } = hookContext(facts());

  test('as the classic configuration writes it', () => {
    const text =
      "echo 'Detected {failureType} on {failureCluster}. Affected replicas: {countSlaves}' >> /tmp/recovery.log";
    expect(renderHookCommand(text, placeholders)).toBe(
      "echo 'Detected DeadMaster on 10.0.0.1:1. Affected replicas: 2' >> /tmp/recovery.log",
    );
  });

  test('unknown names, shell variables and functions stand as they are', () => {
    const text = 'f() { echo $HOME {nosuch} {} {a,b}; }; x={failedHost}{failedPort}';
    expect(renderHookCommand(text, placeholders)).toBe('f() { echo $HOME {nosuch} {} {a,b}; }; x=10.0.0.11');
  });

  test.each([
    ['$(reboot)', 'reboot'],
    ['`reboot`', 'reboot'],
    ["x'; rm -rf / #", 'xrm-rf/'],
    ['a"b\\c\nd', 'abcd'],
    ['{failedHost}', 'failedHost'],
    ['shop & co', 'shopco'],
    ['größe', 'gre'],
    ['[::1]:3306', '::1:3306'],
    ['db-1.shop_a:3306,db@x/y', 'db-1.shop_a:3306,db@x/y'],
    ['$&', ''],
  ])('%s is pasted as %s', (value, pasted) => {
    const one = new Map([['failureClusterAlias', value]]);
    expect(renderHookCommand('x {failureClusterAlias} y', one)).toBe(`x ${pasted} y`);
    expect(truncatedPlaceholders('x {failureClusterAlias} {failureClusterAlias}', one)).toEqual(
      value === pasted ? [] : ['failureClusterAlias'],
    );
  });

  test('a description keeps its blanks', () => {
    expect(renderHookCommand('"{failureDescription}"', placeholders)).toBe(
      '"Master cannot be reached by orchestrator and none of its replicas is replicating"',
    );
  });
});
