import { afterAll, beforeAll, expect, test } from 'vitest';
import { routesWithStatus } from '../../src/http/routes/index.ts';
import { startTestServer, type TestServer } from './support/http-server.ts';
import { forbidWrites } from './support/only-reading.ts';
import { requestFor } from './support/requests.ts';

/** Link checkers, previews and load balancers send HEAD to whatever they find. */
let api: TestServer;
let writes: readonly string[];
beforeAll(async () => {
  api = await startTestServer();
  writes = forbidWrites(api.orchestrator);
});
afterAll(() => api.server.close());

test('HEAD of what changes something is 405, and changes nothing', async () => {
  const mutating = routesWithStatus().filter(({ mutates }) => mutates);
  for (const { path } of mutating) {
    const { status, headers, text } = await api.get(requestFor(path), { method: 'HEAD' });
    expect([status, headers.get('allow'), text], path).toEqual([405, 'GET', '']);
  }
  expect(mutating.length).toBeGreaterThan(100);
  expect(writes).toEqual([]);
});

test('HEAD of what is only read is answered like GET', async () => {
  for (const path of ['/api/clusters', '/api/lb-check', '/api/v2/clusters']) {
    const head = await api.get(path, { method: 'HEAD' });
    expect([head.status, head.text, head.contentType], path).toEqual([200, '', 'application/json; charset=UTF-8']);
  }
});
