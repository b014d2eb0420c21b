import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PROBLEM_TYPES, ProblemV2 } from '../../src/http/contract/v2/problem.ts';
import { OrchestratorError } from '../../src/model/error.ts';
import { fakeOrchestrator } from './support/fake-orchestrator.ts';
import { startTestServer, type TestServer } from './support/http-server.ts';
import { V2_ASKS } from './support/v2-asks.ts';
import { askV2 } from './support/v2-request.ts';

let api: TestServer;
beforeAll(async () => {
  api = await startTestServer();
});
beforeEach(() => {
  const { records, analyse, outcome } = fakeOrchestrator();
  Object.assign(api.orchestrator, {
    records,
    analyse,
    outcome,
    refusal: null,
    failure: null,
    stubborn: [],
    healthError: null,
  });
  api.orchestrator.calls.length = 0;
});
afterAll(() => api.server.close());

/** A problem as it stands on the wire. */
async function problemOf(
  path: string,
  init?: RequestInit,
  of = api,
): Promise<ProblemV2 & { readonly headers: Headers }> {
  const answer = await of.get(path, init);
  expect(answer.contentType, answer.text).toBe('application/problem+json');
  const problem = ProblemV2.parse(JSON.parse(answer.text));
  expect(problem.status).toBe(answer.status);
  expect(problem.instance).toBe(path.split('?')[0]);
  return { ...problem, headers: answer.headers };
}
const post = (
  body: unknown,
  headers: Record<string, string> = { 'Content-Type': 'application/json' },
): RequestInit => ({
  method: 'POST',
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

describe('problems', () => {
  test('what is not there: 404, with a code for what it is', async () => {
    for (const [path, code] of [
      ['/api/v2/nothing', 'no-such-path'],
      ['/api/v2', 'no-such-path'],
      ['/api/v2/clusters/none', 'unknown-cluster'],
      // Part of a name is a hint to the old routes; here it is nothing.
      ['/api/v2/clusters/sho', 'unknown-cluster'],
      ['/api/v2/instances/10.0.0.1/99', 'unknown-instance'],
      ['/api/v2/instances/10.0.0/11', 'unknown-instance'],
      ['/api/v2/recoveries/none', 'unknown-recovery'],
      ['/api/v2/problems/none', 'unknown-problem-type'],
    ] as const) {
      expect(await problemOf(path), path).toMatchObject({ status: 404, code, type: '/api/v2/problems/not-found' });
    }
    expect(await problemOf('/api/v2/nothing', post({}))).toMatchObject({ status: 404 });
  });

  test('the type of each leads to its description', async () => {
    const { type } = await problemOf('/api/v2/clusters/none');
    expect((await api.get(type)).body).toEqual({ slug: 'not-found', ...PROBLEM_TYPES['not-found'] });
    const all = (await api.get('/api/v2/problems')).body.items as { slug: string; status: number }[];
    expect(all.map(({ slug }) => slug)).toEqual(Object.keys(PROBLEM_TYPES));
  });

  test('bad input: 400, naming every field that is wrong', async () => {
    const { errors, detail } = await problemOf(
      '/api/v2/operations',
      post({ kind: 'nonsense', instance: { hostname: '', port: 'x' }, extra: 1 }),
    );
    const fields = errors?.map(({ field }) => field) ?? [];
    expect(fields).toEqual(
      expect.arrayContaining(['body.kind', 'body.instance.hostname', 'body.instance.port', 'body']),
    );
    expect(detail).toContain('body.kind: ');
    expect(await problemOf('/api/v2/instances/10.0.0.1/0')).toMatchObject({ errors: [{ field: 'path.port' }] });
    expect(await problemOf('/api/v2/clusters?limit=1001')).toMatchObject({ errors: [{ field: 'query.limit' }] });
    expect(await problemOf('/api/v2/clusters?unknown=1')).toMatchObject({ status: 400 });
    expect(await problemOf('/api/v2/recovery-switch?dryRun=false&dryRun=true', { method: 'PUT' })).toMatchObject({
      errors: [{ field: 'query.dryRun' }],
    });
    expect(await problemOf('/api/v2/clusters?pageToken=x')).toMatchObject({ code: 'bad-page-token' });
    expect(await problemOf('/api/v2/instances?match=(')).toMatchObject({ code: 'bad-pattern', status: 400 });
    expect(await problemOf('/api/v2/audit?instance=a%20b')).toMatchObject({ code: 'bad-instance-key', status: 400 });
  });

  test('what a kind of operation needs, and what it would ignore', async () => {
    const instance = { hostname: '10.0.0.1', port: 13 };
    for (const [body, field] of [
      [{ kind: 'relocate', instance }, 'body.destination'],
      [{ kind: 'stop-replica', instance, destination: instance }, 'body.destination'],
      [{ kind: 'delay-replication', instance }, 'body.delaySeconds'],
      [{ kind: 'kill-query', instance, delaySeconds: 3, processId: 7 }, 'body.delaySeconds'],
      [{ kind: 'relocate', instance, destination: instance, pattern: 'x' }, 'body.pattern'],
      [{ kind: 'flush-binary-logs', instance, isForced: true }, 'body.isForced'],
    ] as const) {
      expect(await problemOf('/api/v2/operations', post(body)), field).toMatchObject({
        status: 400,
        errors: [{ field }],
      });
    }
    expect(api.orchestrator.calls).toEqual([]);
  });

  test('bodies: JSON that says so, of a bounded length', async () => {
    const json = { 'Content-Type': 'application/json' };
    for (const [body, headers, status] of [
      ['{}', { 'Content-Type': 'text/plain' }, 415],
      ['a=b', { 'Content-Type': 'application/x-www-form-urlencoded' }, 415],
      ['{}', { 'Content-Type': 'application/jsonx' }, 415],
      ['{', json, 400],
      ['', json, 400],
      ['\u00ff', json, 400],
      ['[]', json, 400],
      ['null', json, 400],
      [`"${'x'.repeat(70_000)}"`, json, 413],
    ] as const) {
      expect(
        (await problemOf('/api/v2/instances', post(body, headers))).status,
        `${headers['Content-Type']} ${body.slice(0, 9)}`,
      ).toBe(status);
    }
    expect(api.orchestrator.calls).toEqual([]);
  });

  test('by another method: 405 and which there are', async () => {
    const wrong = await problemOf('/api/v2/clusters', { method: 'DELETE' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const { headers } = await problemOf('/api/v2/instances/10.0.0.1/11', { method: 'PATCH' });
    expect(headers.get('allow')).toBe('GET, HEAD, DELETE');
    const options = await api.get('/api/v2/instances', { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, POST']);
    expect((await api.get('/api/v2/clusters', { method: 'HEAD' })).status).toBe(200);
  });

  test('a plan that was refused: 409 with each way and the rule that refused it', async () => {
    const objection = { subject: 'gtid', rule: 'no-gtid', explanation: '10.0.0.1:13 uses no GTID' };
    api.orchestrator.refusal = {
      kind: 'refusal',
      purpose: 'relocate',
      clusterName: 'x',
      reason: 'no way is safe',
      objections: [objection],
    };
    for (const query of ['', '?dryRun=true']) {
      const problem = await problemOf(`/api/v2/operations${query}`, post(V2_ASKS.runOperation.body));
      expect(problem).toMatchObject({
        status: 409,
        code: 'plan-refused',
        detail: 'no way is safe',
        refusals: [objection],
      });
    }
  });

  test('begun and failed: 500 with what happened; none moved: the servers and why', async () => {
    api.orchestrator.failure = 'step 3 failed on 10.0.0.1:13; all is as it was';
    expect(await problemOf('/api/v2/operations', post(V2_ASKS.runOperation.body))).toMatchObject({
      status: 500,
      type: '/api/v2/problems/operation-failed',
      detail: api.orchestrator.failure,
    });
    api.orchestrator.failure = null;
    const instance = { hostname: '10.0.0.1', port: 12 };
    const stubborn = { hostname: '10.0.0.1', port: 13 };
    api.orchestrator.stubborn = [stubborn];
    const body = { kind: 'relocate-replicas', instance, destination: { hostname: '10.0.0.1', port: 11 } };
    expect(await problemOf('/api/v2/operations', post(body))).toMatchObject({
      code: 'nothing-moved',
      troubles: [{ server: stubborn, reason: 'it will not' }],
    });
  });

  test('recoveries that were not begun, refused, failed', async () => {
    const ask = post(V2_ASKS.recover.body);
    api.orchestrator.outcome = { kind: 'not-attempted', reason: 'it is well', refusal: null };
    expect(await problemOf('/api/v2/recoveries', ask)).toMatchObject({ status: 409, code: 'recovery-not-attempted' });
    api.orchestrator.outcome = { kind: 'failed', uid: 'u-1', reason: 'nobody can be promoted' };
    expect(await problemOf('/api/v2/recoveries', ask)).toMatchObject({ status: 500, recoveryUid: 'u-1' });
    const replica = post({ instance: { hostname: '10.0.0.1', port: 11 } });
    expect(await problemOf('/api/v2/recoveries?dryRun=true', replica)).toMatchObject({
      status: 409,
      refusals: [{ rule: 'primary-only' }],
    });
  });

  test('a server in maintenance already is held: 409', async () => {
    await askV2(api, 'beginMaintenance');
    const second = await askV2(api, 'beginMaintenance');
    expect([second.status, second.body.code]).toEqual([409, 'locked']);
    expect(second.body.detail).toContain('by ann: because');
  });

  test('errors of the engine by their codes; what nobody foresaw stays inside', async () => {
    const codes = new Map([
      ['server-unreachable', 502],
      ['store-unreachable', 503],
      ['no-single-primary', 409],
      ['unknown-cluster', 404],
      ['store-value-too-long', 400],
      ['something-new', 500],
    ]);
    for (const [code, status] of codes) {
      api.orchestrator.analyse = async () => {
        throw new OrchestratorError(code, 'its own words');
      };
      const problem = await problemOf('/api/v2/analysis');
      expect(problem.status, code).toBe(status);
      expect([problem.code, problem.detail]).toEqual(
        status === 500 ? ['internal-error', 'the program made a mistake; its log tells more'] : [code, 'its own words'],
      );
    }
    api.orchestrator.analyse = async () => {
      throw new TypeError('x is not a function');
    };
    expect((await problemOf('/api/v2/analysis')).detail).not.toContain('function');
    api.orchestrator.healthError = 'the disk is full';
    expect(await problemOf('/api/v2/status')).toMatchObject({ status: 503, detail: 'the disk is full' });
  });

  test('below a URL prefix the type lies there, too', async () => {
    const prefixed = await startTestServer({ urlPrefix: '/orc' });
    try {
      const { type } = await problemOf('/orc/api/v2/clusters/none', {}, prefixed);
      expect(type).toBe('/orc/api/v2/problems/not-found');
      expect((await problemOf('/orc/api/v2/x', {}, prefixed)).code).toBe('no-such-path');
      const { headers } = await prefixed.get('/orc/api/v2/instances', post({ hostname: '10.0.0.1', port: 11 }));
      expect(headers.get('location')).toBe('/orc/api/v2/instances/10.0.0.1/11');
    } finally {
      await prefixed.server.close();
    }
  });
});

describe('who asks for a change', () => {
  const CROSS: readonly Record<string, string>[] = [
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
  ];
  test('not a page of another origin, neither on the old routes nor on the new', async () => {
    for (const headers of CROSS) {
      const old = await api.get('/api/forget/10.0.0.1/13', { headers });
      expect([old.status, old.body.Code]).toEqual([500, 'ERROR']);
      expect(old.body.Message).toMatch(/another site.*X-Forwarded-Host/);
      const modern = await askV2(api, 'forgetInstance', V2_ASKS.forgetInstance, { headers });
      expect([modern.status, modern.body.code]).toEqual([403, 'cross-site']);
      expect((await api.get('/api/v2/clusters', { headers })).status).toBe(200);
    }
    expect(api.orchestrator.calls).toEqual([]);
  });

  test('the own page, an address typed in, and programs', async () => {
    const { origin } = new URL(api.server.url);
    for (const headers of [
      {},
      { Origin: origin },
      { 'Sec-Fetch-Site': 'same-origin', Origin: origin },
      { 'Sec-Fetch-Site': 'none' },
      { Origin: 'https://orc.example.com', 'X-Forwarded-Host': 'orc.example.com' },
      { Origin: 'http://orc.example.com', 'X-Forwarded-Host': 'Orc.example.com, inner' },
    ] as Record<string, string>[]) {
      expect((await askV2(api, 'endDowntime', V2_ASKS.endDowntime, { headers })).status).toBe(204);
      expect((await api.get('/api/end-downtime/10.0.0.1/11', { headers })).status).toBe(200);
    }
  });
});
