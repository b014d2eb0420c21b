import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import mysql from 'mysql2';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSystemClock } from '../engine/basis/clock.ts';
import type { Logger, Servers, SessionEvent } from '../engine/ports.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import { Secret } from '../model/secret.ts';
import { createServers } from './servers.ts';
import { NO_CLASSIFICATION } from './settings.ts';

// Real sockets, false servers: what a port that misbehaves looks like from here.

const closers: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const silent = (): void => undefined;
const logger: Logger = { trace: silent, debug: silent, info: silent, warn: silent, error: silent, fatal: silent };

function startServers(): Servers {
  const servers = createServers(
    { clock: createSystemClock(), logger },
    {
      user: 'orc',
      password: new Secret('pw'),
      connectTimeoutMs: 5_000,
      readTimeoutMs: 5_000,
      tls: { mode: 'never', ca: null, cert: null, key: null, skipVerify: false, rememberMs: 1_000 },
      replicationLagQuery: '',
      replicationCredentialsQuery: '',
      classification: NO_CLASSIFICATION,
    },
  );
  closers.push(() => servers.close());
  return servers;
}

/** A TCP server on loopback that does with every connection what it is told. */
async function listen(onConnection: (socket: Socket) => void): Promise<InstanceKey> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', silent));
    onConnection(socket);
  });
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return keyOf(server);
}

