import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock } from '../engine/ports.ts';
import { messageOf } from '../model/error.ts';

/** Priorities of syslog by the levels of the log (RFC 5424, table 2). */
export const SYSLOG_PRIORITIES = { debug: 7, info: 6, warning: 4, error: 3, critical: 2 } as const;
export type SyslogPriority = (typeof SYSLOG_PRIORITIES)[keyof typeof SYSLOG_PRIORITIES];

/** Lines waiting for the child beyond this are dropped: the log must never hold up a failover. */
const MOST_WAITING_BYTES = 1024 * 1024;
/** So long closing waits for the last lines. */
const CLOSE_DEADLINE_MS = 1_000;
/** A child that ends is started again, not sooner than this after its last start. */
const RESTART_AFTER_MS = 10_000;

export interface Syslog {
  /** One line; line breaks in it become blanks. */
  write(line: string, priority: SyslogPriority): void;
  close(): Promise<void>;
}

export interface SyslogDeps {
  readonly clock: Clock;
  /** Told once, however often it fails. Must not write to syslog. */
  readonly onFailure: (message: string) => void;
}

export interface SyslogSettings {
  /** `logger` of util-linux, or what takes its place in a test; lines on its input begin with <priority>. */
  readonly program: string;
  readonly tag: string;
}

/**
 * Sends lines to syslog through the program `logger`, kept running: Node has no unix datagram sockets, and a native
 * module is no dependency of ours. Where `logger` is missing, or cannot reach syslog, that is told once and lines are dropped.
 */
export function createSyslog(deps: SyslogDeps, settings: SyslogSettings): Syslog {
  let child: ChildProcess | null = null;
  let lastStartMs = Number.NEGATIVE_INFINITY;
  let hasToldFailure = false;
  let isClosed = false;

  const failed = (reason: string): void => {
    if (hasToldFailure || isClosed) return;
    hasToldFailure = true;
    deps.onFailure(
      `Syslog cannot be written through ${settings.program} (${reason}). Install it and see that a syslog service runs, or set EnableSyslog and AuditToSyslog to false.`,
    );
  };

  const start = (): ChildProcess | null => {
    if (deps.clock.monotonicMs() - lastStartMs < RESTART_AFTER_MS) return null;
    lastStartMs = deps.clock.monotonicMs();
    const started = spawn(settings.program, ['--tag', settings.tag, '--prio-prefix', '--socket-errors=on'], {
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: true,
    });
    let said = '';
    started.stderr?.on('data', (chunk: Uint8Array) => {
      said = (said + Buffer.from(chunk).toString('utf8')).slice(-500);
    });
    started.stdin?.on('error', () => {});
    started.once('error', (error) => {
      child = null;
      failed(messageOf(error));
    });
    started.once('close', (code) => {
      if (child === started) child = null;
      failed(said.trim() === '' ? `it ended with exit code ${code}` : said.trim());
    });
    started.unref();
    for (const stream of [started.stdin, started.stderr])
      (stream as unknown as { unref?: () => void } | null)?.unref?.();
    return started;
  };

  return {
    write(line, priority) {
      if (isClosed) return;
      child ??= start();
      const input = child?.stdin;
      if (!input?.writable || input.writableLength > MOST_WAITING_BYTES) return;
      input.write(`<${priority}>${line.replace(/[\r\n]+/g, ' ')}\n`);
    },
    async close() {
      isClosed = true;
      const last = child;
      child = null;
      if (!last?.stdin?.writable) return;
      const timer = new AbortController();
      const closed = new Promise<void>((resolve) => last.once('close', () => resolve()));
      last.ref();
      last.stdin.end();
      await Promise.race([closed, deps.clock.sleep(CLOSE_DEADLINE_MS, timer.signal)]);
      timer.abort();
      last.unref();
    },
  };
}

/** The priority for a numeric level of the log (pino: 10 trace … 60 fatal). */
export function syslogPriorityOf(level: number): SyslogPriority {
  if (level >= 60) return SYSLOG_PRIORITIES.critical;
  if (level >= 50) return SYSLOG_PRIORITIES.error;
  if (level >= 40) return SYSLOG_PRIORITIES.warning;
  return level >= 30 ? SYSLOG_PRIORITIES.info : SYSLOG_PRIORITIES.debug;
}
