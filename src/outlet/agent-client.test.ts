import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createAgentClient } from './agent-client.ts';

let server: Server | undefined;
afterEach(() => server?.close());

const SETTINGS = { useTls: false, skipVerify: false, ca: null, cert: null, key: null, timeoutMs: 5000 };

/** An agent that answers what is put there; everything else is a 404. */
async function agentWith(answers: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const body = answers[new URL(request.url ?? '', 'http://x').pathname];
    response.statusCode = body === undefined ? 404 : 200;
    response.end(body ?? 'not found');
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const record = { hostname: '127.0.0.1', port, token: 's&t', lastSubmitted: '', mysqlPort: null, countSnapshots: 0 };
  return { asked, record };
}

test('what an agent tells, and nothing for what it does not', async () => {
  const { record, asked } = await agentWith({
    '/api/mysql-status': 'true',
    '/api/mysql-port': '3306',
    '/api/available-snapshots': '["h2:/snap"]',
    '/api/mount': '{"Path":"/mnt","IsMounted":true,"DiskUsage":7}',
    '/api/lvs-snapshots': '[{"Name":"snap","GroupName":"vg","IsSnapshot":true,"SnapshotPercent":1.5}]',
  });
  expect(await createAgentClient(SETTINGS).status(record)).toMatchObject({
    mysqlIsRunning: true,
    mysqlPort: 3306,
    snapshots: ['h2:/snap'],
    localSnapshots: [],
    mount: { path: '/mnt', isMounted: true, diskUsage: 7, lvPath: '' },
    volumes: [{ name: 'snap', groupName: 'vg', isSnapshot: true, snapshotPercent: 1.5 }],
  });
  expect(asked.every((url) => url.endsWith('?token=s%26t'))).toBe(true);
});

test('orders go with the token, parameters escaped; a JSON string is told as text', async () => {
  const { record, asked } = await agentWith({ '/api/mountlv': '{}', '/api/custom-commands/a%2Fb': '"it ran"' });
  const client = createAgentClient(SETTINGS);
  expect(await client.order(record, { kind: 'mount', volume: '/dev/vg/a b' })).toBe('{}');
  expect(await client.order(record, { kind: 'custom-command', command: 'a/b' })).toBe('it ran');
  expect(asked[0]).toBe('/api/mountlv?lv=%2Fdev%2Fvg%2Fa+b&token=s%26t');
  await expect(client.order(record, { kind: 'mysql-stop' })).rejects.toMatchObject({ code: 'agent-refused' });
});

test('nobody there: the message names the agent, not its token', async () => {
  const { record } = await agentWith({});
  await new Promise((resolve) => server?.close(resolve));
  const failure = await createAgentClient(SETTINGS)
    .status(record)
    .catch((thrown: unknown) => thrown as Error);
  expect(failure).toMatchObject({ code: 'agent-unreachable' });
  expect(String(failure)).toContain(`agent of 127.0.0.1, port ${record.port}`);
  expect(String(failure)).not.toContain('s&t');
});
