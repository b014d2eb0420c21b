import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CuttingProxy, startProxy } from './proxy.ts';
import { waitFor } from './wait.ts';

/** An echo server that greets first, as a database server does. */
let echo: Server;
let proxy: CuttingProxy;
/** What originOf answers: the number a test gives to its clients by port. */
let origins: Map<number, number>;

beforeEach(async () => {
  origins = new Map();
  echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('hello ');
    socket.pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const target = { host: '127.0.0.1', port: (echo.address() as { port: number }).port };
  proxy = await startProxy({ target, originOf: (port) => origins.get(port) ?? null });
});

afterEach(async () => {
  await proxy.close();
  echo.close();
});

interface Client {
  readonly socket: Socket;
  readonly seen: { text: string; closed: boolean; error: string | null };
}

async function dial(): Promise<Client> {
  const socket = connect(proxy.port, '127.0.0.1');
  const seen: Client['seen'] = { text: '', closed: false, error: null };
  socket.on('data', (bytes) => {
    seen.text += bytes.toString();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    seen.error = error.code ?? error.message;
  });
  socket.on('close', () => {
    seen.closed = true;
  });
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => undefined);
  return { socket, seen };
}

const saw = (client: Client, text: string) =>
  waitFor(() => client.seen.text === text, { what: `"${text}"`, deadlineMs: 5000 });
const closed = (client: Client) => waitFor(() => client.seen.closed, { what: 'a closed connection', deadlineMs: 5000 });

it('passes bytes and the end of a connection', async () => {
  const client = await dial();
  client.socket.write('a');
  await saw(client, 'hello a');
  client.socket.end();
  await closed(client);
  await waitFor(() => proxy.connectionCount() === 0, { what: 'no connections left' });
});

it('reset: ends old connections and new ones; heal passes again', async () => {
  const old = await dial();
  await saw(old, 'hello ');
  await proxy.cut('reset');
  await closed(old);
  expect(old.seen.error).toBe('ECONNRESET');
  const fresh = await dial();
  await closed(fresh);
  expect(fresh.seen.text).toBe('');
  await proxy.heal();
  await saw(await dial(), 'hello ');
});

it('blackhole: holds old and new connections and lets them go on after heal', async () => {
  const old = await dial();
  await saw(old, 'hello ');
  await proxy.cut('blackhole');
  old.socket.write('x');
  const fresh = await dial();
  await sleep(100);
  expect(old.seen).toEqual({ text: 'hello ', closed: false, error: null });
  expect(fresh.seen).toEqual({ text: '', closed: false, error: null });
  await proxy.heal();
  await saw(old, 'hello x');
  await saw(fresh, 'hello ');
});

it('refuse, and a target known to be down: new connections are refused', async () => {
  await proxy.cut('refuse');
  const refused = await dial();
  await closed(refused);
  expect(refused.seen.error).toBe('ECONNREFUSED');
  await proxy.heal();
  await saw(await dial(), 'hello ');
  await proxy.setTargetDown(true);
  const down = await dial();
  await closed(down);
  expect(down.seen.error).toBe('ECONNREFUSED');
  await proxy.setTargetDown(false);
  await saw(await dial(), 'hello ');
});

it('cuts some clients and not others', async () => {
  const replica = await dial();
  const other = await dial();
  origins.set(replica.socket.localPort ?? 0, 2);
  await Promise.all([saw(replica, 'hello '), saw(other, 'hello ')]);
  await proxy.cut('reset', { from: 'others' });
  await closed(other);
  replica.socket.write('y');
  await saw(replica, 'hello y');
  await proxy.heal();
  await proxy.cut('reset', { from: [3] });
  replica.socket.write('z');
  await saw(replica, 'hello yz');
  await proxy.cut('reset', { from: 'servers' });
  await closed(replica);
  await expect(proxy.cut('refuse', { from: 'servers' })).rejects.toThrow(/refuses everybody or nobody/);
});
