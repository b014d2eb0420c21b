import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { httpGet } from '../../src/cli/client/http-get.ts';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { servedCommand } from '../../src/cli/served.ts';
import { createThroughApi } from '../../src/cli/through-api.ts';
import { runTestCli } from './support/cli.ts';
import { fakeOrchestrator } from './support/fake-orchestrator.ts';
import { startTestServer, type TestServer } from './support/http-server.ts';

/** `orchestrator -c` with ORCHESTRATOR_API: the same output and exit code as on the backend, by way of the API. */
let api: TestServer;
let readOnly: TestServer;
beforeAll(async () => {
  [api, readOnly] = await Promise.all([startTestServer(), startTestServer({ readOnly: true })]);
});
beforeEach(() => {
  api.orchestrator.records = fakeOrchestrator().records;
  api.orchestrator.calls.length = 0;
});
afterAll(() => Promise.all([api.server.close(), readOnly.server.close()]));

async function throughApi(argv: readonly string[], server = api) {
  const environment = { api: server.server.url, authUser: '', authPassword: '', authUserHeader: '', instance: '' };
  const through = createThroughApi(environment, { fetch: httpGet, sleep: async () => undefined });
  return runTestCli(argv, undefined, { throughApi: through });
}

/** Flags that fit every command. */
const FLAGS = [
  ...['-i', '10.0.0.1:11', '-d', '10.0.0.1:12', '-reason', 'because', '-duration', '30s', '-tag', 'role'],
  ...['-uid', 'op-1', '-process', '7', '-binlog', 'bin.000001:4', '-hostname', 'vip', '-pool', 'read', '-pattern', '1'],
];

/** Half a second on an idle machine; one that runs much beside it took ten times as long. */
const UNDER_LOAD_MS = 60_000;

test(
  'every command on servers prints and ends as it does on the backend, and opens nothing here',
  async () => {
    const different: string[] = [];
    for (const one of COMMANDS) {
      const command = servedCommand(one);
      if (command === null) continue;
      api.orchestrator.records = fakeOrchestrator().records;
      const argv = ['-c', command.name, ...FLAGS, ...(command.mutates ? ['--dry-run'] : [])];
      const [direct, through] = [await runTestCli(argv), await throughApi(argv)];
      const same = JSON.stringify([direct.out, direct.err, direct.code]);
      if (JSON.stringify([through.out, through.err, through.code]) !== same) different.push(command.name);
      expect(through.started, command.name).toEqual([]);
    }
    expect(different).toEqual([]);
  },
  UNDER_LOAD_MS,
);

test('what changes something changes it there; who typed it is responsible', async () => {
  const { code, out } = await throughApi(['-c', 'begin-downtime', '-i', '10.0.0.1:11', '-reason', 'x']);
  expect([code, out]).toEqual([0, '10.0.0.1:11\n']);
  expect(api.orchestrator.calls).toEqual(['begin-downtime 10.0.0.1:11 orc x 600']);
  expect(api.orchestrator.closed).toBe(false);
});

test('read-only programs answer questions, and refuse the rest', async () => {
  expect((await throughApi(['-c', 'clusters'], readOnly)).code).toBe(0);
  const refused = await throughApi(['-c', 'forget', '-i', '10.0.0.1:11'], readOnly);
  expect([refused.code, refused.out]).toEqual([1, '']);
  expect(refused.err).toContain('Unauthorized');
  const { body } = await readOnly.get('/api/command?argv=["-c","forget","-i","10.0.0.1:11"]');
  expect(body.Message).toContain('forget needs authorization');
  const search = await throughApi(['-c', 'find-binlog-entry', '-i', '10.0.0.1:11', '-pattern', 'x'], readOnly);
  expect(search.err).toContain('Unauthorized');
  expect(readOnly.orchestrator.calls).toEqual([]);
});

test('a dry run changes nothing whatever the arguments hold, and no stack of the server is told', async () => {
  for (const tricks of [['--', 'cli'], ['--dry-run=false'], ['cli', '-noop=false', '--dry-run=false', '--']]) {
    const argv = JSON.stringify(['-c', 'begin-downtime', '-i', '10.0.0.1:11', '-reason', 'x', ...tricks]);
    const { body } = await api.get(`/api/command-action?dryRun=true&argv=${encodeURIComponent(argv)}`);
    expect(body.Code).toBe('OK');
    expect(body.Message).toContain('nothing was changed');
  }
  expect(api.orchestrator.calls).toEqual([]);
  const failed = await throughApi(['-c', 'which-instance', '-i', '10.0.0.1:9', '--stack']);
  expect(failed.err).toMatch(/^.* FATAL Instance not found: 10\.0\.0\.1:9; -c all-instances .*\n$/);
});

test('an explicit --config means the backend; commands that are programs of their own stay here', async () => {
  expect((await throughApi(['-c', 'clusters', '--config', '/etc/x'])).started).toEqual(['config', 'open reading']);
  expect((await throughApi(['-c', 'redeploy-internal-db'])).started).toEqual(['config', 'open']);
  expect((await throughApi(['-c', 'master-pos-wait', ...FLAGS])).started).toEqual(['config', 'open']);
  expect((await throughApi(['-c', 'dump-config'])).started).toEqual(['config']);
  expect((await throughApi(['-c', 'continuous'])).started).toEqual(['continuous']);
});

test('what is no command, or no list of arguments, is refused', async () => {
  for (const [argv, message] of [
    ['["-c","nosuch"]', 'is no command that a running program answers'],
    ['["-c","dump-config"]', 'is no command that a running program answers'],
    ['["http"]', 'is no command that a running program answers'],
    ['["--nosuch"]', 'flag provided but not defined'],
    ['x', 'no JSON array'],
    ['[1]', 'no JSON array'],
  ] as const) {
    const { status, body } = await api.get(`/api/command?argv=${encodeURIComponent(argv)}`);
    expect([status, body.Code]).toEqual([500, 'ERROR']);
    expect(body.Message).toContain(message);
  }
});
