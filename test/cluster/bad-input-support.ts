import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What came of a start that was expected to fail. */
export interface FailedStart {
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly tookMs: number;
}

/** How long a start that cannot work may take to say so. */
const GIVE_UP_MS = 30_000;

/** Runs the built program with these arguments until it ends; kills it (exit code null) when it does not. */
export function runProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<FailedStart> {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['dist/main.js', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
    });
    let stderr = '';
    child.stderr.on('data', (bytes: Buffer) => {
      stderr += bytes.toString();
    });
    const impatience = setTimeout(() => child.kill('SIGKILL'), GIVE_UP_MS);
    child.once('error', reject);
    child.once('close', (exitCode) => {
      clearTimeout(impatience);
      resolve({ exitCode, stderr, tookMs: performance.now() - startedMs });
    });
  });
}

/** A folder for the files of one test. */
export interface Folder {
  readonly path: string;
  /** Writes a file into it; gives its path. */
  write(name: string, text: string): string;
  remove(): void;
}

export function makeFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'orchestrator-bad-'));
  return {
    path,
    write(name, text) {
      const file = join(path, name);
      writeFileSync(file, text);
      return file;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** A TCP server that behaves as told towards every connection. */
export interface Impostor {
  readonly port: number;
  close(): Promise<void>;
}

export async function startImpostor(behave: (socket: Socket) => void, port = 0): Promise<Impostor> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    behave(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const listening = (server.address() as AddressInfo).port;
  return {
    port: listening,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A port at which nobody listens (free a moment ago). */
export async function closedPort(): Promise<number> {
  const impostor = await startImpostor(() => undefined);
  await impostor.close();
  return impostor.port;
}

/** A MySQL 9 greeting packet, whole. */
export const GREETING: Buffer = (() => {
  const body = Buffer.concat([
    Buffer.from([10]),
    Buffer.from('9.7.0\0', 'latin1'),
    Buffer.from([1, 0, 0, 0]),
    Buffer.from('abcdefgh\0', 'latin1'),
    Buffer.from([0xff, 0xff, 0xff, 0x02, 0x00, 0xff, 0xdf, 21]),
    Buffer.alloc(10),
    Buffer.from('ijklmnopqrst\0', 'latin1'),
    Buffer.from('caching_sha2_password\0', 'latin1'),
  ]);
  const header = Buffer.alloc(4);
  header.writeUIntLE(body.length, 0, 3);
  return Buffer.concat([header, body]);
})();

/** An error packet in place of a greeting. */
export function errorGreeting(errorNumber: number, text: string): Buffer {
  const body = Buffer.concat([Buffer.from([0xff, errorNumber & 0xff, errorNumber >> 8]), Buffer.from(text, 'utf8')]);
  const header = Buffer.alloc(4);
  header.writeUIntLE(body.length, 0, 3);
  return Buffer.concat([header, body]);
}
