import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { OrchestratorError } from '../model/error.ts';
import { describeConfig } from './describe.ts';
import { type LoadedConfig, loadConfig } from './load.ts';

interface World {
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly strict?: boolean;
  readonly home?: string | null;
}

/** Loads one configuration given as text or as an object. */
function load(content: object | string, world: World = {}): LoadedConfig {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const files: Readonly<Record<string, string>> = { 'test.json': text, ...world.files };
  return loadConfig({
    explicitPath: 'test.json',
    strict: world.strict ?? false,
    environment: world.environment ?? {},
    home: world.home === undefined ? '/home/me' : world.home,
    readFile: (path) => files[path] ?? null,
  });
}

/** The error that loading ends in; fails when there is none. */
function errorOf(run: () => unknown): OrchestratorError {
  try {
    run();
  } catch (error) {
    if (error instanceof OrchestratorError) return error;
    throw error;
  }
  throw new Error('expected an OrchestratorError');
}

describe('defaults', () => {
  test('an empty object gives every key its default', () => {
    const { config, warnings } = load({});
    expect(config.InstancePollSeconds).toBe(5);
    expect(config.ListenAddress).toBe(':3000');
    expect(config.HookTimeoutSeconds).toBe(30);
    expect(config.RecoverMasterClusterFilters).toEqual([]);
    expect(config.MySQLTopologyPassword.isEmpty).toBe(true);
    expect(warnings).toHaveLength(1);
  });

  test('the result cannot be changed', () => {
    const { config } = load({ RaftNodes: ['a'] });
    expect(() => Object.assign(config, { Debug: true })).toThrow(TypeError);
    expect(() => (config.RaftNodes as string[]).push('b')).toThrow(TypeError);
  });
});

describe('search', () => {
  const request = { explicitPath: null, strict: false, environment: {}, home: '/home/me' };

  test('several files are read one over another, lists replaced and maps joined', () => {
    const files: Record<string, string> = {
      '/etc/orchestrator.conf.json':
        '{"ListenAddress": ":1", "InstancePollSeconds": 7, "RaftNodes": ["a", "b"], "ClusterNameToAlias": {"x": "1"}}',
      '/home/me/.orchestrator.conf.json':
        '{"ListenAddress": ":2", "RaftNodes": ["c"], "ClusterNameToAlias": {"y": "2"}, "InstancePollSeconds": null}',
    };
    const loaded = loadConfig({ ...request, readFile: (path) => files[path] ?? null });
    expect(loaded.files).toEqual(['/etc/orchestrator.conf.json', '/home/me/.orchestrator.conf.json']);
    expect(loaded.config.ListenAddress).toBe(':2');
    expect(loaded.config.InstancePollSeconds).toBe(7);
    expect(loaded.config.RaftNodes).toEqual(['c']);
    expect(loaded.config.ClusterNameToAlias).toEqual({ x: '1', y: '2' });
  });

  test('no file at all is a warning that names the places', () => {
    const loaded = loadConfig({ ...request, readFile: () => null });
    expect(loaded.files).toEqual([]);
    expect(loaded.warnings[0]).toContain('/etc/orchestrator.conf.json');
    expect(loaded.warnings[0]).toContain('/home/me/.orchestrator.conf.json');
  });

  test('a file named by --config must be there, and no other is read', () => {
    const error = errorOf(() => loadConfig({ ...request, explicitPath: '/nowhere.json', readFile: () => null }));
    expect(error.code).toBe('config-not-found');
    expect(error.message).toContain('/nowhere.json');
  });

  test('a file that may not be read is named', () => {
    const readFile = () => {
      throw new Error('EACCES: permission denied');
    };
    expect(errorOf(() => loadConfig({ ...request, readFile })).code).toBe('config-unreadable');
  });
});

