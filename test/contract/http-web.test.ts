import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from './support/http-server.ts';

let folder: string;
const servers: TestServer[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-web-'));
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.server.close();
  await rm(folder, { recursive: true });
});

async function started(...parameters: Parameters<typeof startTestServer>): Promise<TestServer> {
  const api = await startTestServer(...parameters);
  servers.push(api);
  return api;
}

describe('the page', () => {
  beforeEach(async () => {
    await mkdir(join(folder, 'web', 'assets'), { recursive: true });
    await writeFile(join(folder, 'web', 'index.html'), '<!doctype html><html><head><base href="/" /></head></html>');
    await writeFile(join(folder, 'web', 'assets', 'main-abc.js'), 'export {};');
    await writeFile(join(folder, 'web', 'favicon.svg'), '<svg/>');
    await writeFile(join(folder, 'secret.txt'), 'not for you');
  });

  test('is shown at every historic path, relative to the prefix', async () => {
    const api = await started({ urlPrefix: '/orc' }, { staticDir: join(folder, 'web') });
    for (const path of ['/orc', '/orc/', '/orc/web', '/orc/web/clusters', '/orc/web/cluster/10.0.0.1:1']) {
      const answer = await api.get(path);
      expect(answer.status).toBe(200);
      expect(answer.text).toContain('<base href="/orc/" />');
      expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'");
      expect(answer.headers.get('cache-control')).toBe('no-cache');
    }
  });

  test('files: hashed ones for ever, others by ETag', async () => {
    const api = await started({}, { staticDir: join(folder, 'web') });
    const script = await api.get('/assets/main-abc.js');
    expect(script.contentType).toBe('text/javascript; charset=utf-8');
    expect(script.headers.get('cache-control')).toContain('immutable');
    const icon = await api.get('/favicon.svg');
    expect(icon.contentType).toBe('image/svg+xml');
    expect(
      (await api.get('/favicon.svg', { headers: { 'If-None-Match': icon.headers.get('etag') ?? '' } })).status,
    ).toBe(304);
    expect((await api.get('/assets/none.js')).status).toBe(404);
    expect((await api.get('/assets')).status).toBe(404);
  });

  test('nothing outside its folder is served', async () => {
    const api = await started({}, { staticDir: join(folder, 'web') });
    for (const path of ['/../secret.txt', '/..%2fsecret.txt', '/assets/..%2f..%2fsecret.txt', '/%00', '/%zz']) {
      const status = await rawStatus(api.server.url, path);
      expect(status, path).toBe(404);
    }
  });

  test('not built: it says how to build it', async () => {
    const api = await started({}, { staticDir: join(folder, 'nothing') });
    const answer = await api.get('/');
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('npm run build');
  });
});

/** fetch() would tidy the path up; this sends it as it is. */
function rawStatus(url: string, path: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('listening', () => {
  test('a port in use is named, with the remedy', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await expect(startTestServer({ listenAddress: `127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'listen-failed',
      message: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${port}.*in use.*ListenAddress`)),
    });
    await new Promise((resolve) => other.close(resolve));
  });

  test('an address that is none, that is not ours, or that does not resolve', async () => {
    for (const [listenAddress, words] of [
      ['3000', 'write ListenAddress as ":3000"'],
      [':99999', 'write ListenAddress'],
      ['192.0.2.1:3000', 'no such address'],
      ['nosuch.invalid:3000', 'does not resolve'],
    ] as const) {
      await expect(startTestServer({ listenAddress })).rejects.toMatchObject({
        code: 'listen-failed',
        message: expect.stringContaining(words),
      });
    }
  });

  test('a unix socket', async () => {
    const listenSocket = join(folder, 'orc.sock');
    const api = await started({ listenSocket });
    expect(api.server.url).toBe(`unix:${listenSocket}`);
    const status = await new Promise((resolve, reject) => {
      const sent = request({ socketPath: listenSocket, path: '/api/lb-check' }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('error', reject);
      sent.end();
    });
    expect(status).toBe(200);
    await expect(startTestServer({ listenSocket })).rejects.toMatchObject({
      code: 'listen-failed',
      message: expect.stringMatching(/orc\.sock: the address is in use.*ListenSocket/),
    });
    await expect(startTestServer({ listenSocket: join(folder, 'no', 'orc.sock') })).rejects.toMatchObject({
      code: 'listen-failed',
      message: expect.stringContaining(join(folder, 'no', 'orc.sock')),
    });
  });

  test('a socket file that a killed process left behind is taken over', async () => {
    const listenSocket = join(folder, 'left.sock');
    const killed = spawn(process.execPath, [
      '-e',
      `require('node:net').createServer().listen(${JSON.stringify(listenSocket)}, () => console.log('up'))`,
    ]);
    await once(killed.stdout, 'data');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect((await started({ listenSocket })).server.url).toBe(`unix:${listenSocket}`);
  });

  test('TLS files that cannot be read are named', async () => {
    await expect(startTestServer({ useSsl: true })).rejects.toMatchObject({
      message: expect.stringContaining('SSLPrivateKeyFile'),
    });
    await expect(startTestServer({ useSsl: true, sslPrivateKeyFile: join(folder, 'none.pem') })).rejects.toMatchObject({
      message: expect.stringContaining(join(folder, 'none.pem')),
    });
  });
});

describe('names', () => {
  test('resolve makes sure that somebody listens', async () => {
    const api = await started();
    const port = new URL(api.server.url).port;
    const good = await api.get(`/api/resolve/127.0.0.1/${port}`);
    expect(good.body.Details).toEqual({ Hostname: '127.0.0.1', Port: Number(port) });
    const bad = await api.get('/api/resolve/127.0.0.1/1');
    expect(bad.body.Message).toBe('dial tcp 127.0.0.1:1: connect: connection refused');
  });

  test('the cache is shown and cleared', async () => {
    let entries = [{ hostname: 'a', resolved: 'a.example.com', expiresAtMs: 5 }];
    const api = await started(
      {},
      {
        resolveCache: {
          entries: () => entries,
          clear: async () => {
            entries = [];
          },
        },
      },
    );
    expect((await api.get('/api/hostname-resolve-cache')).body).toEqual({
      Code: 'OK',
      Message: 'Cache retrieved',
      Details: { a: { Object: 'a.example.com', Expiration: 5_000_000 } },
    });
    expect((await api.get('/api/reset-hostname-resolve-cache')).body.Code).toBe('OK');
    expect((await api.get('/api/hostname-resolve-cache')).body.Details).toEqual({});
  });

  test('metrics are passed through', async () => {
    const api = await started(
      {},
      { metrics: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' }) },
    );
    const answer = await api.get('/metrics');
    expect([answer.contentType, answer.text]).toEqual(['text/plain; version=0.0.4', 'up 1\n']);
  });
});
