import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OrchestratorError } from '../../src/model/error.ts';
import { startTestServer, type TestServer } from './support/http-server.ts';

/** Answers whose details differed from the facts about the existing program, each found by a row-by-row comparison. */
let api: TestServer;
beforeAll(async () => {
  api = await startTestServer();
});
afterAll(() => api.server.close());

/** Sends bytes, and gives all that comes back until the connection is closed. */
async function exchange(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')));
  socket.write(request);
  return text(socket);
}

const body = async (path: string) => (await api.get(path)).body;

describe('answers in their details', () => {
  test('no cluster of that name has no problems and no failures: that is no error', async () => {
    expect(await body('/api/problems/nosuch')).toBeNull();
    const analyses = await body('/api/replication-analysis/nosuch');
    expect(analyses).toEqual({ Code: 'OK', Message: 'Analysis', Details: [] });
    expect((await api.get('/api/cluster/nosuch')).status).toBe(500);
  });

  test('masters submitted to key-value stores are counted by their entries', async () => {
    const { Message, Details } = await body('/api/submit-masters-to-kv-stores');
    expect([Message, Details.length]).toEqual(['Submitted 5 masters', 5]);
  });

  test('a server that filters leave out is no error of discover; another reason not to show it is', async () => {
    const { discover } = api.orchestrator;
    const refuse = (code: string) => async () => {
      throw new OrchestratorError(code, 'db9:3306 matches DiscoveryIgnoreHostnameFilters; it is not discovered');
    };
    try {
      api.orchestrator.discover = refuse('discovery-filtered');
      expect(await body('/api/discover/db9/3306')).toEqual({
        Code: 'OK',
        Message: 'No instances discovered: db9:3306 matches DiscoveryIgnoreHostnameFilters; it is not discovered',
        Details: null,
      });
      api.orchestrator.discover = refuse('discovery-ignored');
      expect((await api.get('/api/discover/db9/3306')).status).toBe(500);
    } finally {
      api.orchestrator.discover = discover;
    }
  });

  test('a virtual name that is none is refused, by a dry run too: it would stand in CHANGE MASTER', async () => {
    for (const name of ['%20', 'a%2Cb', 'a%20b'])
      for (const query of ['', '?dryRun=true']) {
        const answer = await body(`/api/register-hostname-unresolve/10.0.0.1/11/${name}${query}`);
        expect(answer, name).toMatchObject({ Code: 'ERROR', Message: expect.stringContaining('no host name') });
      }
    const { Message } = await body('/api/register-hostname-unresolve/10.0.0.1/11/vip.example.com');
    expect(Message).toBe('Registered virtual name vip.example.com for 10.0.0.1:11');
  });

  test('with RaftEnabled nobody grabs the election', async () => {
    const raft = { bind: '10.0.0.5:10008', advertise: 'node1:10008', leaderUri: 'http://node1:3000' };
    const alone = await startTestServer({ raft });
    try {
      for (const path of ['/api/grab-election', '/api/grab-election?dryRun=true'])
        expect((await alone.get(path)).body).toMatchObject({ Code: 'ERROR', Details: null });
      expect((await alone.get('/api/reelect')).body.Code).toBe('OK');
    } finally {
      await alone.server.close();
    }
  });

  test('load balancers check by HTTP/1.0, without naming a host', async () => {
    for (const request of ['GET /api/leader-check', 'HEAD /api/lb-check', 'OPTIONS /api/leader-check']) {
      const answer = await exchange(api.server.url, `${request} HTTP/1.0\r\n\r\n`);
      expect(answer.split('\r\n')[0], request).toBe(`HTTP/1.1 ${request.startsWith('O') ? '404 Not Found' : '200 OK'}`);
    }
    const modern = await exchange(api.server.url, 'GET /api/lb-check HTTP/1.1\r\nConnection: close\r\n\r\n');
    expect(modern.split('\r\n')[0]).toBe('HTTP/1.1 400 Bad Request');
  });

  test('a connection at rest is kept longer than proxies keep theirs', async () => {
    const { headers } = await api.get('/api/lb-check');
    expect(Number(/timeout=(\d+)/.exec(headers.get('keep-alive') ?? '')?.[1])).toBeGreaterThan(90);
  });
});
