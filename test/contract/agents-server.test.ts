import { expect, test } from 'vitest';
import { createAgentsServer } from '../../src/http/agents-server.ts';
import { fakeAgents } from './support/fake-classification.ts';
import { NO_TLS, SILENT } from './support/http-server.ts';

const PLAIN = { listenAddress: '127.0.0.1:0', ...NO_TLS };

test('agents register, hosts note attributes, and both are listed', async () => {
  const calls: string[] = [];
  const server = await createAgentsServer({ agents: fakeAgents(calls), logger: SILENT }, PLAIN);
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return [response.status, await response.text()];
  };
  try {
    expect(await get('/api/agent-ping')).toEqual([200, '"OK"']);
    expect(await get('/api/submit-agent/h1/3002/token')).toEqual([200, '"h1"']);
    expect(await get('/api/host-attribute/h1/dc/east')).toEqual([200, 'true']);
    expect(await get('/api/agents-hosts')).toEqual([200, '["10.0.0.1"]']);
    expect(await get('/api/agents-instances?format=txt')).toEqual([200, '10.0.0.1:11']);
    const [, attributes] = await get('/api/host-attribute/attr/dc/?valueMatch=%5Ev');
    expect(JSON.parse(String(attributes))).toMatchObject([{ Hostname: '10.0.0.1', AttributeName: 'dc' }]);
    const [status, failure] = await get('/api/submit-agent/h1/nosuch/token');
    expect(status).toBe(200);
    expect(JSON.parse(String(failure))).toMatchObject({ Code: 'ERROR' });
    expect((await get('/api/nosuch'))[0]).toBe(404);
    expect(calls).toEqual(['submit-agent h1', 'attribute h1 dc=east']);
  } finally {
    await server.close();
  }
});

test('an address that cannot be had is told by the key that says it', async () => {
  const deps = { agents: fakeAgents([]), logger: SILENT };
  const first = await createAgentsServer(deps, PLAIN);
  try {
    const taken = { ...PLAIN, listenAddress: `127.0.0.1:${first.port}` };
    await expect(createAgentsServer(deps, taken)).rejects.toThrow(/in use.*set AgentsServerPort/);
    await expect(createAgentsServer(deps, { ...PLAIN, listenAddress: '3001' })).rejects.toThrow(
      'write AgentsServerPort',
    );
  } finally {
    await first.close();
  }
});
