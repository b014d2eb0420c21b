import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock } from '../engine/ports.ts';
import { messageOf } from '../model/error.ts';
import type { BoundedOutput } from './bounded-output.ts';

/** A process that ignores TERM is killed after this time. */
const KILL_AFTER_MS = 2_000;
/** A process that is gone may have left children that hold its output open; so long the rest of the output is awaited. */
const OUTPUT_GRACE_MS = 50;
/** A killed process that does not go (it hangs in the kernel) is left to itself after this time. */
const GIVE_UP_AFTER_MS = 1_000;

export interface HookProcessRequest {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** 0 = none. */
  readonly timeoutMs: number;
  readonly output: BoundedOutput;
}

export type HookProcessOutcome =
  | {
      readonly kind: 'exited';
      readonly code: number | null;
      readonly signal: string | null;
      readonly timedOut: boolean;
    }
  | { readonly kind: 'not-started'; readonly reason: string };

type Ending = { readonly kind: 'exit'; readonly code: number | null; readonly signal: string | null };
type Failure = { readonly kind: 'error'; readonly reason: string };

/**
 * Runs one program in a process group of its own and waits for its end, not for that of what it leaves behind.
 * States: running → exited; running → (timeout: TERM to the group) → exited, or 2 s later KILL to the group → exited
 * or given up. Never throws.
 */
export async function runHookProcess(clock: Clock, request: HookProcessRequest): Promise<HookProcessOutcome> {
  let child: ChildProcess;
  try {
    child = spawn(request.program, request.arguments, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: request.environment,
    });
  } catch (error) {
    return { kind: 'not-started', reason: messageOf(error) };
  }
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ended = new Promise<Ending | Failure>((resolve) => {
    child.once('exit', (code, signal) => resolve({ kind: 'exit', code, signal }));
    child.once('error', (error) => resolve({ kind: 'error', reason: messageOf(error) }));
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Uint8Array) => request.output.add(chunk));
    stream?.on('error', () => {});
  }

  const inTime = request.timeoutMs > 0 ? await within(clock, ended, request.timeoutMs) : await ended;
  const ending = inTime ?? (await endGroup(clock, child, ended));
  if (ending?.kind === 'error') return { kind: 'not-started', reason: ending.reason };
  await within(clock, closed, OUTPUT_GRACE_MS);
  letGo(child);
  return {
    kind: 'exited',
    code: ending?.code ?? null,
    signal: ending?.signal ?? null,
    timedOut: inTime === null,
  };
}

/** The promise's value, or null when it is not there after `ms`. */
async function within<T>(clock: Clock, promise: Promise<T>, ms: number): Promise<T | null> {
  const timer = new AbortController();
  const value = await Promise.race([promise, clock.sleep(ms, timer.signal).then(() => null)]);
  timer.abort();
  return value;
}

/**
 * TERM to the group; KILL 2 s later to whoever of it is left then, also when its leader went earlier.
 * Resolves when the leader is gone, or null when it will not go.
 */
async function endGroup<T>(clock: Clock, child: ChildProcess, ended: Promise<T>): Promise<T | null> {
  signalGroup(child, 'SIGTERM');
  const mercy = new AbortController();
  void clock.sleep(KILL_AFTER_MS, mercy.signal).then(() => {
    if (!mercy.signal.aborted) signalGroup(child, 'SIGKILL');
  });
  const ending = await within(clock, ended, KILL_AFTER_MS + GIVE_UP_AFTER_MS);
  // With nobody left the number may soon be another's.
  if (!signalGroup(child, 0)) mercy.abort();
  return ending;
}

/** Signals every process of the group that the child leads; false when nobody is left. Signal 0 only asks. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false;
  try {
    return process.kill(-child.pid, signal);
  } catch {
    // ESRCH
    return false;
  }
}

/**
 * The pipes stay open, and drained, for children that the hook left behind: closing them would kill those at their
 * next line. They no longer keep this process alive.
 */
function letGo(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdout, child.stderr]) (stream as unknown as { unref?: () => void } | null)?.unref?.();
}
