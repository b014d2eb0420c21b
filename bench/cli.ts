/**
 * npm run bench:cli [runs]: how long one command takes, as a process, from its start to its end: on a SQLite backend (a copy of the
 * one in test/golden), through a service on the same machine, and by orchestrator-client; before them Node with nothing to do. Needs
 * `npm run build` and Linux.
 */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { markdownTable, median } from './stats.ts';

const TARGET_MS = 150;
const ROOT = resolve(import.meta.dirname, '..');
const COMMANDS = [
  ['-c', 'clusters'],
  ['-c', 'all-instances'],
  ['-c', 'topology', '-i', '127.0.0.1:11000'],
  ['-c', 'which-master', '-i', '127.0.0.1:11001'],
  ['-c', 'which-replicas', '-i', '127.0.0.1:11000'],
] as const;

interface Way {
  readonly title: string;
  readonly script: 'main' | 'client' | null;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** CPU time of all ended children of this process so far, milliseconds; the kernel counts in hundredths of a second. */
function childrenCpuMs(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

/** Wall milliseconds of each run, and CPU milliseconds of the mean one. */
function measure(command: readonly string[], way: Way, runs: number) {
  const cpuBefore = childrenCpuMs();
  const wallMs = Array.from({ length: runs }, () => {
    const startMs = performance.now();
    const script = way.script === null ? [] : [`dist/${way.script}.js`];
    const run = spawnSync(process.execPath, [...script, ...command, ...way.args], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, ORCHESTRATOR_API: '', ...way.environment },
    });
    if (run.status !== 0) throw new Error(`${way.title}, ${command.join(' ')}: exit code ${run.status}\n${run.stderr}`);
    return performance.now() - startMs;
  });
  return { wallMs: wallMs.toSorted((a, b) => a - b), cpuMs: (childrenCpuMs() - cpuBefore) / runs };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

async function untilServes(url: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if ((await fetch(`${url}/api/health`).catch(() => null))?.ok) return;
    await sleep(50);
  }
  throw new Error(`no program serves at ${url}`);
}

const runs = Number(process.argv[2] ?? 20);
if (!Number.isInteger(runs) || runs < 1) throw new Error('bench:cli takes the number of runs, e.g. 20');
const folder = mkdtempSync(join(tmpdir(), 'orchestrator-bench-cli-'));
const config = join(folder, 'orchestrator.conf.json');
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
copyFileSync(join(ROOT, 'test/golden/go-backend.db'), join(folder, 'backend.sqlite3'));
writeFileSync(
  config,
  JSON.stringify({
    ListenAddress: `127.0.0.1:${port}`,
    BackendDB: 'sqlite',
    SQLite3DataFile: join(folder, 'backend.sqlite3'),
    HostnameResolveMethod: 'none',
    MySQLHostnameResolveMethod: 'none',
  }),
);
const throughService = { ORCHESTRATOR_API: url };
const ways: readonly Way[] = [
  { title: 'Node itself', script: null, args: [], environment: {} },
  { title: 'SQLite', script: 'main', args: ['--config', config], environment: {} },
  { title: 'service', script: 'main', args: [], environment: throughService },
  { title: 'orchestrator-client', script: 'client', args: [], environment: throughService },
];
const load = loadavg()[0] ?? 0;
console.log(
  `${cpus().length} CPUs, load ${load.toFixed(2)}${load > 0.7 ? ' (not idle: figures will be worse)' : ''}\n`,
);

if ((process.env.NODE_EXTRA_CA_CERTS ?? '') !== '')
  console.log(
    'NODE_EXTRA_CA_CERTS is set: every start of Node reads these certificates first, which may take longer than all the rest\n',
  );

let service: ReturnType<typeof spawn> | null = null;
try {
  const rows: (readonly string[])[] = [];
  for (const way of ways) {
    // The direct way is measured with nobody else at the backend.
    if (way.environment.ORCHESTRATOR_API !== undefined && service === null) {
      service = spawn(process.execPath, ['dist/main.js', 'http', '--config', config], { cwd: ROOT, stdio: 'ignore' });
      await untilServes(url);
    }
    for (const command of way.script === null ? [['-e', '0']] : COMMANDS) {
      measure(command, way, 1);
      const { wallMs, cpuMs } = measure(command, way, runs);
      const p95 = wallMs[Math.ceil(wallMs.length * 0.95) - 1] ?? Number.NaN;
      const middle = median(wallMs);
      rows.push([
        way.title,
        command.slice(1).join(' '),
        `${Math.round(middle)} / ${Math.round(p95)}`,
        `${Math.round(cpuMs)}`,
        way.script === null ? '' : middle < TARGET_MS ? `< ${TARGET_MS}: yes` : `< ${TARGET_MS}: NO`,
      ]);
    }
  }
  console.log(markdownTable(['way', 'command', 'wall ms, median / p95', 'CPU ms, mean', 'target'], rows));
} finally {
  const ended = service === null ? null : new Promise((done) => service?.once('exit', done));
  service?.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}
