import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAgentsApp } from '../../src/http/agents-server.ts';
import { routesWithStatus } from '../../src/http/routes/index.ts';
import { createTimings } from '../../src/outlet/timings.ts';
import { isLong, SEEDS_TIMEOUT_MS } from '../simulator/seeds.ts';
import { fakeAgents } from './support/fake-classification.ts';
import { fakeOrchestrator, NOW_MS } from './support/fake-orchestrator.ts';
import { complaintAbout, createAsker, sendBytes } from './support/fuzz-ask.ts';
import { type FuzzScene, openFuzzScene } from './support/fuzz-scene.ts';
import {
  encoded,
  injections,
  LONG_TEXT,
  NAMES_OF_OBJECTS,
  namesOfQuery,
  requestsFor,
  SQL_PAYLOADS,
} from './support/fuzz-values.ts';
import { SILENT, startTestServer, type TestServer } from './support/http-server.ts';

/** Every row of the route table is asked for, whatever it is; a new route is fuzzed by being in the table. */
const ROUTES = routesWithStatus();
/** Of one path other values than of the next; long runs choose at random, and tell how when one fails. */
const runs = (path: string, short: number) => ({
  numRuns: isLong ? short * 100 : short,
  ...(isLong ? {} : { seed: [...path].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_000_007, 1) }),
  endOnFailure: true,
});

/** Paths that no row of the table serves. */
const WEB_PATHS = [
  '/',
  '/web',
  '/web/:page',
  '/web/:page/:clusterHint',
  '/assets/:file',
  '/:file',
  '/:folder/:file',
  '/api/:word',
];
const AGENT_PATHS = [...createAgentsApp(fakeAgents([]), SILENT).routes.map(({ path }) => path), '/api/:word'];

/** A backtracking engine tries it on sixty letters for longer than anyone lives. */
const BOMB = '(.+)+(.+)+(.+)+!$';

type Asker = ReturnType<typeof createAsker>;

/** Every one of the requests is answered, and no answer shows the inside of the program. */
const answersAll = (asker: Asker, path: string, queryNames: readonly string[], count: number) =>
  fc.assert(
    fc.asyncProperty(requestsFor(path, queryNames), async (asked) => {
      expect(complaintAbout(await asker.ask(asked))).toBeNull();
    }),
    runs(path, count),
  );

