import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLIENT_COMMANDS } from '../../src/cli/client/run-client.ts';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { routesWithStatus } from '../../src/http/routes/index.ts';
import { runTestCli } from './support/cli.ts';
import { runTestClient } from './support/client.ts';
import { startTestServer, type TestServer } from './support/http-server.ts';
import { forbidWrites } from './support/only-reading.ts';
import { requestFor } from './support/requests.ts';

/** Everything that changes something is asked for a dry run here, of an engine on which every write fails and is noted. */

let api: TestServer;
let writes: readonly string[];
let clears = 0;
beforeAll(async () => {
  const clear = async (): Promise<void> => {
    clears += 1;
  };
  const reloadConfiguration = async () => {
    await clear();
    return { taken: [], waiting: [] };
  };
  api = await startTestServer({}, { resolveCache: { entries: () => [], clear }, reloadConfiguration });
  writes = forbidWrites(api.orchestrator);
});
afterAll(async () => {
  await api.server.close();
});

/** What these need beside their path. */
const QUERIES: readonly (readonly [path: RegExp, query: string])[] = [
  [/\/ack-/, 'comment=seen&'],
  [/\/(tag|untag|untag-all)(\/|$)/, 'tag=role&'],
  [/submit-pool/, 'instances=10.0.0.1:11&'],
  [/agent-(mount|removelv)/, 'lv=/dev/vg/snap&'],
  [/command-action/, 'argv=["-c","forget","-i","10.0.0.1:13"]&'],
  [/set-cluster-alias/, 'alias=shop&'],
];

const queryFor = (path: string): string => QUERIES.find(([pattern]) => pattern.test(path))?.[1] ?? '';
const requestOf = (path: string): string => {
  // Recoveries by hand are asked for of the primary.
  const request = /recover/.test(path) ? path.replace(':port', '1') : path;
  return `${requestFor(request)}?${queryFor(path)}dryRun=true`;
};

describe('routes', () => {
  const mutating = routesWithStatus().filter(({ mutates }) => mutates);

  test('there are many', () => expect(mutating.length).toBeGreaterThan(100));

  for (const { path } of mutating) {
    test(path, async () => {
      const { status, body, text } = await api.get(requestOf(path));
      expect(status, text).toBe(200);
      expect(body.Code).toBe('OK');
      expect(body.Message).toMatch(/nothing was changed$/);
      expect([writes, clears]).toEqual([[], 0]);
    });
  }

  test.each(['dryRun', 'dryRun=', 'dryRun=1', 'dryRun=T', 'dryRun=True'])('?%s is one, too', async (query) => {
    const { body } = await api.get(`/api/begin-downtime/10.0.0.1/11/ann/because?${query}`);
    expect([body.Code, body.Message]).toEqual(['OK', expect.stringMatching(/nothing was changed$/)]);
    expect(writes).toEqual([]);
  });

  test.each([
    ...['dryRun=yes', 'dryRun=on', 'dryRun=2', 'dryRun=true%20'],
    ...['dryrun=true', 'dry-run=true', 'dry_run', 'DRYRUN=0', 'noop', 'noop=true', 'NoOp=1'],
  ])('?%s is refused by each of them instead of done', async (query) => {
    const answers = await Promise.all(
      mutating.map(async ({ path }) => api.get(requestOf(path).replace('dryRun=true', query))),
    );
    const name = query.split('=')[0] ?? '';
    for (const { status, body } of answers) {
      expect([status, body.Code]).toEqual([500, 'ERROR']);
      expect(body.Message).toContain(name);
      expect(body.Message).toContain('dryRun=true');
    }
    expect([writes, clears]).toEqual([[], 0]);
  });

  test('what changes nothing does not mind', async () => {
    expect((await api.get('/api/clusters?noop=true')).status).toBe(200);
  });

  test('without dryRun each of them does write: the guard would notice', async () => {
    const silent: string[] = [];
    for (const { path } of mutating) {
      const before = writes.length + clears;
      await api.get(requestOf(path).replace('dryRun=true', 'dryRun=false'));
      if (writes.length + clears === before) silent.push(path);
    }
    expect(silent).toEqual([]);
    (writes as string[]).length = 0;
    clears = 0;
  });
});

/** Flags that fit every command. */
const FLAGS = [
  ...['-d', '10.0.0.1:12', '-reason', 'because', '-owner', 'ann', '-duration', '30s', '-tag', 'role', '-uid', 'op-1'],
  ...['-process', '7', '-binlog', 'bin.000001', '-hostname', 'vip.example.com', '-pool', 'read', '-pattern', 'hello'],
];

