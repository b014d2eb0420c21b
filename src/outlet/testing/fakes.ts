import type { Clock, HookContext, Logger } from '../../engine/ports.ts';

/** Real time, for tests with real processes. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    }),
  every: (ms, run) => {
    const timer = setInterval(run, ms);
    return () => clearInterval(timer);
  },
};

export interface LoggedLine {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A logger that keeps its lines; `next` waits for the first line with this message. */
export function createMemoryLogger(): Logger & {
  readonly lines: LoggedLine[];
  next(message: string): Promise<LoggedLine>;
} {
  const lines: LoggedLine[] = [];
  const waiting: { readonly message: string; readonly resolve: (line: LoggedLine) => void }[] = [];
  const at = (level: string) => (fields: object, message: string) => {
    const line = { level, fields: { ...fields }, message };
    lines.push(line);
    for (const waiter of waiting) if (waiter.message === message) waiter.resolve(line);
  };
  return {
    lines,
    next(message) {
      const known = lines.find((line) => line.message === message);
      if (known) return Promise.resolve(known);
      return new Promise((resolve) => waiting.push({ message, resolve }));
    },
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
  };
}

/** A context whose audit lines are kept. */
export function createHookContext(
  placeholders: Readonly<Record<string, string>> = {},
  environment: Readonly<Record<string, string>> = {},
): HookContext & { readonly audit: string[] } {
  const audit: string[] = [];
  return {
    listName: 'PreFailoverProcesses',
    placeholders: new Map(Object.entries(placeholders)),
    environment,
    onCommand: (message) => audit.push(message),
    audit,
  };
}
