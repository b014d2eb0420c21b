import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BOUNDS, inTime, whyUnbounded } from '../../src/http/patience.ts';
import { routesWithStatus } from '../../src/http/routes/index.ts';
import { v2Routes } from '../../src/http/v2/index.ts';
import { createAsker } from './support/fuzz-ask.ts';
import { meaningfulValues } from './support/fuzz-values.ts';
import { startTestServer, type TestServer } from './support/http-server.ts';
import { silentOrchestrator } from './support/silent-orchestrator.ts';

let api: TestServer;
let asker: ReturnType<typeof createAsker>;
beforeAll(async () => {
  api = await startTestServer();
  asker = createAsker(api.server.url);
});
afterAll(async () => {
  asker.close();
  await api.server.close();
});

test('a pool of as many members as a request may name is listed in a moment', async () => {
  const members = 'a,'.repeat(50_000);
  expect((await asker.get(`/api/submit-pool-instances/large?instances=${members}`)).status).toBe(200);
  const { text } = await asker.get('/api/cluster-pool-instances/10.0.0.1:1/large');
  expect(JSON.parse(text).Details.large).toHaveLength(50_000);
});

test('a statement with as many semicolons as a request holds is told at once', async () => {
  const { text } = await asker.get(`/api/restart-replica-statements/10.0.0.1/11?q=select+1${';'.repeat(100_000)}x`);
  expect(JSON.parse(text).Details[2]).toMatch(/^select 1;+x;$/);
  const closed = await asker.get('/api/restart-replica-statements/10.0.0.1/11?q=select+1;;;');
  expect(JSON.parse(closed.text).Details[2]).toBe('select 1;');
});

/** A path of the route in which every parameter is one that it understands. */
const pathOf = (path: string): string =>
  path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(meaningfulValues(name)[0] ?? 'word'));

test('whoever only asks is answered, whatever in the program keeps silent', { timeout: 60_000 }, async () => {
  const silent = await startTestServer(
    { bounds: { ...BOUNDS, answerMs: 100 } },
    {
      orchestrator: silentOrchestrator(),
      metrics: () => new Promise(() => {}),
      runCommand: () => new Promise(() => {}),
    },
  );
  // A stream begins at once, and has no end.
  const bounded = [...routesWithStatus(), ...v2Routes].filter(
    (route) => whyUnbounded(route) === null && route.response.kind !== 'stream',
  );
  expect(bounded.length).toBeGreaterThan(100);
  let late = 0;
  try {
    await Promise.all(
      bounded.map(async ({ path }) => {
        const query = path === '/api/command' ? '?argv=["-c","clusters"]' : '';
        const answer = await fetch(silent.server.url + pathOf(path) + query);
        const text = await answer.text();
        if (!text.includes('has no answer after 100 ms')) return;
        late += 1;
        expect(answer.status, path).toBe(path.startsWith('/api/v2') ? 503 : 500);
      }),
    );
  } finally {
    await silent.server.close();
  }
  expect(late).toBeGreaterThan(50);
});

test('load balancers hear at once who leads, while the backend keeps silent', async () => {
  const silent = await startTestServer(
    { bounds: { ...BOUNDS, answerMs: 100 } },
    { orchestrator: silentOrchestrator() },
  );
  try {
    for (const path of [
      '/api/leader-check',
      '/api/routed-leader-check',
      '/api/lb-check',
      '/health/live',
      '/health/leader',
    ])
      expect((await fetch(silent.server.url + path)).status, path).toBe(200);
  } finally {
    await silent.server.close();
  }
});

test('only what changes something, and searches in logs, may take longer; and each says why', () => {
  const unbounded = [...routesWithStatus(), ...v2Routes].filter((route) => whyUnbounded(route) !== null);
  expect(unbounded.filter(({ mutates }) => !mutates).map(({ path }) => path)).toEqual([
    '/api/last-pseudo-gtid/:host/:port',
    '/api/locate-gtid-errant/:host/:port',
  ]);
});

test('work that fails after its answer was given up harms nobody', async () => {
  let fail = (_: Error): void => undefined;
  const work = new Promise<string>((_, reject) => {
    fail = reject;
  });
  await expect(inTime(work, 1, '/api/x')).rejects.toMatchObject({ code: 'answer-late' });
  fail(new Error('nobody hears it'));
  await new Promise((resolve) => setImmediate(resolve));
});

test('a body that was promised and does not come: told so, and hung up on', async () => {
  const impatient = await startTestServer({ bounds: { ...BOUNDS, receiveMs: 200 } });
  const { hostname, port } = new URL(impatient.server.url);
  try {
    for (const head of [
      'POST /api/v2/instances HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n',
      'GET /api/clusters HTTP/1.1\r\nHos',
    ]) {
      const said = await new Promise<string>((resolve, reject) => {
        const socket = connect(Number(port), hostname, () => socket.write(head));
        let text = '';
        socket.on('data', (part) => {
          text += part.toString();
        });
        socket.on('error', reject);
        socket.on('close', () => resolve(text));
      });
      expect(said, head).toMatch(/^HTTP\/1\.1 408 /);
    }
  } finally {
    await impatient.server.close();
  }
});
