import { afterEach, describe, expect, test } from 'vitest';
import type { HttpServerSettings } from '../../src/http/server.ts';
import { Secret } from '../../src/model/secret.ts';
import { startTestServer, type TestServer } from './support/http-server.ts';

let api: TestServer;
afterEach(async () => {
  await api.server.close();
});

const login = (user: string, password: string) => ({
  headers: { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
});
const READ = '/api/clusters';
const WRITE = '/api/end-downtime/10.0.0.1/11';
const UNAUTHORIZED = { Code: 'ERROR', Message: 'Unauthorized', Details: null };

async function start(settings: Partial<HttpServerSettings>, isValidAccessToken = async (_: string) => false) {
  api = await startTestServer(
    { httpAuthUser: 'admin', httpAuthPassword: new Secret('s3cret'), ...settings },
    { isValidAccessToken },
  );
}
/** Status of reading, and whether changing is allowed. */
async function may(init?: RequestInit): Promise<readonly [number, boolean]> {
  const read = await api.get(READ, init);
  const write = await api.get(WRITE, init);
  if (write.status === 500) expect(write.body).toEqual(UNAUTHORIZED);
  return [read.status, write.status === 200];
}

describe('authentication', () => {
  test('none: everybody may do everything', async () => {
    await start({ authenticationMethod: 'none' });
    expect(await may()).toEqual([200, true]);
  });

  test('basic: only with user and password, on every path', async () => {
    await start({ authenticationMethod: 'basic' });
    expect(await may()).toEqual([401, false]);
    expect(await may(login('admin', 'wrong'))).toEqual([401, false]);
    expect(await may(login('other', 's3cret'))).toEqual([401, false]);
    expect(await may(login('readonly', ''))).toEqual([401, false]);
    expect(await may(login('admin', 's3cret'))).toEqual([200, true]);
    const refused = await api.get('/api/lb-check');
    expect(refused.status).toBe(401);
    expect(refused.text).toBe('Not Authorized\n');
    expect(refused.headers.get('www-authenticate')).toBe('Basic realm="Authorization Required"');
    expect((await api.get('/', {})).status).toBe(401);
  });

  test('basic without HTTPAuthUser runs without a login', async () => {
    await start({ authenticationMethod: 'basic', httpAuthUser: '' });
    expect(await may()).toEqual([200, true]);
  });

  test('multi: readonly may look with any password, admin may act', async () => {
    await start({ authenticationMethod: 'multi' });
    expect(await may()).toEqual([401, false]);
    expect(await may(login('readonly', 'anything'))).toEqual([200, false]);
    expect(await may(login('admin', 's3cret'))).toEqual([200, true]);
    expect(await may(login('admin', 'x'))).toEqual([401, false]);
  });

  test('multi with HTTPAuthReadonlyPassword: readonly may look with that one only', async () => {
    await start({ authenticationMethod: 'multi', httpAuthReadonlyPassword: new Secret('look') });
    expect(await may(login('readonly', 'anything'))).toEqual([401, false]);
    expect(await may(login('readonly', ''))).toEqual([401, false]);
    expect(await may(login('readonly', 's3cret'))).toEqual([401, false]);
    expect(await may(login('readonly', 'look'))).toEqual([200, false]);
    expect(await may(login('admin', 'look'))).toEqual([401, false]);
    expect(await may(login('admin', 's3cret'))).toEqual([200, true]);
  });

  test('proxy: power users act, others look', async () => {
    await start({ authenticationMethod: 'proxy', powerAuthUsers: ['ann'], powerAuthGroups: [] });
    const as = (user: string) => ({ headers: { 'X-Forwarded-User': user } });
    expect(await may()).toEqual([200, false]);
    expect(await may(as('bob'))).toEqual([200, false]);
    expect(await may(as('ann'))).toEqual([200, true]);
    expect((await api.get('/api/web-settings', as('bob'))).body).toMatchObject({
      userId: 'bob',
      isAuthorizedForAction: false,
    });
  });

  test('proxy: who is in a power group acts, also when it is the primary group', async () => {
    await start({ authenticationMethod: 'proxy', powerAuthUsers: [], powerAuthGroups: ['root'] });
    const as = (user: string) => ({ headers: { 'X-Forwarded-User': user } });
    expect(await may(as('root'))).toEqual([200, true]);
    expect(await may(as('nobody'))).toEqual([200, false]);
  });

  test('proxy with * lets everybody act; acknowledgements carry the user', async () => {
    await start({ authenticationMethod: 'proxy' });
    await api.get('/api/ack-all-recoveries?comment=x', { headers: { 'X-Forwarded-User': 'eve' } });
    expect(api.orchestrator.calls).toEqual(['acknowledge {} by eve: x']);
  });

  test('token: a valid cookie may act', async () => {
    await start({ authenticationMethod: 'token' }, async (token) => token === 'public:secret');
    expect(await may()).toEqual([200, false]);
    expect(await may({ headers: { Cookie: 'a=b; access-token=public%3Asecret' } })).toEqual([200, true]);
    expect(await may({ headers: { Cookie: 'access-token=public:wrong' } })).toEqual([200, false]);
  });

  test('oauth: nobody may act', async () => {
    await start({ authenticationMethod: 'oauth' });
    expect(await may()).toEqual([200, false]);
  });

  test('read-only: nobody may act, whoever they are', async () => {
    await start({ authenticationMethod: 'basic', readOnly: true });
    expect(await may(login('admin', 's3cret'))).toEqual([200, false]);
  });
});

describe('prefixes', () => {
  test('everything stands below the URL prefix, the configured status endpoint does not', async () => {
    await start({ urlPrefix: '/orc', statusEndpoint: '/check/me' });
    expect(api.server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/orc$/);
    expect((await api.get('/orc/api/clusters')).status).toBe(200);
    expect((await api.get('/api/clusters')).status).toBe(404);
    expect((await api.get('/check/me')).body.Code).toBe('OK');
    expect((await api.get('/orc/api/status')).status).toBe(404);
    expect((await api.get('/orc/web/clusters')).contentType).toBe('text/html; charset=utf-8');
    expect((await api.get('/orcx/web')).status).toBe(404);
  });

  test('messages carry the identity that is configured', async () => {
    await start({ messagePrefix: 'Orchestrator node1 says: ' });
    expect((await api.get('/api/check-global-recoveries')).body.Message).toBe(
      'Orchestrator node1 says: Global recoveries enabled',
    );
    expect((await api.get('/api/ack-all-recoveries')).body.Message).toBe(
      'Orchestrator node1 says: No acknowledge comment given',
    );
  });
});
