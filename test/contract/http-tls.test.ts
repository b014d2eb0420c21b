import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { HttpServerSettings } from '../../src/http/server.ts';
import { startTestServer, type TestServer } from './support/http-server.ts';

/** Keys and certificates made for these tests, of no use elsewhere; one authority signed all of them. */
const folder = join(import.meta.dirname, 'support', 'tls');
const pem = (name: string): Buffer => readFileSync(join(folder, name));
const TLS: Partial<HttpServerSettings> = {
  useSsl: true,
  sslPrivateKeyFile: join(folder, 'server.key'),
  sslCertFile: join(folder, 'server.pem'),
  sslCaFile: join(folder, 'ca.pem'),
};

let api: TestServer;
afterEach(async () => {
  await api.server.close();
});

/** Status and body of a request, with the certificate of a client or without. */
function get(
  path: string,
  client: 'dba' | 'other' | null,
): Promise<{ readonly status: number; readonly body: string }> {
  const login = client === null ? {} : { key: pem(`${client}.key`), cert: pem(`${client}.pem`) };
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, api.server.url), { ca: pem('ca.pem'), agent: false, ...login }, (response) => {
      let body = '';
      response.on('data', (part: Buffer) => {
        body += part.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('TLS', () => {
  test('serves with the configured certificate', async () => {
    api = await startTestServer(TLS);
    expect(api.server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(await get('/api/lb-check', null)).toEqual({ status: 200, body: '"OK"' });
  });

  test('mutual: only certificates of the units named, except for the status check', async () => {
    api = await startTestServer({ ...TLS, useMutualTls: true, sslValidOus: ['dba'] });
    expect((await get('/api/clusters', null)).status).toBe(401);
    expect((await get('/api/clusters', null)).body).toBe('a client certificate is required\n');
    expect((await get('/api/clusters', 'other')).body).toContain('SSLValidOUs');
    expect((await get('/api/clusters', 'dba')).status).toBe(200);
    expect((await get('/', null)).status).toBe(401);
    expect((await get('/api/status', null)).status).toBe(200);
    expect((await get('/api/status/', null)).status).toBe(200);
  });

  test('StatusOUVerify asks for one there too', async () => {
    api = await startTestServer({ ...TLS, useMutualTls: true, sslValidOus: ['dba'], statusOuVerify: true });
    expect((await get('/api/status', null)).status).toBe(401);
    expect((await get('/api/status', 'dba')).status).toBe(200);
  });

  test('StatusOUVerify asks for one there also where the rest needs none', async () => {
    api = await startTestServer({ ...TLS, sslValidOus: ['dba'], statusOuVerify: true });
    expect((await get('/api/clusters', null)).status).toBe(200);
    expect((await get('/api/status', null)).status).toBe(401);
    expect((await get('/api/st%61tus', null)).status).not.toBe(200);
    expect((await get('/api/status', 'other')).status).toBe(401);
    expect((await get('/api/status', 'dba')).status).toBe(200);
  });

  test('the status check is exempt below a prefix and at a path of its own, and nothing else is', async () => {
    const mutual = { ...TLS, useMutualTls: true, sslValidOus: ['dba'], urlPrefix: '/orc' };
    api = await startTestServer(mutual);
    expect((await get('/orc/api/status', null)).status).toBe(200);
    expect((await get('/api/status', null)).status).not.toBe(200);
    expect((await get('/orc/api/health', null)).status).toBe(401);
    await api.server.close();
    api = await startTestServer({ ...mutual, statusEndpoint: '/status' });
    expect((await get('/status', null)).status).toBe(200);
    expect((await get('/orc/status', null)).status).not.toBe(200);
  });
});
