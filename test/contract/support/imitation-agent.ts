import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const CHUNK_BYTES = 64 * 1024;

/**
 * An imitation of orchestrator-agent: it speaks HTTP on a real socket, by the names that the agent is publicly known by, and what it
 * sends and receives are real bytes of real files, chunk by chunk. What a real agent answers in detail is not known here.
 */
export interface ImitationAgent {
  readonly hostname: string;
  readonly port: number;
  readonly token: string;
  /** The data folder of MySQL. */
  readonly dataFolder: string;
  /** What a snapshot shows when it is mounted. */
  readonly snapshotFolder: string;
  readonly state: {
    isRunning: boolean;
    isMounted: boolean;
    freeBytes: number;
    breaksOffAfterBytes: number;
    /** The sender waits for this in the middle. */
    middle: Promise<void>;
  };
  /** Paths asked for that change something, in their order. */
  readonly orders: readonly string[];
  close(): Promise<void>;
}

/** Where the receivers of all imitations listen, by host name; a real agent has a port in its configuration. */
export type SeedPorts = Map<string, number>;

export async function startImitationAgent(hostname: string, seedPorts: SeedPorts): Promise<ImitationAgent> {
  const token = `a secret of ${hostname}`;
  const folder = mkdtempSync(join(tmpdir(), 'imitation-agent-'));
  const dataFolder = join(folder, 'data');
  const snapshotFolder = join(folder, 'snapshot');
  for (const one of [dataFolder, snapshotFolder]) mkdirSync(one);
  const state: ImitationAgent['state'] = {
    isRunning: false,
    isMounted: false,
    freeBytes: 1e9,
    breaksOffAfterBytes: Number.POSITIVE_INFINITY,
    middle: Promise.resolve(),
  };
  const orders: string[] = [];
  const commands = new Map<string, 'running' | 'succeeded' | 'failed'>();
  const aborts = new Map<string, () => void>();

  const usage = (of: string): number => readdirSync(of).reduce((sum, name) => sum + statSync(join(of, name)).size, 0);

  /** One connection per file, its name in the first line; one that only says END ends it all. */
  function receive(seedId: string): Promise<void> {
    commands.set(seedId, 'running');
    const receiver = createTcpServer((socket) => {
      let name: string | null = null;
      let head = Buffer.alloc(0);
      socket.on('error', () => end('failed'));
      socket.on('data', (chunk) => {
        if (name !== null) return appendFileSync(join(dataFolder, name), chunk);
        head = Buffer.concat([head, chunk]);
        const at = head.indexOf('\n');
        if (at < 0) return;
        name = head.subarray(0, at).toString();
        if (name === 'END') end('succeeded');
        else appendFileSync(join(dataFolder, name), head.subarray(at + 1));
      });
    });
    const end = (how: 'succeeded' | 'failed'): void => {
      receiver.close();
      if (commands.get(seedId) === 'running') commands.set(seedId, how);
    };
    aborts.set(seedId, () => end('failed'));
    // Answered when it listens: the sender is told next.
    return new Promise((resolve) =>
      receiver.listen(0, 'localhost', () => {
        seedPorts.set(hostname, (receiver.address() as AddressInfo).port);
        resolve();
      }),
    );
  }

  async function send(seedId: string, target: string): Promise<void> {
    commands.set(seedId, 'running');
    const half = usage(snapshotFolder) / 2;
    let sent = 0;
    const connection = async () => {
      const socket = connect({ host: 'localhost', port: seedPorts.get(target) ?? 0 });
      await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
      return socket;
    };
    try {
      for (const name of readdirSync(snapshotFolder)) {
        const socket = await connection();
        socket.write(`${name}\n`);
        const bytes = readFileSync(join(snapshotFolder, name));
        for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
          if (sent > half) await state.middle;
          if (sent >= state.breaksOffAfterBytes || commands.get(seedId) !== 'running') throw new Error('broken off');
          const chunk = bytes.subarray(at, at + CHUNK_BYTES);
          socket.write(chunk);
          sent += chunk.length;
          await pause(1);
        }
        await new Promise<void>((resolve) => socket.end(resolve));
      }
      (await connection()).end('END\n');
      commands.set(seedId, 'succeeded');
    } catch {
      commands.set(seedId, 'failed');
    }
  }

  async function obey(words: readonly string[]): Promise<unknown> {
    const [verb = '', one = '', two = ''] = words;
    switch (verb) {
      case 'mountlv':
        state.isMounted = true;
        return '';
      case 'umount':
        state.isMounted = false;
        return '';
      case 'delete-mysql-datadir':
        for (const name of readdirSync(dataFolder)) rmSync(join(dataFolder, name));
        return '';
      case 'receive-mysql-seed-data':
        await receive(one);
        return '';
      case 'send-mysql-seed-data':
        void send(two, one);
        return '';
      case 'abort-seed':
        if (commands.get(one) === 'running') commands.set(one, 'failed');
        aborts.get(one)?.();
        return '';
      case 'mysql-start':
        state.isRunning = true;
        return '';
      case 'post-copy':
        return '';
      default:
        return null;
    }
  }

  function tell([verb = '', one = '']: readonly string[]): unknown {
    switch (verb) {
      case 'mysql-status':
        return state.isRunning;
      case 'mysql-port':
        return 3306;
      case 'mysql-du':
        return usage(dataFolder);
      case 'mysql-datadir-available-space':
        return state.freeBytes;
      case 'lvs-snapshots':
        return [{ Name: 'snap', GroupName: 'vg', Path: '/dev/vg/snap', IsSnapshot: true, SnapshotPercent: 1 }];
      case 'mount':
        return state.isMounted
          ? { Path: '/mnt', IsMounted: true, MySQLDataPath: '/mnt/data', MySQLDiskUsage: usage(snapshotFolder) }
          : { IsMounted: false };
      case 'seed-command-completed':
        return commands.has(one) && commands.get(one) !== 'running';
      case 'seed-command-succeeded':
        return commands.get(one) === 'succeeded';
      default:
        return null;
    }
  }

  const server: Server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://agent');
    const words = url.pathname.split('/').slice(2).map(decodeURIComponent);
    const answer = (status: number, body: unknown): void => {
      response.statusCode = status;
      response.end(JSON.stringify(body));
    };
    if (url.searchParams.get('token') !== token) return answer(200, { Code: 'ERROR', Message: 'Invalid token' });
    const told = tell(words);
    if (told !== null) return answer(200, told);
    const obeyed = await obey(words);
    if (obeyed === null) return answer(404, 'not found');
    orders.push(words.join('/'));
    return answer(200, obeyed);
  });
  await new Promise<void>((resolve) => server.listen(0, hostname, resolve));
  return {
    hostname,
    port: (server.address() as AddressInfo).port,
    token,
    dataFolder,
    snapshotFolder,
    state,
    orders,
    async close() {
      for (const abort of aborts.values()) abort();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
