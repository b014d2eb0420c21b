import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { httpGet } from './http-get.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A server that answers by path: `/to?<address>` redirects there, `/hangs` never answers, others tell path and login. */
async function served(): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '', 'http://localhost');
    if (pathname === '/hangs') return;
    if (pathname === '/to') response.writeHead(302, { Location: decodeURIComponent(search.slice(1)) });
    else response.writeHead(pathname === '/refuses' ? 500 : 200);
    const { authorization }: IncomingHttpHeaders = request.headers;
    response.end(`${pathname} ${authorization ?? 'nobody'} ü`);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const headers = { authorization: 'Basic eA==' };
const textOf = async (url: string): Promise<string> => (await httpGet(url, { headers })).text();

it('gives status and text', async () => {
  const url = await served();
  const answer = await httpGet(`${url}/refuses`, { headers });
  expect([answer.status, await answer.text()]).toEqual([500, '/refuses Basic eA== ü']);
});

it('follows redirects, and tells the login to nobody else', async () => {
  const [url, other] = [await served(), await served()];
  expect(await textOf(`${url}/to?/there`)).toBe('/there Basic eA== ü');
  expect(await textOf(`${url}/to?${encodeURIComponent(`${other}/there`)}`)).toBe('/there nobody ü');
});

it('gives up a circle of redirects', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(302, { Location: '/again' });
    response.end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closers.push(() => server.close());
  await expect(textOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).rejects.toThrow(/redirects/);
});

it('fails with what the connection says, and when it is told to stop', async () => {
  const url = await served();
  await expect(textOf('http://127.0.0.1:1/')).rejects.toThrow(/ECONNREFUSED/);
  await expect(httpGet(`${url}/hangs`, { headers, signal: AbortSignal.timeout(20) })).rejects.toThrow(/abort/i);
});
