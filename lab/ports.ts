import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { LabError } from './error.ts';

/** Each topology owns 200 port numbers: base + n for what is reported, base + 100 + n for servers behind proxies. */
const SPAN = 200;
/** Below the range from which the kernel takes ports for outgoing connections. */
const FIRST = 20_000;
const LAST = 31_800;

/** The folder holding one folder per running topology of this user, named by its base port. */
export function topologiesDirectory(): string {
  const directory = join(tmpdir(), `orchestrator-lab-${userInfo().uid}`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}

/**
 * Chooses a base port whose needed ports are all free and reserves it against other processes by making its folder.
 * Throws LabError 'start-failed' when the whole range is taken.
 */
export async function reserveBasePort(
  numbers: readonly number[],
  proxied: boolean,
): Promise<{ basePort: number; dir: string }> {
  const slots = (LAST - FIRST) / SPAN;
  const first = randomInt(slots);
  for (let step = 0; step < slots; step += 1) {
    const basePort = FIRST + ((first + step) % slots) * SPAN;
    if ((await takenPorts(basePort, numbers, proxied)).length > 0) continue;
    const dir = join(topologiesDirectory(), String(basePort));
    if (makeNew(dir)) return { basePort, dir };
  }
  throw new LabError(
    'start-failed',
    `no free ports between ${FIRST} and ${LAST}; stop leftovers with "lab down --all"`,
  );
}

/** Checks the ports of a base chosen by a person. Throws LabError 'start-failed' naming those in use. */
export async function checkBasePort(basePort: number, numbers: readonly number[], proxied: boolean): Promise<void> {
  if (!Number.isInteger(basePort) || basePort < 1024 || basePort > 65_535 - SPAN) {
    throw new LabError('bad-argument', `base port ${basePort} is not between 1024 and ${65_535 - SPAN}`);
  }
  const taken = await takenPorts(basePort, numbers, proxied);
  if (taken.length > 0) {
    throw new LabError(
      'start-failed',
      `port ${taken.join(', ')} in use; choose another base port, or stop leftovers with "lab down"`,
    );
  }
}

/** Where the server behind a proxy listens, given the port by which others know it. */
export function directPortOf(port: number, proxied: boolean): number {
  return proxied ? port + SPAN / 2 : port;
}

async function takenPorts(basePort: number, numbers: readonly number[], proxied: boolean): Promise<readonly number[]> {
  const ports = numbers.flatMap((number) => [basePort + number, directPortOf(basePort + number, proxied)]);
  const free = await Promise.all([...new Set(ports)].map(async (port) => ({ port, free: await isFree(port) })));
  return free.filter((entry) => !entry.free).map((entry) => entry.port);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

function makeNew(dir: string): boolean {
  try {
    mkdirSync(dir);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  }
}
