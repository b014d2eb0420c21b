import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FleetShape, primariesOf } from './imaginary-servers.ts';

/** How often every server is read; the default of the program. */
export const POLL_SECONDS = 5;
const DISCOVERED_WITHIN_MS = 120_000;

export interface BenchProgram {
  readonly url: string;
  readonly pid: number;
  close(): Promise<void>;
}

/**
 * Starts our program on imaginary servers and waits until it has discovered all of them and read them a second time.
 * @throws Error when it does not come so far in two minutes.
 */
export async function startProgram(shape: FleetShape): Promise<BenchProgram> {
  const dir = mkdtempSync(join(tmpdir(), 'orchestrator-bench-'));
  const configFile = join(dir, 'orchestrator.conf.json');
  writeFileSync(
    configFile,
    JSON.stringify({
      ListenAddress: '127.0.0.1:0',
      HostnameResolveMethod: 'none',
      MySQLHostnameResolveMethod: 'none',
      BackendDB: 'sqlite',
      SQLite3DataFile: join(dir, 'orchestrator.sqlite3'),
      InstancePollSeconds: POLL_SECONDS,
      RecoverMasterClusterFilters: ['*'],
      DiscoverySeeds: primariesOf(shape),
    }),
  );
  const file = join(import.meta.dirname, 'program.ts');
  const child = spawn(
    process.execPath,
    [...process.execArgv, '--import', 'tsx', file, configFile, String(shape.clusters), String(shape.serversOfEach)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit');
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const url = await firstUrl(createInterface(child.stdout));
    await untilDiscovered(url, shape.clusters * shape.serversOfEach);
    await sleep(POLL_SECONDS * 1000);
    return { url, pid: child.pid ?? 0, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function firstUrl(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) if (line.startsWith('serves ')) return line.slice('serves '.length);
  throw new Error('the program ended before it served');
}

async function untilDiscovered(url: string, count: number): Promise<void> {
  for (const giveUpAtMs = performance.now() + DISCOVERED_WITHIN_MS; ; await sleep(500)) {
    const clusters = (await (await fetch(`${url}/api/clusters-info`)).json()) as readonly { CountInstances: number }[];
    const known = clusters.reduce((sum, { CountInstances }) => sum + CountInstances, 0);
    if (known >= count) return;
    if (performance.now() > giveUpAtMs) throw new Error(`only ${known} of ${count} servers were discovered`);
  }
}
