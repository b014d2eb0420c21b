import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ProblemV2 } from '../../src/http/contract/v2/problem.ts';
import { Secret } from '../../src/model/secret.ts';
import { inventFleet } from './support/fake-orchestrator.ts';
import { startTestServer, type TestServer } from './support/http-server.ts';
import { forbidWrites } from './support/only-reading.ts';
import { V2_ASKS } from './support/v2-asks.ts';
import { askV2, contractOf, V2_NAMES } from './support/v2-request.ts';

const CHANGING = V2_NAMES.filter((name) => contractOf(name).preview !== null);

describe('every route of /api/v2', () => {
  let api: TestServer;
  beforeAll(async () => {
    api = await startTestServer();
  });
  afterAll(() => api.server.close());

  for (const name of V2_NAMES) {
    test(`${name} answers as its contract says, and with nothing that it does not name`, async () => {
      api.orchestrator.records = inventFleet();
      const { status, response } = contractOf(name);
      const answer = await askV2(api, name);
      expect(answer.status, answer.text).toBe(status);
      if (status === 204) expect([answer.text, answer.contentType]).toEqual(['', '']);
      else expect(answer.contentType).toBe('application/json; charset=UTF-8');
      expect(response.parse(answer.body)).toEqual(answer.body);
    });
  }
});

describe('a dry run', () => {
  let api: TestServer;
  let writes: readonly string[];
  beforeAll(async () => {
    api = await startTestServer();
    writes = forbidWrites(api.orchestrator);
  });
  afterAll(() => api.server.close());

  for (const name of CHANGING) {
    test(`of ${name} says what would be done, and changes nothing`, async () => {
      const ask = V2_ASKS[name];
      const answer = await askV2(api, name, { ...ask, query: { ...ask.query, dryRun: 'true' } });
      expect(answer.status, answer.text).toBe(200);
      expect(contractOf(name).preview?.parse(answer.body)).toEqual(answer.body);
      expect(answer.body.would).toMatch(/nothing was changed$/);
      expect(writes).toEqual([]);
    });
  }

  test('misspelt, or put into the body, it is refused instead of done', async () => {
    const ask = V2_ASKS.runOperation;
    for (const query of [{ dryrun: 'true' }, { dryRun: 'yes' }, { 'dry-run': 'true' }] as Record<string, string>[]) {
      const answer = await askV2(api, 'runOperation', { ...ask, query });
      expect([answer.status, answer.body.code], answer.text).toEqual([400, 'bad-input']);
    }
    const inBody = await askV2(api, 'runOperation', { body: { ...(ask.body as object), dryRun: true } });
    expect(inBody.status).toBe(400);
    expect(inBody.body.errors[0].message).toContain('dryRun');
    expect(writes).toEqual([]);
  });

  test('without it each of them does write: the guard would notice', async () => {
    const silent: string[] = [];
    for (const name of CHANGING) {
      const before = writes.length;
      const answer = await askV2(api, name);
      // The guard throws what nobody foresaw; its words stay inside.
      expect([answer.status, ProblemV2.parse(answer.body).code]).toEqual([500, 'internal-error']);
      expect(answer.text).not.toContain('was called');
      if (writes.length === before) silent.push(name);
    }
    expect(silent).toEqual([]);
  });
});

describe('authorization', () => {
  const as = (user: string) => ({
    headers: { Authorization: `Basic ${Buffer.from(`${user}:x`).toString('base64')}` },
  });

  test('a user who may look is refused every change, and nothing is changed', async () => {
    const api = await startTestServer({
      authenticationMethod: 'multi',
      httpAuthUser: 'admin',
      httpAuthPassword: new Secret('x'),
    });
    try {
      for (const name of V2_NAMES) {
        const { preview, status } = contractOf(name);
        const answer = await askV2(api, name, V2_ASKS[name], as('readonly'));
        expect(answer.status, `${name}: ${answer.text}`).toBe(preview === null ? status : 403);
        if (preview !== null) expect(ProblemV2.parse(answer.body).code).toBe('forbidden');
      }
      expect(api.orchestrator.calls).toEqual([]);
      const stranger = await askV2(api, 'listClusters', {});
      expect([stranger.status, stranger.contentType]).toEqual([401, 'application/problem+json']);
      expect(stranger.headers.get('www-authenticate')).toContain('Basic');
      expect(ProblemV2.parse(stranger.body).code).toBe('login-required');
      expect((await askV2(api, 'endDowntime', V2_ASKS.endDowntime, as('admin'))).status).toBe(204);
    } finally {
      await api.server.close();
    }
  });

  test('nobody may change anything on a node that is read-only', async () => {
    const api = await startTestServer({ readOnly: true });
    try {
      for (const name of CHANGING) expect((await askV2(api, name)).status, name).toBe(403);
      expect(api.orchestrator.calls).toEqual([]);
    } finally {
      await api.server.close();
    }
  });
});
