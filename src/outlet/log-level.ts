export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The flags of the command line that concern the log. */
export interface LogFlags {
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly debug: boolean;
}

/**
 * Which level to log at: --debug (or the key Debug) over --verbose over --quiet, else `otherwise`
 * (info for the service, warn for single commands).
 */
export function logLevelOf(flags: LogFlags, configDebug: boolean, otherwise: LogLevel): LogLevel {
  if (flags.debug) return 'debug';
  if (flags.verbose) return 'info';
  if (flags.quiet) return 'error';
  return configDebug ? 'debug' : otherwise;
}
