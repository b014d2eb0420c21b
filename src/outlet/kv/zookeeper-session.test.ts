import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { createZookeeper } from './zookeeper.ts';

/** The answer to a client that asks for a session, in one frame: protocol 0, timeout, session, password, not read-only. */
function sessionAnswer(): Buffer {
  const answer = Buffer.alloc(4 + 37);
  answer.writeInt32BE(37, 0);
  answer.writeInt32BE(6_000, 8);
  answer.writeBigInt64BE(0x1000_2f3c_04e6_0001n, 12);
  answer.writeInt32BE(16, 20);
  return answer;
}

async function listen(onConnection: (socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const place = createZookeeper(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  const close = async (): Promise<void> => {
    await place.close();
    server.close();
  };
  return { place, close };
}

it('a server that gives a session after we have given up harms nobody', async () => {
  let greet: (socket: Socket) => void = () => undefined;
  const greeted = new Promise<Socket>((resolve) => {
    greet = resolve;
  });
  const { place, close } = await listen((socket) => socket.once('data', () => greet(socket)));
  const giveUp = new AbortController();
  try {
    const reading = place.read(['mysql/master/shop'], giveUp.signal);
    const refused = expect(reading).rejects.toMatchObject({ code: 'kv-unreachable' });
    const socket = await greeted;
    giveUp.abort();
    await refused;
    const ended = once(socket, 'close');
    // Its reader takes this for the answer to a request, with an error nobody knows: what it throws must not end the process.
    socket.write(sessionAnswer());
    await ended;
  } finally {
    await close();
  }
});

it('a session that broke is not mended behind our back', async () => {
  let countConnections = 0;
  const { place, close } = await listen((socket) => {
    countConnections += 1;
    socket.once('data', () => {
      socket.write(sessionAnswer());
      // The first request.
      socket.once('data', () => socket.destroy());
    });
  });
  try {
    const signal = AbortSignal.timeout(20_000);
    await expect(place.read(['mysql/master/shop'], signal)).rejects.toMatchObject({ code: 'kv-unreachable' });
    // Longer than the package pauses between two attempts.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(countConnections).toBe(1);
  } finally {
    await close();
  }
});
