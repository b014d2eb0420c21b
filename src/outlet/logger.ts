import { pino } from 'pino';
import type { Logger } from '../engine/ports.ts';
import { LOG_LEVELS, type LogLevel } from './log-level.ts';
import { formatLogLine } from './log-line.ts';

/** Somewhere lines go. */
export interface LogSink {
  write(line: string): void;
  /** Writes what still waits, at once. */
  flushSync?(): void;
}

export interface LoggerSettings {
  readonly level: LogLevel;
  /** human: one line for people, for a terminal. json: one object a line, for collectors. */
  readonly format: 'human' | 'json';
  /** --stack: errors bring their stack. */
  readonly withStack: boolean;
}

/** A second destination with a level of its own, e.g. syslog. */
export interface SecondSink {
  readonly level: LogLevel;
  write(line: string, level: number): void;
}

export type ProgramLogger = Logger & { close(): Promise<void> };

const MOST_WAITING_BYTES = 4 * 1024 * 1024;

/** Names under which secrets might be put into a log line by mistake. Secret itself prints as ***. */
const REDACTED = ['password', 'token', 'authorization', 'secret'].flatMap((name) => [name, `*.${name}`]);

/**
 * The log of the program, on pino. In: where lines go (stderr when null), and optionally a second sink.
 * An `err` field takes anything thrown: its message, code, details, and with --stack its stack.
 * Lines are written in the background: a terminal that was stopped (Ctrl-S) must not stop a failover. Beyond 4 MB of waiting
 * lines new ones are dropped. `fatal` and `close` write what waits; so does the end of the process.
 */
export function createLogger(
  deps: { readonly sink: LogSink | null; readonly second: SecondSink | null },
  settings: LoggerSettings,
): ProgramLogger {
  const sink: LogSink = deps.sink ?? pino.destination({ fd: 2, sync: false, maxLength: MOST_WAITING_BYTES });
  const flushSync = (): void => sink.flushSync?.();
  const first: LogSink =
    settings.format === 'json' ? sink : { write: (line) => sink.write(formatLogLine(line)), flushSync };
  const second = deps.second;
  const streams = pino.multistream([
    { level: settings.level, stream: first },
    ...(second ? [{ level: second.level, stream: secondStream(second) }] : []),
  ]);
  const level = second && isBelow(second.level, settings.level) ? second.level : settings.level;
  const logger = pino(
    {
      level,
      base: null,
      redact: { paths: REDACTED, censor: '***' },
      serializers: { err: (thrown: unknown) => describeError(thrown, settings.withStack) },
    },
    streams,
  );
  return {
    trace: (fields, message) => logger.trace(fields, message),
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    fatal: (fields, message) => logger.fatal(fields, message),
    close() {
      flushSync();
      return Promise.resolve();
    },
  };
}

const isBelow = (a: LogLevel, b: LogLevel): boolean => LOG_LEVELS.indexOf(a) < LOG_LEVELS.indexOf(b);

/** human on a terminal, json into a pipe or a file. */
export const logFormatFor = (isTerminal: boolean): LoggerSettings['format'] => (isTerminal ? 'human' : 'json');

function secondStream(second: SecondSink): LogSink {
  return {
    write: (line) => {
      const level = /"level":(\d+)/.exec(line)?.[1];
      second.write(formatLogLine(line).trimEnd(), Number(level ?? 30));
    },
  };
}

function describeError(thrown: unknown, withStack: boolean): object {
  if (!(thrown instanceof Error)) return { message: String(thrown) };
  const { code, details } = thrown as { readonly code?: unknown; readonly details?: unknown };
  return {
    message: thrown.message,
    ...(code === undefined ? {} : { code }),
    ...(details === undefined || Object.keys(details as object).length === 0 ? {} : { details }),
    ...(thrown.cause === undefined
      ? {}
      : { cause: thrown.cause instanceof Error ? thrown.cause.message : String(thrown.cause) }),
    ...(withStack && thrown.stack !== undefined ? { stack: thrown.stack } : {}),
  };
}
