import type { ProgramFlags } from '../cli/flags.ts';
import type { Config } from '../config/schema.ts';
import { createSystemClock } from '../engine/basis/clock.ts';
import type { LogLevel } from '../outlet/log-level.ts';
import type { ProgramLogger } from '../outlet/logger.ts';

/** The log of the service on stderr, and on syslog with EnableSyslog. */
export async function openLog(flags: ProgramFlags, config: Config): Promise<ProgramLogger> {
  const { logLevelOf } = await import('../outlet/log-level.ts');
  return openAt(logLevelOf(flags, config.Debug, 'info'), flags, config);
}

/** The log of a single command: mostly silent, so it is opened by the first line. */
export async function openCommandLog(flags: ProgramFlags, config: Config): Promise<ProgramLogger> {
  const [{ logLevelOf }, { createDeferredLogger }] = await Promise.all([
    import('../outlet/log-level.ts'),
    import('../outlet/deferred-logger.ts'),
  ]);
  const level = logLevelOf(flags, config.Debug, 'error');
  return createDeferredLogger(config.EnableSyslog && level === 'error' ? 'info' : level, () =>
    openAt(level, flags, config),
  );
}

async function openAt(level: LogLevel, flags: ProgramFlags, config: Config): Promise<ProgramLogger> {
  const [{ createLogger, logFormatFor }, { createSyslog, syslogPriorityOf }] = await Promise.all([
    import('../outlet/logger.ts'),
    import('../outlet/syslog.ts'),
  ]);
  const syslog = config.EnableSyslog
    ? createSyslog(
        { clock: createSystemClock(), onFailure: (message) => process.stderr.write(`${message}\n`) },
        { program: 'logger', tag: 'orchestrator' },
      )
    : null;
  const second =
    syslog === null
      ? null
      : { level: 'info' as const, write: (line: string, at: number) => syslog.write(line, syslogPriorityOf(at)) };
  const logger = createLogger(
    { sink: null, second },
    { level, format: logFormatFor(process.stderr.isTTY), withStack: flags.stack },
  );
  return {
    ...logger,
    async close() {
      await logger.close();
      await syslog?.close();
    },
  };
}