describe('an invented engine, which does all that it is told', () => {
  let api: TestServer;
  let asker: Asker;
  let folder = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'orchestrator-web-'));
    mkdirSync(join(folder, 'web/assets'), { recursive: true });
    writeFileSync(join(folder, 'web/index.html'), '<head></head>');
    writeFileSync(join(folder, 'web/assets/a.js'), '1');
    writeFileSync(join(folder, 'secret'), 'not of the page');
    api = await startTestServer(
      {},
      {
        staticDir: join(folder, 'web'),
        timings: createTimings(() => NOW_MS, { retentionSeconds: 60, queueSamples: 60 }),
        debugVariables: () => ({ cmdline: [] }),
        reloadConfiguration: async () => ({ taken: [], waiting: [] }),
      },
    );
    asker = createAsker(api.server.url);
  });
  afterAll(async () => {
    asker.close();
    await api.server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const isLeader of [true, false]) {
    test(`every route, ${isLeader ? 'leading' : 'not leading'}`, { timeout: SEEDS_TIMEOUT_MS }, async () => {
      for (const route of ROUTES) {
        const { records } = fakeOrchestrator();
        Object.assign(api.orchestrator, { records, isLeader });
        api.clock.nowMs += 1000;
        await answersAll(asker, route.path, namesOfQuery(route), isLeader ? 3 : 1);
      }
      expect((await asker.get('/api/_ping')).status).toBe(200);
    });
  }

  test('what is hardly HTTP is answered or hung up on', async () => {
    for (const lines of [
      ['GET / HTTP/1.1'],
      ['GET http://[ HTTP/1.1', 'Host: x'],
      ['GET //[ HTTP/1.1', 'Host: x'],
      ['GET ? HTTP/1.1', 'Host: x'],
      ['GET http://a:b@c:99999/api/clusters HTTP/1.1', 'Host: x'],
      ['GET /api/clusters HTTP/1.1', 'Host: a/b?c#d@['],
      ['GET /api/clusters HTTP/9.9', 'Host: x'],
      ['OPTIONS * HTTP/1.1', 'Host: x'],
      ['CONNECT a:1 HTTP/1.1', 'Host: x'],
      ['GET /api/live HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket'],
      ['POST /api/clusters HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked', '', 'zz'],
      ['GET /api/clusters HTTP/1.1', 'Host: x', `X: ${'y'.repeat(2_000_000)}`],
      ['\u0016\u0003\u0001 no plain text at all'],
    ]) {
      const answer = await sendBytes(api.server.url, `${lines.join('\r\n')}\r\n\r\n`);
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 400);
      expect(complaintAbout({ status, contentType: '', text: answer }), lines[0]).toBeNull();
    }
    expect((await asker.get('/api/_ping')).status).toBe(200);
  });

  test('a status without a body is answered without a body', async () => {
    api.orchestrator.isLeader = false;
    for (const status of [204, 205, 304]) {
      expect(await asker.get(`/api/leader-check/${status}`)).toMatchObject({ status, text: '' });
    }
  });

  test('the page and its files, of which none lies outside', { timeout: SEEDS_TIMEOUT_MS }, async () => {
    for (const path of WEB_PATHS) await answersAll(asker, path, [], 20);
    for (const way of [
      '/../secret',
      '/..%2fsecret',
      '/assets/..%2f..%2fsecret',
      '/%2e%2e/secret',
      '/..%5csecret',
      '//secret',
    ]) {
      expect((await asker.get(way)).text).not.toContain('not of the page');
    }
  });
});

