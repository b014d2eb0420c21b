import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routesWithStatus } from '../../src/http/routes/index.ts';
import { createTimings } from '../../src/outlet/timings.ts';
import { isLong, SEEDS_TIMEOUT_MS } from '../simulator/seeds.ts';
import { fakeOrchestrator, NOW_MS } from './support/fake-orchestrator.ts';
import { complaintAbout, createAsker } from './support/fuzz-ask.ts';
import { type FuzzScene, openFuzzScene } from './support/fuzz-scene.ts';
import { type FuzzRequest, injections, requestsFor, requestsForRoute, SQL_PAYLOADS } from './support/fuzz-values.ts';
import { startTestServer, type TestServer } from './support/http-server.ts';

/** Every row of the route table is asked for, whatever it is; a new route is fuzzed by being in the table. */
const ROUTES = routesWithStatus();
const runs = (short: number) => ({
  numRuns: isLong ? short * 100 : short,
  ...(isLong ? {} : { seed: 1 }),
  endOnFailure: true,
});

/** Paths that no row of the table serves. */
const WEB_PATHS = ['/', '/web', '/web/:page', '/web/:page/:clusterHint', '/assets/:file', '/:file', '/:folder/:file', '/api/:word'];
const AGENT_PATHS = [
  '/api/submit-agent/:host/:port/:token',
  '/api/host-attribute/attr/:attr',
  '/api/host-attribute/:host/:attrVame/:attrValue',
  '/api/agents-hosts',
  '/api/agents-instances',
  '/api/agent-ping',
  '/api/:word',
];

type Asker = ReturnType<typeof createAsker>;

/** Every one of the requests is answered, and no answer shows the inside of the program. */
const answersAll = (asker: () => Asker, requests: fc.Arbitrary<FuzzRequest>, count: number) =>
  fc.assert(
    fc.asyncProperty(requests, async (asked) => {
      expect(complaintAbout(await asker().ask(asked))).toBeNull();
    }),
    runs(count),
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
        changedConfiguration: async () => [],
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
        await answersAll(() => asker, requestsForRoute(route), isLeader ? 8 : 2);
      }
      expect((await asker.get('/api/_ping')).status).toBe(200);
    });
  }

  test('the page and its files, of which none lies outside', { timeout: SEEDS_TIMEOUT_MS }, async () => {
    for (const path of WEB_PATHS) await answersAll(() => asker, requestsFor(path, []), 20);
    for (const way of ['/../secret', '/..%2fsecret', '/assets/..%2f..%2fsecret', '/%2e%2e/secret', '/..%5csecret', '//secret']) {
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

  test('a statement in any one parameter changes no table and loses no row', { timeout: SEEDS_TIMEOUT_MS }, async () => {
    const schema = scene.schema();
    const lost: string[] = [];
    for (const payload of isLong ? SQL_PAYLOADS : SQL_PAYLOADS.slice(0, 1)) {
      for (const route of ROUTES) {
        for (const [name, target] of injections(route, payload)) {
          const before = scene.countRows();
          const t = performance.now();
          expect(complaintAbout(await asker.get(target)), target).toBeNull();
          if (performance.now() - t > 100) console.log('slow', Math.round(performance.now() - t), target);
          const after = scene.countRows();
          for (const [table, count] of Object.entries(before)) {
            if ((after[table] ?? -1) < count) lost.push(`${route.path} with ${payload} as ${name}: ${table}`);
          }
        }
      }
    }
    expect(lost).toEqual([]);
    expect(scene.schema()).toEqual(schema);
  });
});
