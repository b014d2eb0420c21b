import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../lab/free-port.ts';
import { LAB_USERS } from '../../lab/index.ts';

/** What a test may configure beside the defaults of every test (credentials, no name resolving, a free port, SQLite). */
export interface ProgramOptions {
  readonly seeds: readonly string[];
  readonly config?: Readonly<Record<string, unknown>>;
  /** Arguments after the configuration; default `--debug`. */
  readonly args?: readonly string[];
}

/** One real orchestrator process with a configuration and backend of its own. */
export interface Program {
  readonly url: string;
  readonly dir: string;
  readonly pid: number;
  /** GET of the API, body parsed; does not throw on status 500. */
  api<T = unknown>(path: string): Promise<T>;
  /** Asks until `test` gives something other than null/undefined/false; throws with what was last seen after the deadline. */
  waitFor<T>(what: string, test: () => Promise<T | null | undefined | false>, deadlineMs?: number): Promise<T>;
  /** All structured log lines so far (of all runs). The program writes them in the background: a line that is to come is waited for. */
  log(): readonly Record<string, unknown>[];
  /** SIGKILL, and wait. */
  kill(): Promise<void>;
  /** SIGTERM, and wait; gives the exit code. */
  stop(): Promise<number | null>;
  /** Starts again on the same backend. */
  start(): Promise<void>;
  /** Stops it (if it runs) and removes its folder. */
  close(): Promise<void>;
}

/** Starts dist/main.js and waits until it serves. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const dir = mkdtempSync(join(tmpdir(), 'orchestrator-test-'));
  const port = await freePort();
  const configFile = join(dir, 'orchestrator.conf.json');
  const logFile = join(dir, 'orchestrator.log');
  const url = `http://127.0.0.1:${port}`;
  writeFileSync(
    configFile,
    JSON.stringify({
      ListenAddress: `127.0.0.1:${port}`,
      MySQLTopologyUser: LAB_USERS.orchestrator.user,
      MySQLTopologyPassword: LAB_USERS.orchestrator.password,
      HostnameResolveMethod: 'none',
      MySQLHostnameResolveMethod: 'none',
      BackendDB: 'sqlite',
      SQLite3DataFile: join(dir, 'orchestrator.sqlite3'),
      RecoverMasterClusterFilters: ['*'],
      DiscoverySeeds: options.seeds,
      ...options.config,
    }),
  );
  let child: ChildProcess | null = null;

  // What follows the last line break is a line that is just being written.
  const log = (): Record<string, unknown>[] =>
    readFileSync(logFile, 'utf8')
      .split('\n')
      .slice(0, -1)
      .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));

  async function api<T>(path: string): Promise<T> {
    // Each by a connection of its own: one that is kept may be closed, or belong to a process that was killed, as it is used.
    const headers = { Connection: 'close' };
    const response = await fetch(`${url}/api/${path}`, { headers, signal: AbortSignal.timeout(30_000) });
    return (await response.json()) as T;
  }

  async function waitFor<T>(
    what: string,
    test: () => Promise<T | null | undefined | false>,
    deadlineMs = 30_000,
  ): Promise<T> {
    const giveUpAt = Date.now() + deadlineMs;
    let last: unknown;
    for (;;) {
      try {
        const value = await test();
        if (value !== null && value !== undefined && value !== false) return value;
        last = value;
      } catch (thrown) {
        last = thrown;
      }
      if (Date.now() > giveUpAt)
        throw new Error(
          `waited ${deadlineMs} ms for ${what}; last: ${String(last)}\n${readFileSync(logFile, 'utf8').slice(-4000)}`,
        );
      await sleep(20);
    }
  }

  async function start(): Promise<void> {
    // Into the file by itself: whatever it has said is there when it is gone.
    const sink = openSync(logFile, 'a');
    const args = ['dist/main.js', 'http', '--config', configFile, ...(options.args ?? ['--debug'])];
    const started = spawn(process.execPath, args, { stdio: ['ignore', sink, sink] });
    closeSync(sink);
    child = started;
    await waitFor('the program to serve', async () => {
      if (started.exitCode !== null) throw new Error(`it ended with exit code ${started.exitCode}`);
      return (await api<{ Code?: string }>('health')).Code === 'OK';
    });
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const running = child;
    if (running === null || running.exitCode !== null || running.signalCode !== null) return running?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => running.once('exit', resolve));
    running.kill(signal);
    return ended;
  }

  await start().catch(async (thrown: unknown) => {
    await end('SIGKILL');
    throw thrown;
  });
  return {
    url,
    dir,
    get pid() {
      return child?.pid ?? 0;
    },
    api,
    waitFor,
    log,
    start,
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    async close() {
      await end('SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