describe('the whole program over SQLite', () => {
  let scene: FuzzScene;
  let asker: Asker;
  let agentsAsker: Asker;
  beforeAll(async () => {
    scene = await openFuzzScene();
    asker = createAsker(scene.url);
    agentsAsker = createAsker(scene.agentsUrl);
  });
  afterAll(async () => {
    asker.close();
    agentsAsker.close();
    await scene.close();
  });

  test('a statement in any one parameter changes no table and loses no row', {
    timeout: SEEDS_TIMEOUT_MS,
  }, async () => {
    const schema = scene.schema();
    const lost: string[] = [];
    // Rows that hold a statement as a value were put there by a request before, and may go by a later one; a tag is trimmed and ends at its `=`.
    const values = SQL_PAYLOADS.map((payload) => (payload.split('=')[0] ?? '').trim());
    let version = scene.dataVersion();
    let before = scene.countRowsWithout(values);
    for (const payload of isLong ? SQL_PAYLOADS : SQL_PAYLOADS.slice(0, 1)) {
      for (const route of ROUTES) {
        for (const [name, target] of injections(route, payload)) {
          expect(complaintAbout(await asker.get(target)), target).toBeNull();
          if (scene.dataVersion() === version) continue;
          version = scene.dataVersion();
          const after = scene.countRowsWithout(values);
          for (const [table, count] of before) {
            if ((after.get(table) ?? -1) < count) lost.push(`${route.path} with ${payload} as ${name}: ${table}`);
          }
          before = after;
        }
      }
    }
    expect(lost).toEqual([]);
    expect(scene.schema()).toEqual(schema);
  });

  test('statements arrive as values', async () => {
    for (const [index, payload] of SQL_PAYLOADS.entries()) {
      const value = encoded(payload);
      const pool = encoded(`${payload}${index}`);
      for (const target of [
        `/api/begin-downtime/127.0.0.1/2/${value}/${value}/30s`,
        `/api/tag/127.0.0.1/2/word/${value}`,
        `/api/submit-pool-instances/${pool}?instances=127.0.0.1:2`,
        `/api/set-cluster-alias/127.0.0.1:1?alias=${value}`,
      ]) {
        const answer = await asker.get(target);
        expect(answer.status, `${target}: ${answer.text}`).toBe(200);
      }
      // This one will stand in a statement of a server.
      const virtualName = await asker.get(`/api/register-hostname-unresolve/127.0.0.1/2/${value}`);
      if (/[\s,]/.test(payload.trim())) expect(virtualName.text).toContain('is no host name');
      else expect(virtualName.status, virtualName.text).toBe(200);
      await agentsAsker.get(`/api/host-attribute/host${index}/word/${value}`);
      expect(scene.sql('select owner, reason from database_instance_downtime where port = 2')).toEqual([
        { owner: payload, reason: payload },
      ]);
      const tags = scene.sql('select tag_name, tag_value from database_instance_tags where port = 2');
      expect(tags).toContainEqual({ tag_name: 'word', tag_value: payload });
      expect(scene.sql('select distinct pool from database_instance_pool')).toContainEqual({
        pool: `${payload}${index}`,
      });
      expect(scene.sql("select alias from cluster_alias_override where cluster_name = '127.0.0.1:1'")).toEqual([
        { alias: payload.trim() },
      ]);
      const attributes = scene.sql(`select attribute_value from host_attributes where hostname = 'host${index}'`);
      expect(attributes).toEqual([{ attribute_value: payload }]);
    }
  });

  test('expressions that never end are refused, and all goes on', async () => {
    await agentsAsker.get(`/api/host-attribute/h/long/${'a'.repeat(60)}`);
    const commandOf = (...argv: readonly string[]) => encoded(JSON.stringify([...argv, '-pattern', BOMB]));
    for (const [asks, target] of [
      [agentsAsker, `/api/host-attribute/attr/long?valueMatch=${encoded(BOMB)}`],
      [asker, `/api/relocate-replicas/127.0.0.1/1/127.0.0.1/2?pattern=${encoded(BOMB)}`],
      [asker, `/api/command?argv=${commandOf('-c', 'find')}`],
      [
        asker,
        `/api/command-action?argv=${commandOf('-c', 'relocate-replicas', '-i', '127.0.0.1:1', '-d', '127.0.0.1:2')}`,
      ],
    ] as const) {
      expect((await asks.get(target)).text, target).toContain('takes too long to match');
    }
  });

  test('names that objects have already, and 100 kB, in any one parameter', { timeout: SEEDS_TIMEOUT_MS }, async () => {
    const texts = isLong ? [...NAMES_OF_OBJECTS, LONG_TEXT] : ['constructor', LONG_TEXT];
    for (const text of texts) {
      const names = new Set<string>();
      for (const [name, target] of ROUTES.flatMap((route) => injections(route, text))) {
        if (text === LONG_TEXT && names.has(name) && !isLong) continue;
        names.add(name);
        const answer = await asker.get(target);
        expect(complaintAbout(answer), `${name} of ${target.slice(0, 200)}`).toBeNull();
        expect(answer.status, target.slice(0, 200)).not.toBe(431);
      }
    }
  });

  test('every route, and the data of the program are as they were', { timeout: SEEDS_TIMEOUT_MS }, async () => {
    const schema = scene.schema();
    for (const route of ROUTES) await answersAll(asker, route.path, namesOfQuery(route), 3);
    expect(scene.schema()).toEqual(schema);
    expect(scene.sql('select word from fuzz_sentinel')).toEqual([{ word: 'untouched' }]);
    expect((await asker.get('/api/_ping')).status).toBe(200);
  });

  test('what agents may ask for', { timeout: SEEDS_TIMEOUT_MS }, async () => {
    const schema = scene.schema();
    for (const path of AGENT_PATHS) await answersAll(agentsAsker, path, ['valueMatch', 'format'], 20);
    expect(scene.schema()).toEqual(schema);
    expect((await agentsAsker.get('/api/agent-ping')).text).toBe('"OK"');
  });

  test('none of it was a mistake of the program', () => {
    const mistakes = scene.complaints.filter(
      (line) => complaintAbout({ status: 500, contentType: '', text: line }) !== null,
    );
    expect(mistakes).toEqual([]);
  });
});
