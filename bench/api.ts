/** npm run bench:api: how long listings of large fleets take, and what live streams cost. */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { FleetShape } from './api/imaginary-servers.ts';
import { startLiveReaders } from './api/live-readers.ts';
import { cpuPerMsDuring, timeRequests } from './api/requests.ts';
import { type BenchProgram, POLL_SECONDS, startProgram } from './api/start-program.ts';
import { markdownTable, median, percentile } from './stats.ts';

const { values } = parseArgs({
  options: {
    n: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '30' },
    clients: { type: 'string', default: '500' },
    only: { type: 'string', default: '' },
  },
});
const count = Number(values.n);
const HEADER = ['', 'median', '95 of 100', 'n', 'target', 'CPU of the program', 'each answer'];

execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
console.log(
  `${cpus().length} CPUs, load ${(loadavg()[0] ?? 0).toFixed(2)}. The program as built, with real HTTP on loopback and SQLite;`,
);
console.log(`the servers are imaginary (in its process) and each is read every ${POLL_SECONDS} s.\n`);

const rows = [
  await listing('cluster', { clusters: 1, serversOfEach: 1000 }, '/api/cluster/db-0-0.example:3306', 15),
  await listing('clusters-info', { clusters: 200, serversOfEach: 5 }, '/api/clusters-info', 5),
  await live(Number(values.clients), Number(values.seconds)),
].filter((row) => row !== null);
console.log(markdownTable(HEADER, rows));

/** One listing, timed; null when not asked for. */
async function listing(
  name: string,
  shape: FleetShape,
  path: string,
  targetMs: number,
): Promise<readonly string[] | null> {
  if (!isWanted(name)) return null;
  return withProgram(shape, async (program) => {
    const { timesMs, bytes, cpuMs } = await timeRequests(program, path, count);
    return [
      `${path.replace(/db-.*/, ':name')} (${shape.clusters} × ${shape.serversOfEach} servers)`,
      `${median(timesMs).toFixed(1)} ms`,
      `${percentile(timesMs, 95).toFixed(1)} ms`,
      String(timesMs.length),
      `< ${targetMs} ms`,
      `${cpuMs.toFixed(1)} ms a request`,
      `${(bytes / 1e6).toFixed(2)} MB`,
    ];
  });
}

/** The live stream with many readers, at one change of a server each second: CPU of the program beyond that without readers. */
async function live(clients: number, seconds: number): Promise<readonly string[] | null> {
  if (!isWanted('live')) return null;
  return withProgram({ clusters: 1, serversOfEach: POLL_SECONDS }, async (program) => {
    const idle: number[] = [];
    for (let second = 0; second < seconds; second += 1) idle.push(await oneSecond(program));
    const readers = await startLiveReaders(program.url, clients);
    try {
      await readers.countEvents();
      const shares: number[] = [];
      for (let second = 0; second < seconds; second += 1) shares.push(await oneSecond(program));
      const events = (await readers.countEvents()) / clients / seconds;
      const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
      return [
        `/api/live, ${clients} clients, ${events.toFixed(2)} events a second`,
        `${percent(median(shares))} of a core`,
        percent(percentile(shares, 95)),
        `${shares.length} s`,
        '< 5 %',
        `${percent(mean(shares))} on average, ${percent(mean(idle))} without clients`,
        '',
      ];
    } finally {
      await readers.close();
    }
  });
}

function oneSecond(program: BenchProgram): Promise<number> {
  return cpuPerMsDuring(program.pid, () => sleep(1000));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function isWanted(name: string): boolean {
  return values.only === '' || values.only.split(',').includes(name);
}

async function withProgram<T>(shape: FleetShape, measure: (program: BenchProgram) => Promise<T>): Promise<T> {
  const program = await startProgram(shape);
  try {
    return await measure(program);
  } finally {
    await program.close();
  }
}