describe('wrong values', () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      '{"InstancePollSeconds": "5"}',
      'test.json:1:25: InstancePollSeconds: expected a whole number, 0 or more, got "5"; write it without quotes',
    ],
    ['{"InstancePollSeconds": 5.0}', 'InstancePollSeconds: expected a whole number, 0 or more, got the number 5.0'],
    ['{"InstancePollSeconds": -5}', 'expected a whole number, 0 or more, got the number -5'],
    ['{"InstancePollSeconds": 0}', 'expected at least 1'],
    ['{"DefaultInstancePort": 70000}', 'expected at most 65535'],
    ['{"MySQLTopologyMaxAllowedPacket": 3000000000}', 'at most 32 bits'],
    ['{\n  "Debug": "true"\n}', 'test.json:2:12: Debug: expected true or false, got "true"; write it without quotes'],
    ['{"ListenAddress": 3000}', 'ListenAddress: expected a string, got the number 3000; put it in double quotes'],
    ['{"PowerAuthUsers": "*"}', 'PowerAuthUsers: expected a list of strings, got "*"; put it in brackets'],
    ['{"RaftNodes": ["a", 7]}', 'RaftNodes: expected a list of strings, got the number 7'],
    ['{"ClusterNameToAlias": ["a"]}', 'ClusterNameToAlias: expected an object with strings as values, got a list'],
    ['{"AuthenticationMethod": "ldap"}', 'AuthenticationMethod: expected one of "", "none", "basic"'],
  ];
  test.each(cases)('%s', (text, message) => {
    const error = errorOf(() => load(text));
    expect(error.code).toBe('config-bad-value');
    expect(error.message).toContain(message);
  });

  test('a password is not shown in the message', () => {
    const error = errorOf(() => load('{"MySQLTopologyPassword": 4711}'));
    expect(error.message).toContain('MySQLTopologyPassword: expected a string, got a number');
    expect(error.message).not.toContain('4711');
  });

  test('choices are compared without regard to case', () => {
    expect(load({ AuthenticationMethod: 'Multi' }).config.AuthenticationMethod).toBe('multi');
    expect(load({ HostnameResolveMethod: 'CNAME' }).config.HostnameResolveMethod).toBe('cname');
  });
});

describe('keys that are not keys', () => {
  test('unknown: a warning with the nearest key, an error when strict', () => {
    const text = '{\n"InstancePolSeconds": 5, "Whatever12": 1}';
    expect(load(text).warnings).toEqual(
      expect.arrayContaining([
        'test.json:2: unknown key "InstancePolSeconds"; did you mean InstancePollSeconds?',
        'test.json:2: unknown key "Whatever12"',
      ]),
    );
    const error = errorOf(() => load(text, { strict: true }));
    expect(error.code).toBe('config-unknown-key');
    expect(error.message).toContain('InstancePollSeconds');
    expect(error.message).toContain('Whatever12');
  });

  test('obsolete ones and those to come are warnings, strict or not', () => {
    const { warnings } = load({ BufferBinlogEvents: true, MetaDBHost: 'x' }, { strict: true });
    expect(warnings[0]).toContain('BufferBinlogEvents is obsolete');
    expect(warnings[1]).toContain('MetaDBHost is known but not supported yet');
  });

  test('another case is taken, with a warning', () => {
    const { config, warnings } = load({ listenaddress: ':9' });
    expect(config.ListenAddress).toBe(':9');
    expect(warnings[0]).toContain('ListenAddress');
  });
});

describe('syntax', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', 'test.json is empty'],
    ['[]', 'the configuration is one object'],
    ['{"a": 1,}', 'test.json:1:9: there is a comma before this brace'],
    ['{"a": 1 "b": 2}', 'test.json:1:9: expected a comma or }'],
    ['{"Debug": true', 'the file ends before its last }'],
    ['{"Debug": True}', 'True is not a JSON value'],
    ["{'Debug': true}", 'double quotes'],
    ['{\n// hello\n"Debug": true}', 'test.json:2:1: JSON has no comments'],
    ['{"Debug": true} x', 'more text after the end'],
  ];
  test.each(cases)('%s', (text, message) => {
    const error = errorOf(() => load(text));
    expect(error.code).toBe('config-syntax');
    expect(error.message).toContain(message);
  });

  test('YAML, when the name says so', () => {
    const readFile = () => '# comment\nListenAddress: ":7"\nInstancePollSeconds: 3\nRaftNodes:\n  - a\n';
    const request = { explicitPath: 'x.yaml', strict: true, environment: {}, home: null, readFile };
    const { config } = loadConfig(request);
    expect([config.ListenAddress, config.InstancePollSeconds, config.RaftNodes]).toEqual([':7', 3, ['a']]);
    const error = errorOf(() => loadConfig({ ...request, readFile: () => 'Debug: true\nListenAddress: 5\n' }));
    expect(error.message).toContain('x.yaml:2:16: ListenAddress: expected a string');
  });
});

