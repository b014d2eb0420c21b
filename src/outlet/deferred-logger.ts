import type { Logger } from '../engine/ports.ts';
import { LOG_LEVELS, type LogLevel } from './log-level.ts';
import type { ProgramLogger } from './logger.ts';

/**
 * The log of a single command, which mostly says nothing: the real logger is opened by the first line of `level` or above.
 * Lines keep their order; close() waits for those that still wait.
 */
export function createDeferredLogger(level: LogLevel, open: () => Promise<ProgramLogger>): ProgramLogger {
  let opened: Promise<ProgramLogger> | null = null;
  let lastLine: Promise<void> = Promise.resolve();
  const line =
    (name: LogLevel | 'fatal'): Logger['info'] =>
    (fields, message) => {
      if (name !== 'fatal' && LOG_LEVELS.indexOf(name) < LOG_LEVELS.indexOf(level)) return;
      opened ??= open();
      lastLine = opened.then((logger) => logger[name](fields, message));
    };
  return {
    trace: line('trace'),
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    fatal: line('fatal'),
    async close() {
      await lastLine;
      await (await opened)?.close();
    },
  };
}
