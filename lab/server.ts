import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLink, type Param, type Row } from './connection.ts';
import { LabError } from './error.ts';
import { type Flavour, vocabularyOf } from './flavour.ts';
import { isPaused, launch, livingPid, pauseServer, readPid, signalServer, waitGone } from './process.ts';
import type { CuttingProxy } from './proxy.ts';
import { lastWords, run } from './run.ts';
import { readOnlyArgs, writableArgs } from './server-args.ts';
import type { ServerSpec } from './spec.ts';
import { LAB_USERS } from './users.ts';
import { waitFor } from './wait.ts';

export interface RestartOptions {
  /** Start closed for writes (true) or open (false), whatever its usual arguments say. */
  readonly readOnly?: boolean;
  /** Further arguments for this one start; they win over all others. */
  readonly args?: readonly string[];
}

/** One real server. Its states: down, up, paused (SIGSTOP: the kernel still accepts connections, nobody answers). */
export interface LabServer {
  readonly number: number;
  readonly host: string;
  /** The port by which everybody knows the server (its proxy's, if it has one). */
  readonly port: number;
  /** The server's own port. */
  readonly directPort: number;
  readonly serverDir: string;
  readonly dataDir: string;
  /** The pid of its last start, also when it is down; null before the first. */
  readonly pid: number | null;
  /** Cuts what reaches the server by its address; null unless the topology is proxied. */
  readonly proxy: CuttingProxy | null;
  isAlive(): boolean;
  isPaused(): boolean;
  /** SIGKILL, and waits until the process is gone. */
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  /** SIGTERM, and waits until the process is gone (at most a minute). */
  shutdown(): Promise<void>;
  /** Starts the server with the same data, after a clean shutdown if it is up, and waits until it answers. */
  restart(options?: RestartOptions): Promise<void>;
  /** Throws the data away and starts with the flavour's initial data folder. */
  startAfresh(): Promise<void>;
  /** True when the process runs with the arguments of the plan, not with those of a special restart. */
  runsAsPlanned(): boolean;
  /** Runs one statement as root over the server's own port, past any proxy; default deadline 15 s. */
  query(sql: string, params?: readonly Param[], options?: { readonly timeoutMs?: number }): Promise<readonly Row[]>;
  /** The first row of the flavour's replica status; null when it is no replica. */
  replicaStatus(): Promise<Row | null>;
  errorLogTail(lines?: number): string;
  /** Drops the lab's connection; the server goes on. */
  disconnect(): void;
}

export interface ServerContext {
  readonly flavour: Flavour;
  readonly templateDir: string;
  readonly superReadOnly: boolean;
  readonly proxy: CuttingProxy | null;
}

/** The handle of one planned server; starts nothing. */
export function createServerHandle(spec: ServerSpec, context: ServerContext): LabServer {
  const { serverDir } = spec;
  const name = `server ${spec.number} (${spec.host}:${spec.port}, ${context.flavour})`;
  const link = createLink(name, { user: LAB_USERS.root, host: spec.host, port: spec.directPort });
  const words = vocabularyOf(context.flavour);

  function errorLogTail(lines = 15): string {
    const path = join(serverDir, 'error.log');
    return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : '';
  }

  /** The errors of the last start, or whatever was said last. */
  function complaints(): string {
    const errors = errorLogTail(30)
      .split('\n')
      .filter((line) => /\[ERROR\]|error while|cannot open/i.test(line));
    return errors.length > 0 ? errors.join('\n') : errorLogTail(8);
  }

  async function start(extra: readonly string[]): Promise<void> {
    launch(serverDir, spec.command, [...spec.args, ...extra]);
    const state = await waitFor(
      async () => {
        if (livingPid(serverDir) === null) return 'ended';
        await link.query('SELECT 1', [], { timeoutMs: 3000 });
        return 'up';
      },
      { what: `${name} to answer after its start`, deadlineMs: 60_000, explain: () => errorLogTail(5) },
    );
    if (state === 'ended') {
      throw new LabError('start-failed', `${name} ended while starting; its log says:\n${complaints()}`);
    }
    await context.proxy?.setTargetDown(false);
  }

  async function end(signal: 'SIGKILL' | 'SIGTERM', deadlineMs: number): Promise<void> {
    link.close();
    // A stopped process cannot act on SIGTERM; on SIGKILL it ends anyway.
    if (signal === 'SIGTERM') signalServer(serverDir, 'SIGCONT');
    signalServer(serverDir, signal);
    await waitGone(serverDir, deadlineMs);
    await context.proxy?.setTargetDown(true);
  }

  return {
    number: spec.number,
    host: spec.host,
    port: spec.port,
    directPort: spec.directPort,
    serverDir,
    dataDir: spec.dataDir,
    proxy: context.proxy,
    get pid() {
      return readPid(serverDir);
    },
    isAlive: () => livingPid(serverDir) !== null,
    isPaused: () => isPaused(serverDir),
    kill: () => end('SIGKILL', 20_000),
    pause: () => pauseServer(serverDir),
    resume() {
      signalServer(serverDir, 'SIGCONT');
    },
    shutdown: () => end('SIGTERM', 60_000),
    async restart(options = {}) {
      if (livingPid(serverDir) !== null) await end('SIGTERM', 60_000);
      const access =
        options.readOnly === undefined
          ? []
          : options.readOnly
            ? readOnlyArgs(context.flavour, context.superReadOnly)
            : writableArgs(context.flavour);
      await start([...access, ...(options.args ?? [])]);
    },
    async startAfresh() {
      await end('SIGKILL', 20_000);
      rmSync(serverDir, { recursive: true, force: true });
      mkdirSync(join(serverDir, 'tmp'), { recursive: true });
      const copied = await run('cp', ['-a', '--reflink=auto', '--sparse=auto', context.templateDir, spec.dataDir]);
      if (copied.code !== 0) {
        throw new LabError(
          'start-failed',
          `cannot make the data folder of ${name}: ${lastWords(copied)}; is the disk full?`,
        );
      }
      writeIdentity(spec.dataDir);
      await start([]);
    },
    runsAsPlanned() {
      const pid = livingPid(serverDir);
      if (pid === null) return false;
      const running = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
      return running.join('\0') === [...spec.command, ...spec.args].join('\0');
    },
    query: link.query,
    async replicaStatus() {
      return (await link.query(words.showReplicaStatus))[0] ?? null;
    },
    errorLogTail,
    disconnect: link.close,
  };
}

/**
 * Gives the data folder a server uuid of its own. MySQL 5.6 would make one from the clock and the network card: two
 * servers started in the same instant of one machine came out with the same. MariaDB does not read the file.
 */
function writeIdentity(dataDir: string): void {
  writeFileSync(join(dataDir, 'auto.cnf'), `[auto]\nserver-uuid=${randomUUID()}\n`);
}