/** Recoveries by hand are of the primary; what regroups replicas wants some. */
const serverFor = (command: string): string => (/^(?:recover|regroup)/.test(command) ? '10.0.0.1:1' : '10.0.0.1:11');

describe('commands', () => {
  for (const command of COMMANDS) {
    if (command.needs !== 'orchestrator' || !command.mutates) continue;
    const server = serverFor(command.name);
    for (const flag of ['--dry-run', '-noop']) {
      test(`${command.name} ${flag}`, async () => {
        const noted: (readonly string[])[] = [];
        const argv = ['-c', command.name, '-i', server, ...FLAGS, flag];
        const result = await runTestCli(argv, (orchestrator) => noted.push(forbidWrites(orchestrator)));
        expect([result.err, result.code]).toEqual(['', 0]);
        expect(result.out).toContain('nothing was changed');
        expect(noted).toEqual([[]]);
      });
    }
  }
});

const CLIENT_FLAGS = [
  ...['-d', '10.0.0.1:12', '-r', 'because', '-o', 'ann', '-u', '30s', '-t', 'role', '--uid', 'op-1', '-a', 'shop'],
  ...['--process', '7', '-n', 'bin.000001', '-H', 'vip.example.com', '-S', '30', '-l', 'pool'],
];

/** Commands whose routes come with other work. */
const NO_ROUTE_YET = new Set([
  'force-master-failover',
  'force-master-takeover',
  'submit-masters-to-kv-stores',
  'raft-elect-leader',
]);

describe('client', () => {
  for (const { name, mutates } of CLIENT_COMMANDS) {
    if (!mutates || NO_ROUTE_YET.has(name)) continue;
    test(`${name} --dry-run`, async () => {
      const result = await runTestClient(api, ['-c', name, '-i', serverFor(name), ...CLIENT_FLAGS, '--dry-run']);
      expect([result.err, result.code]).toEqual(['', 0]);
      expect(result.out).toContain('nothing was changed');
      expect([writes, clears]).toEqual([[], 0]);
    });
  }

  test('the plan of an operation is printed as the command line prints it', async () => {
    const argv = ['-c', 'relocate', '-i', '10.0.0.1:13', '-d', '10.0.0.1:11'];
    const { out } = await runTestClient(api, [...argv, '--dry-run']);
    expect(out).toBe((await runTestCli([...argv, '--dry-run'])).out);
    expect(out).toBe(
      [
        'Plan to relocate 10.0.0.1:13, by gtid (cluster 10.0.0.1:1); nothing was changed',
        '  because: somebody asked for it',
        'act:',
        '  10.0.0.1:13',
        '    it is asked for',
        '      STOP REPLICA IO_THREAD;',
        '      wait until it replicates from 10.0.0.1:11',
        'Before:',
        '  10.0.0.1:1      [0s,ok,8.4.6,rw,ROW,>>,GTID]',
        '  + 10.0.0.1:11   [0s,ok,8.4.6,ro,ROW,>>,GTID]',
        '  + 10.0.0.1:12   [0s,ok,8.4.6,ro,ROW,>>,GTID]',
        '    + 10.0.0.1:13 [0s,ok,8.4.6,ro,ROW,>>,GTID]',
        'After:',
        '  10.0.0.1:1      [0s,ok,8.4.6,rw,ROW,>>,GTID]',
        '  + 10.0.0.1:11   [0s,ok,8.4.6,ro,ROW,>>,GTID]',
        '    + 10.0.0.1:13 [0s,ok,8.4.6,ro,ROW,>>,GTID]',
        '  + 10.0.0.1:12   [0s,ok,8.4.6,ro,ROW,>>,GTID]',
        '',
      ].join('\n'),
    );
  });

  test('a server that knows no dry run is asked for nothing', async () => {
    const asked: string[] = [];
    const old = (async (url: string) => {
      asked.push(new URL(url).pathname);
      const paths = { '/api/relocate/{host}/{port}': { get: { parameters: [{ name: 'host' }] } } };
      return new Response(JSON.stringify({ openapi: '3.1.0', paths }));
    }) as typeof fetch;
    const argv = ['-c', 'relocate', '-i', '10.0.0.1:13', '-d', '10.0.0.1:11', '--dry-run'];
    const result = await runTestClient(api, argv, {}, { fetch: old });
    expect([result.code, result.out]).toEqual([1, '']);
    expect(result.err).toContain('knows no dry run of relocate; nothing was asked of it');
    expect(asked).toEqual(['/api/openapi.json']);
  });
});