describe('credentials', () => {
  const PASSWORD_FROM_ENVIRONMENT = '$' + '{SECRET}';

  test('from the environment, whole values only', () => {
    const { config } = load(
      { MySQLTopologyUser: PASSWORD_FROM_ENVIRONMENT, MySQLTopologyPassword: `x${PASSWORD_FROM_ENVIRONMENT}` },
      { environment: { SECRET: 'pw' } },
    );
    expect(config.MySQLTopologyUser).toBe('pw');
    expect(config.MySQLTopologyPassword.reveal()).toBe(`x${PASSWORD_FROM_ENVIRONMENT}`);
  });

  test('a variable that is not set is named with its key', () => {
    const error = errorOf(() => load({ MySQLReplicationPassword: PASSWORD_FROM_ENVIRONMENT }));
    expect(error.code).toBe('config-environment');
    expect(error.message).toContain('MySQLReplicationPassword');
    expect(error.message).toContain('no variable SECRET');
  });

  test('from a file, which may name the environment', () => {
    const { config } = load(
      { MySQLTopologyCredentialsConfigFile: '/etc/t.cnf', MySQLTopologyUser: 'other' },
      {
        files: {
          '/etc/t.cnf': `[mysqld]\nuser=mysql\n[client]\n# me\nuser = orc\npassword="${PASSWORD_FROM_ENVIRONMENT}"\n`,
        },
        environment: { SECRET: 'pw' },
      },
    );
    expect(config.MySQLTopologyUser).toBe('orc');
    expect(config.MySQLTopologyPassword.reveal()).toBe('pw');
  });

  test('a file that is not there, or says nothing, is named with its key', () => {
    const missing = errorOf(() => load({ MySQLTopologyCredentialsConfigFile: '/etc/none.cnf' }));
    expect(missing.code).toBe('config-credentials-file');
    expect(missing.message).toContain('MySQLTopologyCredentialsConfigFile: there is no file /etc/none.cnf');
    const silent = errorOf(() =>
      load({ MySQLOrchestratorCredentialsConfigFile: '/e' }, { files: { '/e': '[mysql]\nuser=x' } }),
    );
    expect(silent.message).toContain('neither user nor password');
  });

  test('never shown', () => {
    const { config } = load({ MySQLTopologyPassword: 'geheim', HTTPAuthPassword: 'geheim', ConsulAclToken: 'geheim' });
    expect(describeConfig(config)).not.toContain('geheim');
    expect(JSON.parse(describeConfig(config))).toMatchObject({
      MySQLTopologyPassword: '***',
      OAuthClientSecret: '',
      OAuthScopes: null,
    });
  });
});

describe('files of this repository', () => {
  test.each(['orchestrator-simple.conf.json', 'orchestrator-sample.conf.json'])('conf/%s loads, strictly', (name) => {
    const text = readFileSync(new URL(`../../conf/${name}`, import.meta.url), 'utf8');
    const { warnings } = load(text, {
      strict: true,
      environment: { ORCHESTRATOR_TOPOLOGY_PASSWORD: 'a', ORCHESTRATOR_HTTP_PASSWORD: 'b' },
      files: {
        '/etc/mysql/orchestrator-backend.cnf': '[client]\nuser=a\npassword=b\n',
        '/etc/mysql/orchestrator-topology.cnf': '[client]\nuser=a\npassword=b\n',
      },
    });
    expect(warnings).toEqual([]);
  });
});
