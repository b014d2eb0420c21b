import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from './wait.ts';

/**
 * Server processes are known by their pid files only, never by a handle: so a server can be killed or restarted by one
 * process and watched by another. Before any signal, the process's command line must name the server's own folder.
 */

/** Starts a server in a session of its own and writes its pid to `<serverDir>/server.pid`; output goes to the error log. */
export function launch(serverDir: string, command: readonly string[], args: readonly string[]): number {
  const [program = '', ...first] = command;
  const log = openSync(join(serverDir, 'error.log'), 'a');
  try {
    const child = spawn(program, [...first, ...args], {
      cwd: serverDir,
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' },
    });
    // A program that cannot be started shows as a server that is not alive.
    child.on('error', () => undefined);
    child.unref();
    const pid = child.pid ?? 0;
    writeFileSync(join(serverDir, 'server.pid'), `${pid}\n`);
    return pid;
  } finally {
    closeSync(log);
  }
}

/** The pid written when the server was last started; null when it never was. */
export function readPid(serverDir: string): number | null {
  try {
    const pid = Number(readFileSync(join(serverDir, 'server.pid'), 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

/** The living process of this server: null when it is gone, a zombie, or the pid now belongs to someone else. */
export function livingPid(serverDir: string): number | null {
  const pid = readPid(serverDir);
  if (pid === null || processState(pid) === null) return null;
  try {
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    // Empty while the kernel takes a killed process apart: its ports are still taken then.
    return commandLine === '' || commandLine.includes(`${serverDir}/`) ? pid : null;
  } catch {
    return null;
  }
}

/** True while the server is stopped by SIGSTOP. */
export function isPaused(serverDir: string): boolean {
  const pid = livingPid(serverDir);
  return pid !== null && processState(pid) === 'T';
}

const PAUSE_DEADLINE_MS = 2_000;

/**
 * Stops the server (SIGSTOP) and returns only when all its threads stand still: one on another core may go on for a moment, and
 * answer, after the signal was sent.
 */
export function pauseServer(serverDir: string): void {
  const pid = livingPid(serverDir);
  if (pid === null || !signalServer(serverDir, 'SIGSTOP')) return;
  const giveUpAt = performance.now() + PAUSE_DEADLINE_MS;
  while (!threadStates(pid).every((state) => state === 'T') && performance.now() < giveUpAt) pauseThisThread(1);
}

const threadStates = (pid: number): (string | null)[] => {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => processState(`${pid}/task/${thread}`));
  } catch {
    return [];
  }
};

const pauseThisThread = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
};

/** Sends a signal to the server's process, if it lives. True when it was sent. */
export function signalServer(serverDir: string, signal: NodeJS.Signals): boolean {
  const pid = livingPid(serverDir);
  if (pid === null) return false;
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Waits until the server's process is gone. Throws LabError 'deadline'. */
export async function waitGone(serverDir: string, deadlineMs: number): Promise<void> {
  const pid = readPid(serverDir);
  await waitFor(() => livingPid(serverDir) === null, {
    what: `process ${pid} of ${serverDir} to end`,
    deadlineMs,
    intervalMs: 2,
  });
}

/**
 * One letter as /proc shows it, of a process or (`pid/task/tid`) a thread; null when the process is gone or only its exit code remains. A first thread that ended
 * shows as a zombie while the others still hold memory, files and ports: such a process is not gone.
 */
function processState(pid: number | string): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in parentheses and may itself contain some; the state follows the last of them.
    const state = stat.charAt(stat.lastIndexOf(')') + 2);
    if (state !== 'Z' && state !== 'X') return state;
    return readdirSync(`/proc/${pid}/task`).length > 1 ? state : null;
  } catch {
    return null;
  }
}
