import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, expectTypeOf, test } from 'vitest';
import { createV2Client, type InstanceV2, V2ClientError } from '../../src/http/v2-client.ts';
import { Secret } from '../../src/model/secret.ts';
import { importsOf } from '../house/scan.ts';
import { CLUSTER } from './support/fake-orchestrator.ts';
import { startTestServer, type TestServer } from './support/http-server.ts';

let api: TestServer;
beforeAll(async () => {
  api = await startTestServer({
    urlPrefix: '/orc',
    authenticationMethod: 'basic',
    httpAuthUser: 'ann',
    httpAuthPassword: new Secret('größer'),
  });
});
afterAll(() => api.server.close());

const login = { user: 'ann', password: 'größer' };
const client = () => createV2Client({ baseUrl: `${api.server.url}/`, login });
const failure = async (promise: Promise<unknown>): Promise<V2ClientError> => {
  const thrown = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof V2ClientError) return thrown;
  throw new Error(`no V2ClientError: ${String(thrown)}`);
};

test('looks, plans and acts; the answers have the types of the contracts', async () => {
  const orc = client();
  const { items } = await orc.listClusters();
  expect(items.map(({ name }) => name)).toEqual([CLUSTER]);
  const found: InstanceV2[] = [];
  for await (const instance of orc.all.listInstances({ query: { limit: 1, match: ':1[123]$' } })) found.push(instance);
  expect(found.map(({ key }) => key.port)).toEqual([11, 12, 13]);

  const params = { host: '10.0.0.1', port: 11 };
  expect((await orc.dryRun.putTag({ params: { ...params, name: 'a/b ü' }, body: { value: 'x' } })).would).toContain(
    'a/b ü=x',
  );
  expect(api.orchestrator.calls).toEqual([]);
  expect((await orc.putTag({ params: { ...params, name: 'a/b ü' }, body: { value: 'x' } })).tags).toMatchObject({
    'a/b ü': 'x',
  });
  expect(await orc.removeTag({ params: { ...params, name: 'a/b ü' } })).toBeNull();
  expect(api.orchestrator.calls).toEqual(['tag 10.0.0.1:11 a/b ü=x', 'untag 10.0.0.1:11 a/b ü']);

  const body = {
    kind: 'relocate',
    instance: { hostname: '10.0.0.1', port: 13 },
    destination: { hostname: '10.0.0.1', port: 11 },
  } as const;
  const { plan } = await orc.dryRun.runOperation({ body });
  expect(plan.steps.map(({ statements }) => statements)).toEqual([['STOP REPLICA IO_THREAD']]);
  expect((await orc.runOperation({ body })).source).toEqual(body.destination);
});

test('a problem is thrown as what it is', async () => {
  const error = await failure(client().getCluster({ params: { cluster: 'none' } }));
  expect(error).toMatchObject({
    status: 404,
    code: 'unknown-cluster',
    problem: { instance: '/orc/api/v2/clusters/none' },
  });
  const stranger = createV2Client({ baseUrl: api.server.url });
  expect(await failure(stranger.getStatus())).toMatchObject({ status: 401, code: 'login-required' });
});

test('what is not from /api/v2 is said to be so', async () => {
  const proxy = createServer((_, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>'));
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const error = await failure(createV2Client({ baseUrl: `http://127.0.0.1:${port}` }).getStatus());
  expect([error.status, error.problem, error.code]).toEqual([200, null, 'api-unexpected']);
  expect(error.message).toContain('check baseUrl');
  await new Promise((resolve) => proxy.close(resolve));
});

test('what cannot be asked does not compile', () => {
  const orc = client();
  const never = (_: () => unknown): void => {};
  // @ts-expect-error: whose?
  never(() => orc.getInstance());
  // @ts-expect-error: a misspelt field
  never(() => orc.takeOver({ params, body: { mode: 'forced', designate: null } }));
  // @ts-expect-error: no such kind of operation
  never(() => orc.runOperation({ body: { kind: 'explode', instance: { hostname: 'x', port: 1 } } }));
  // @ts-expect-error: looking has no dry run
  never(() => orc.dryRun.listClusters);
  // @ts-expect-error: a dry run is asked for by its own name, never by an option that might be misspelt
  never(() => orc.forgetInstance({ params: { host: 'x', port: 1 }, dryRun: true }));
  // @ts-expect-error: no listing
  never(() => orc.all.getStatus);
  expectTypeOf(orc.getRecoverySwitch).returns.resolves.toEqualTypeOf<{ isEnabled: boolean }>();
  expectTypeOf(orc.forgetInstance).returns.resolves.toEqualTypeOf<null>();
  expectTypeOf(orc.getInstance).returns.resolves.toEqualTypeOf<InstanceV2>();
});

test('is light: nothing of the engine, no handler, nothing that only Node.js has', () => {
  const root = new URL('../../', import.meta.url);
  const needed = new Set<string>();
  const packages = new Set<string>();
  const visit = (path: string): void => {
    if (needed.has(path)) return;
    needed.add(path);
    for (const { isRelative, isTypeOnly, specifier, target } of importsOf(
      path,
      readFileSync(new URL(path, root), 'utf8'),
    )) {
      if (isTypeOnly) continue;
      if (isRelative) visit(target);
      else packages.add(specifier);
    }
  };
  visit('src/http/v2-client.ts');
  expect([...packages]).toEqual(['zod']);
  const strangers = [...needed].filter(
    (path) => !/^src\/(model|analysis|plan|http\/contract|http\/v2-client)/.test(path),
  );
  expect(strangers).toEqual([]);
  expect(needed.size).toBeGreaterThan(10);
});
