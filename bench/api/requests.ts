import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { usageOf } from '../discovery/process-usage.ts';

export interface TimedRequests {
  readonly timesMs: readonly number[];
  readonly bytes: number;
  /** CPU time of the program for one request, milliseconds; what it did besides meanwhile is taken off. */
  readonly cpuMs: number;
}

/** Long enough that nearly every request meets a fleet that has changed since the last one. */
const PAUSE_MS = 50;
const WARM_UP_REQUESTS = 30;
const IDLE_MS = 5_000;

/** Asks the program one thing again and again over one connection, uncompressed, until the last byte has come. */
export async function timeRequests(
  program: { readonly url: string; readonly pid: number },
  path: string,
  count: number,
): Promise<TimedRequests> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (): Promise<number> => readAll(`${program.url}${path}`, agent);
  for (let request = 0; request < WARM_UP_REQUESTS; request += 1) await ask();
  const idleCpuPerMs = await cpuPerMsDuring(program.pid, () => sleep(IDLE_MS));
  const timesMs: number[] = [];
  let bytes = 0;
  const startedMs = performance.now();
  const busyCpuPerMs = await cpuPerMsDuring(program.pid, async () => {
    for (let request = 0; request < count; request += 1) {
      const sentMs = performance.now();
      bytes = await ask();
      timesMs.push(performance.now() - sentMs);
      await sleep(PAUSE_MS);
    }
  });
  const elapsedMs = performance.now() - startedMs;
  agent.destroy();
  return { timesMs, bytes, cpuMs: Math.max(0, ((busyCpuPerMs - idleCpuPerMs) * elapsedMs) / count) };
}

/** Share of one core that a process takes while something else happens. */
export async function cpuPerMsDuring(pid: number, happening: () => Promise<unknown>): Promise<number> {
  const before = { ...usageOf(pid), atMs: performance.now() };
  await happening();
  const after = { ...usageOf(pid), atMs: performance.now() };
  return (after.cpuMs - before.cpuMs) / (after.atMs - before.atMs);
}

const readAll = (url: string, agent: Agent): Promise<number> =>
  new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.byteLength;
      });
      response.once('end', () =>
        response.statusCode === 200 ? resolve(bytes) : reject(new Error(`${url} answers ${response.statusCode}`)),
      );
      response.once('error', reject);
    }).once('error', reject);
  });
