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

test('the orders of a seed, and how far it is', async () => {
  const { record, asked } = await agentWith({
    '/api/delete-mysql-datadir': '"erased"',
    '/api/receive-mysql-seed-data/7': '""',
    '/api/send-mysql-seed-data/db2/7': '""',
    '/api/abort-seed/7': '""',
    '/api/post-copy': '""',
    '/api/mysql-du': '4096',
    '/api/seed-command-completed/7': 'true',
    '/api/seed-command-succeeded/7': 'false',
    '/api/seed-command-completed/8': 'false',
  });
  const client = createAgentClient(SETTINGS);
  for (const order of [
    { kind: 'delete-datadir' },
    { kind: 'receive-seed', seedId: 7 },
    { kind: 'send-seed', seedId: 7, targetHostname: 'db2' },
    { kind: 'abort-seed', seedId: 7 },
    { kind: 'post-copy', sourceHostname: 'db1' },
  ] as const)
    await client.order(record, order, new AbortController().signal);
  expect(asked.at(-1)).toBe('/api/post-copy?sourceHost=db1&token=s%26t');
  expect(await client.mysqlDiskUsage(record)).toBe(4096);
  expect(await client.seedCommand(record, 7)).toEqual({ isCompleted: true, isSuccessful: false });
  expect(await client.seedCommand(record, 8)).toEqual({ isCompleted: false, isSuccessful: null });
  expect(await client.seedCommand(record, 9)).toEqual({ isCompleted: null, isSuccessful: null });
});

test('an envelope that says ERROR is a refusal whatever its status; what an agent does not tell stays unknown', async () => {
  const { record } = await agentWith({
    '/api/delete-mysql-datadir': '{"Code":"ERROR","Message":"Invalid token","Details":null}',
    '/api/mysql-status': '{"Code":"ERROR","Message":"Invalid token","Details":null}',
    '/api/mysql-du': '"much"',
  });
  const client = createAgentClient(SETTINGS);
  await expect(client.order(record, { kind: 'delete-datadir' })).rejects.toThrow('Invalid token');
  expect(await client.mysqlDiskUsage(record)).toBeNull();
  expect((await client.status(record)).mysqlIsRunning).toBeNull();
});

test('an order with a signal outlasts the deadline, and ends with the signal', async () => {
  server = createServer((_request, response) => void setTimeout(() => response.end('"late"'), 150));
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const record = { hostname: '127.0.0.1', port, token: 't', lastSubmitted: '', mysqlPort: null, countSnapshots: 0 };
  const client = createAgentClient({ ...SETTINGS, timeoutMs: 20 });
  const order = { kind: 'delete-datadir' } as const;
  await expect(client.order(record, order)).rejects.toMatchObject({ code: 'agent-unreachable' });
  const controller = new AbortController();
  expect(await client.order(record, order, controller.signal)).toBe('late');
  const cutOff = client.order(record, order, controller.signal);
  controller.abort(new Error('not wanted any more'));
  await expect(cutOff).rejects.toThrow('not wanted any more');
});