async function keyOf(server: Server): Promise<InstanceKey> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { hostname: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

/** Something that speaks the protocol, lets everybody in, and then does with each statement what it is told. */
async function listenMysql(onQuery: (connection: mysql.Connection) => void): Promise<InstanceKey> {
  // The driver's server side counts packets wrongly after its own handshake, and complains about it.
  const complaints = vi.spyOn(console, 'error').mockImplementation(silent);
  closers.push(() => complaints.mockRestore());
  const server = mysql.createServer((connection) => {
    const side = connection as unknown as mysql.Connection & { stream: Socket; serverHandshake(args: object): void };
    side.on('error', silent);
    side.on('query', () => onQuery(connection));
    side.serverHandshake({
      protocolVersion: 10,
      serverVersion: '8.0.34',
      connectionId: 7,
      statusFlags: 2,
      characterSet: 8,
      capabilityFlags: 0xff_f7_ff & ~0x0800,
      authCallback: (_login: object, done: (error: null) => void) => done(null),
    });
    closers.push(() => void side.stream.destroy());
  }) as unknown as { _server: Server };
  closers.push(() => void server._server.close());
  return keyOf(server._server);
}

const probe = (servers: Servers, key: InstanceKey, deadlineMs = 3_000) =>
  servers.probe(key, { deadlineMs, depth: 'full', previous: null });

async function failureOf(key: InstanceKey, deadlineMs = 3_000) {
  const servers = startServers();
  const probed = await probe(servers, key, deadlineMs);
  const knocked = await servers.knock(key, deadlineMs);
  if (probed.kind !== 'failed' || knocked.kind !== 'failed') throw new Error('it must not answer');
  expect(knocked.failure).toEqual(probed.failure);
  expect(probed.isPartial).toBe(false);
  return probed.failure;
}

describe('what a port can do to us', () => {
  it('nobody listens', async () => {
    const key = await listen(silent);
    await closers.pop()?.();
    expect(await failureOf(key)).toMatchObject({ kind: 'refused', errorNumber: null });
  });

  it('the name does not resolve', async () => {
    const failure = await failureOf({ hostname: 'no-such-host.invalid', port: 3306 });
    expect(failure).toMatchObject({ kind: 'unresolved', errorNumber: null });
    expect(failure.message).toMatch(/^no-such-host\.invalid:3306 has no address: .*\(no such host\)/);
  });

  it('it accepts and says nothing, as a hung server does', async () => {
    const key = await listen(silent);
    const failure = await failureOf(key, 150);
    expect(failure.kind).toBe('deadline');
    expect(failure.message).toContain('within 150 ms: i/o timeout');
  });

  it('it speaks HTTP', async () => {
    const key = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'));
    const failure = await failureOf(key);
    expect(failure.kind).toBe('not-mysql');
    expect(failure.message).toMatch(/is not a MySQL server \(it began with "HTTP.*check the port$/);
  });

  it('its greeting breaks off', async () => {
    const key = await listen((socket) => socket.end(Buffer.from([80, 0, 0, 0, 10, 0x38, 0x2e])));
    expect((await failureOf(key)).kind).toBe('not-mysql');
  });

  it('it hangs in the middle of its greeting', async () => {
    const key = await listen((socket) => socket.write(Buffer.from([80, 0, 0, 0, 10, 0x38, 0x2e])));
    expect((await failureOf(key, 150)).kind).toBe('deadline');
  });

  it('it closes, or resets, at once', async () => {
    expect((await failureOf(await listen((socket) => socket.end()))).kind).toBe('closed');
    expect((await failureOf(await listen((socket) => socket.resetAndDestroy()))).kind).toBe('closed');
  });

  it.each([
    [1040, 'Too many connections', 'answered', /max_connections/],
    [1129, "Host 'x' is blocked", 'answered', /FLUSH HOSTS/],
    [1130, "Host 'x' is not allowed", 'answered', /create the account/],
    [1053, 'Server shutdown in progress', 'shutting-down', /1053/],
  ])('it greets with error %d', async (errorNumber, text, kind, remedy) => {
    const body = Buffer.concat([Buffer.from([0xff, errorNumber & 255, errorNumber >> 8]), Buffer.from(text)]);
    const key = await listen((socket) => socket.end(Buffer.concat([Buffer.from([body.length, 0, 0, 0]), body])));
    const failure = await failureOf(key);
    expect(failure).toMatchObject({ kind, errorNumber });
    expect(failure.message).toMatch(remedy);
  });

  it('it sends rubbish after a good greeting', async () => {
    const key = await listen((socket) => {
      const hello = Buffer.concat([Buffer.from([10]), Buffer.from('8.0.34\0'), Buffer.alloc(60, 1)]);
      socket.write(Buffer.concat([Buffer.from([hello.length, 0, 0, 0]), hello]));
      socket.once('data', () => socket.end(Buffer.from([3, 0, 0, 2, 0x77, 0x77, 0x77])));
    });
    expect(['not-mysql', 'closed']).toContain((await failureOf(key)).kind);
  });
});

describe('a pinned session', () => {
  it('that ends while a probe is under way fails the probe and is told once', async () => {
    const key = await listenMysql((connection) => (connection as unknown as { stream: Socket }).stream.destroy());
    const servers = startServers();
    const events: SessionEvent[] = [];
    servers.onSessionEvent((event) => events.push(event));
    expect(await probe(servers, key)).toMatchObject({ kind: 'failed', failure: { kind: 'closed' } });
    expect(events).toMatchObject([{ kind: 'session-lost', key, failure: { kind: 'closed' } }]);
  });

  it('is destroyed by the deadline of a probe, which is no loss to be told; the next probe opens another', async () => {
    const closed: Promise<unknown>[] = [];
    const key = await listenMysql((connection) => {
      closed.push(once((connection as unknown as { stream: Socket }).stream, 'close'));
    });
    const servers = startServers();
    const events: SessionEvent[] = [];
    servers.onSessionEvent((event) => events.push(event));
    for (let round = 1; round <= 2; round += 1) {
      const outcome = await probe(servers, key, 150);
      expect(outcome).toMatchObject({ kind: 'failed', failure: { kind: 'deadline' } });
      expect(closed).toHaveLength(round);
      await closed[round - 1];
    }
    expect(events).toEqual([]);
  });

  it('passes 1053 on as shutting down', async () => {
    const key = await listenMysql((connection) =>
      (connection as unknown as { writeError(error: object): void }).writeError({
        message: 'Server shutdown in progress',
        code: 1053,
      }),
    );
    const servers = startServers();
    const events: SessionEvent[] = [];
    servers.onSessionEvent((event) => events.push(event));
    const outcome = await probe(servers, key);
    const failure = { kind: 'shutting-down', errorNumber: 1053 };
    expect(outcome).toMatchObject({ kind: 'failed', failure });
    // Told to everybody, whoever asked.
    expect(events[0]).toMatchObject({ kind: 'session-lost', key, failure });
  });

  it('is not told after release', async () => {
    const key = await listenMysql((connection) =>
      (connection as unknown as { writeError(error: object): void }).writeError({ message: 'no', code: 1142 }),
    );
    const servers = startServers();
    const events: SessionEvent[] = [];
    servers.onSessionEvent((event) => events.push(event));
    expect((await probe(servers, key)).kind).toBe('failed');
    servers.release(key);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(events).toEqual([]);
  });
});
