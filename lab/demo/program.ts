import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LabError, type LabTopology, waitFor } from '../index.ts';

const MAIN = resolve(import.meta.dirname, '../../dist/main.js');

export interface ProgramOptions {
  /** Port of the API; default any free one. */
  readonly port?: number;
  /** Keys of the configuration that go over the ones below. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** The built orchestrator as a process of its own, with SQLite and its configuration in a temporary folder. */
export interface Program {
  /** With the URL prefix, without a slash at its end. */
  readonly url: string;
  readonly pid: number;
  readonly configPath: string;
  /** Body of one API answer, parsed. Throws LabError with the server's own message. */
  get<T>(path: string): Promise<T>;
  logTail(lines?: number): string;
  /** Ends it (SIGTERM, after 5 s SIGKILL) and removes the folder. */
  stop(): Promise<void>;
}

/** A port nobody listens at; `wanted` if it is free. */
export function freePort(wanted = 0): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', (error) => (wanted === 0 ? fail(error) : done(freePort())));
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => done(port));
    });
  });
}

function configOf(topology: LabTopology, dir: string, port: number): Record<string, unknown> {
  const { orchestrator, replication } = topology.users;
  return {
    ListenAddress: `127.0.0.1:${port}`,
    MySQLTopologyUser: orchestrator.user,
    MySQLTopologyPassword: orchestrator.password,
    MySQLReplicationUser: replication.user,
    MySQLReplicationPassword: replication.password,
    BackendDB: 'sqlite',
    SQLite3DataFile: join(dir, 'orchestrator.sqlite3'),
    HostnameResolveMethod: 'none',
    MySQLHostnameResolveMethod: 'none',
    RecoverMasterClusterFilters: ['*'],
    RecoverIntermediateMasterClusterFilters: ['*'],
  };
}

/** Starts the program and waits until its API answers. Throws LabError with the end of its log when it does not. */
export async function startProgram(topology: LabTopology, options: ProgramOptions = {}): Promise<Program> {
  if (!existsSync(MAIN)) throw new LabError('start-failed', 'the program is not built; run: npm run build');
  const dir = mkdtempSync(join(tmpdir(), 'orchestrator-'));
  const port = await freePort(options.port);
  const configPath = join(dir, 'orchestrator.conf.json');
  const logPath = join(dir, 'orchestrator.log');
  const config = { ...configOf(topology, dir, port), ...options.config };
  const url = `http://127.0.0.1:${port}${options.config?.URLPrefix ?? ''}`;
  writeFileSync(configPath, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  const log = openSync(logPath, 'a');
  // In a session of its own: Ctrl-C is for us, who then end it in order.
  const child = spawn(process.execPath, [MAIN, `--config=${configPath}`, 'http'], {
    cwd: dir,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const killAtExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const logTail = (lines = 15): string => readFileSync(logPath, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');

  const program: Program = {
    url,
    pid: child.pid ?? 0,
    configPath,
    async get<T>(path: string) {
      const response = await fetch(`${url}/api/${path}`, { signal: AbortSignal.timeout(30_000) });
      const body = (await response.json()) as T & { readonly Message?: string };
      if (!response.ok) throw new LabError('start-failed', `${url}/api/${path}: ${body.Message ?? response.status}`);
      return body;
    },
    logTail,
    async stop() {
      await endProcess(child);
      process.removeListener('exit', killAtExit);
      rmSync(dir, { recursive: true, force: true });
    },
  };
  try {
    const state = await waitFor(
      async () => (child.exitCode === null ? (await fetch(`${url}/api/health`)).ok && 'up' : 'ended'),
      { what: 'orchestrator to answer', deadlineMs: 20_000 },
    );
    if (state === 'ended') throw new LabError('start-failed', `orchestrator ended with code ${child.exitCode}`);
    return program;
  } catch (thrown) {
    const tail = logTail();
    await program.stop();
    throw new LabError('start-failed', `orchestrator did not start; its log says:\n${tail}`, { cause: thrown });
  }
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(impatience);
}
