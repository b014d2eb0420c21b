/** npm run bench:discovery: what it costs to poll a thousand servers; a thousand addresses of three real ones. */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startProgram } from '../test/support/program.ts';
import { startFarm } from './discovery/farm.ts';
import { usageOf } from './discovery/process-usage.ts';
import { markdownTable, median, worst } from './stats.ts';

const { values } = parseArgs({
  options: { n: { type: 'string', default: '1000' }, seconds: { type: 'string', default: '30' } },
});
const count = Number(values.n);
const seconds = Number(values.seconds);
const POLL_SECONDS = 5;
const WARM_UP_MS = 3 * POLL_SECONDS * 1000;
const DISCOVERED_WITHIN_MS = 300_000;
const REQUESTS = 20;
const REQUEST_PAUSE_MS = 200;

execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
console.log(
  `${cpus().length} CPUs, load ${(loadavg()[0] ?? 0).toFixed(2)}; ${count} addresses, measured for ${seconds} s`,
);

const farm = await startFarm(count);
const program = await startProgram({
  seeds: farm.seeds,
  config: { InstancePollSeconds: POLL_SECONDS, IdentityByAddress: true },
  args: [],
});
try {
  const startedMs = performance.now();
  await untilDiscovered();
  const discoveredMs = performance.now() - startedMs;
  await sleep(WARM_UP_MS);

  const before = { ...usageOf(program.pid), readings: await farm.countReadings(), atMs: performance.now() };
  await sleep(seconds * 1000);
  const after = { ...usageOf(program.pid), readings: await farm.countReadings(), atMs: performance.now() };
  const readings = after.readings - before.readings;
  const elapsedSeconds = (after.atMs - before.atMs) / 1000;
  const request = await timeClusterRequests();
  const row = [
    'this program',
    `${(readings / elapsedSeconds).toFixed(0)} of ${(count / POLL_SECONDS).toFixed(0)}`,
    `${((after.cpuMs - before.cpuMs) / readings).toFixed(2)} ms`,
    `${after.residentMb.toFixed(0)} MB`,
    `${median(request.timesMs).toFixed(0)} / ${worst(request.timesMs).toFixed(0)} ms (${(request.bytes / 1e6).toFixed(1)} MB)`,
  ];
  // The Go program's row was measured on the same kind of machine (2 shared cores).
  const goRow = ['Go program (1000 servers)', '143 of 200', '3.85 ms', '107 MB', '60–70 ms (3 MB)'];
  console.log(`all discovered after ${(discoveredMs / 1000).toFixed(1)} s\n`);
  const header = ['', 'polls per second', 'CPU per poll', 'memory', 'GET /api/cluster, median / worst'];
  console.log(markdownTable(header, [row, goRow]));
} finally {
  await program.close();
  await farm.topology.close();
}

/** Asked seldom: a list of thousands of servers is itself work for the program. */
async function untilDiscovered(): Promise<void> {
  for (const giveUpAtMs = performance.now() + DISCOVERED_WITHIN_MS; ; await sleep(1_000)) {
    const all = await program.api<{ IsLastCheckValid: boolean }[]>('all-instances');
    const valid = all.filter(({ IsLastCheckValid }) => IsLastCheckValid).length;
    if (valid >= count) return;
    if (performance.now() > giveUpAtMs) throw new Error(`only ${valid} of ${count} servers were discovered`);
  }
}

async function timeClusterRequests(): Promise<{ readonly timesMs: readonly number[]; readonly bytes: number }> {
  const { primary } = farm.topology;
  const timesMs: number[] = [];
  let bytes = 0;
  for (let index = 0; index < REQUESTS; index += 1) {
    const startMs = performance.now();
    const response = await fetch(`${program.url}/api/cluster/${primary.host}:${primary.port}`);
    bytes = (await response.arrayBuffer()).byteLength;
    timesMs.push(performance.now() - startMs);
    await sleep(REQUEST_PAUSE_MS);
  }
  return { timesMs, bytes };
}
