import type { CliCommand, ServerCommand } from './command.ts';

/** Commands that wait without end do it where they can be interrupted. */
const STAYING = new Set(['master-pos-wait']);
/** Questions for which the API asks for authorization too: they search logs, or tell of pools. */
const GUARDED_SECTIONS: readonly CliCommand['section'][] = ['Binary logs', 'Pools'];

/** A command that a running program runs for others; null when it is none. */
export const servedCommand = (command: CliCommand | null): ServerCommand | null =>
  (command?.needs === 'reading' || command?.needs === 'orchestrator') &&
  command.deploysSchema !== true &&
  !STAYING.has(command.name)
    ? command
    : null;

/** Whether a command needs authorization for action. */
export const needsAuthorization = (command: ServerCommand, isDryRun: boolean): boolean =>
  (command.mutates && !isDryRun) || (!command.mutates && GUARDED_SECTIONS.includes(command.section));
