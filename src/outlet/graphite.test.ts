import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Clock } from '../engine/ports.ts';
import { createStillClock } from '../engine/testing/clocks.ts';
import { createGraphite, type GraphiteSettings } from './graphite.ts';
import { createMemoryLogger } from './testing/fakes.ts';

const NOW_MS = 1_700_000_000_999;
const TAKES_AGAIN = 'Graphite takes metrics again';
const TAKES_NOT = 'Graphite does not take metrics; check GraphiteAddr';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A clock whose interval passes when told to. */
function manualClock() {
  const running = new Set<() => void>();
  const clock: Clock = {
    ...createStillClock(0, NOW_MS),
    every(_ms, run) {
      running.add(run);
      return () => void running.delete(run);
    },
  };
  const tick = (): void => {
    for (const run of running) run();
  };
  return { clock, running, tick };
}

/** Stands in Graphite's place. */
async function listen(port: number, onConnection: (socket: Socket) => void): Promise<Server> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => undefined));
    onConnection(socket);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return server;
}

/** Takes whatever comes, and gives it when the sender has ended. */
async function carbon(port = 0) {
  const waiting: ((text: string) => void)[] = [];
  const server = await listen(port, (socket) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    socket.on('end', () => {
      socket.end();
      waiting.shift()?.(text);
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    next: () => new Promise<string>((resolve) => waiting.push(resolve)),
  };
}

function sender(port: number, changes: Partial<GraphiteSettings> = {}) {
  const time = manualClock();
  const logger = createMemoryLogger();
  let attempts = 0;
  const graphite = createGraphite(
    {
      clock: time.clock,
      logger,
      series() {
        attempts += 1;
        return [
          { name: 'discoveries.attempt', kind: 'counter', value: attempts },
          { name: 'health.is_healthy', kind: 'gauge', value: 1 },
        ];
      },
    },
    {
      address: `127.0.0.1:${port}`,
      path: 'db.{hostname}.orc',
      hostname: 'node1.example.com',
      convertsHostnameDots: true,
      intervalMs: 60_000,
      deadlineMs: 10_000,
      ...changes,
    },
  );
  closers.push(() => graphite.close());
  const messages = (): readonly string[] => logger.lines.map(({ message }) => message);
  return { ...time, graphite, logger, messages, countAttempts: () => attempts };
}

describe('Graphite', () => {
  test('gets counters and gauges, each time on a connection of its own', async () => {
    const server = await carbon();
    const { tick, messages } = sender(server.port);
    for (const attempt of [1, 2]) {
      const taken = server.next();
      // The one before may still be closing: then this interval passes without.
      const retry = setInterval(tick, 20);
      const text = await taken;
      clearInterval(retry);
      expect(text.split('\n')).toEqual([
        expect.stringMatching(/^db\.node1_example_com\.orc\.discoveries\.attempt\.count \d+ 1700000000$/),
        'db.node1_example_com.orc.health.is_healthy.value 1 1700000000',
        '',
      ]);
      expect(Number(text.split(' ')[1])).toBeGreaterThanOrEqual(attempt);
    }
    expect(messages()).toEqual([]);
  });

  test('the host name keeps its dots when the configuration says so', async () => {
    const server = await carbon();
    const { tick } = sender(server.port, { convertsHostnameDots: false, path: '{hostname}.{hostname}' });
    tick();
    expect(await server.next()).toMatch(/^node1\.example\.com\.node1\.example\.com\.discoveries/);
  });

  test('one that is away, and comes back, is told of once each', async () => {
    const { port } = await carbon();
    await closers.pop()?.();
    const { tick, logger, messages, countAttempts } = sender(port);
    const told = logger.next(TAKES_NOT);
    tick();
    await told;
    const retry = setInterval(tick, 5);
    while (countAttempts() < 5) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(messages()).toEqual([TAKES_NOT]);
    expect(logger.lines[0]?.fields).toMatchObject({ address: `127.0.0.1:${port}` });
    const back = logger.next(TAKES_AGAIN);
    await carbon(port);
    await back;
    clearInterval(retry);
    expect(messages()).toEqual([TAKES_NOT, TAKES_AGAIN]);
  });

  test('one that takes the connection and then hangs is given up after the deadline; nothing piles up meanwhile', async () => {
    let countConnections = 0;
    const server = await listen(0, () => {
      countConnections += 1;
    });
    const { tick, logger, countAttempts } = sender((server.address() as AddressInfo).port, { deadlineMs: 100 });
    const told = logger.next(TAKES_NOT);
    for (let interval = 0; interval < 5; interval += 1) tick();
    expect((await told).fields.error).toBe('no answer within 100 ms');
    expect(countAttempts()).toBe(1);
    // Where this process stood still for the whole deadline, the server hears of it only now.
    await vi.waitFor(() => expect(countConnections).toBe(1), 4_000);
  });

  test('closing waits for no hanging one, says nothing, and sends no more', async () => {
    let countConnections = 0;
    const server = await listen(0, () => {
      countConnections += 1;
    });
    const { tick, graphite, messages, running } = sender((server.address() as AddressInfo).port);
    tick();
    while (countConnections === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await graphite.close();
    expect(messages()).toEqual([]);
    expect(running.size).toBe(0);
  });
});
