import type { CliCommand } from '../command.ts';
import { informationCommands } from './information.ts';
import { managementCommands } from './management.ts';
import { metaCommands } from './meta.ts';
import { recoveryCommands } from './recovery.ts';
import { replicationCommands } from './replication.ts';
import { topologyCommands } from './topology.ts';

/** The one table of commands. */
export const COMMANDS: readonly CliCommand[] = [
  ...informationCommands,
  ...topologyCommands,
  ...replicationCommands,
  ...managementCommands,
  ...recoveryCommands,
  ...metaCommands,
];

/** The command of this name or synonym. Historic names with `slave` mean those with `replica`. */
export function findCommand(name: string): CliCommand | null {
  const wanted = [name, name.replace('slave', 'replica')];
  return (
    COMMANDS.find((command) => wanted.some((one) => command.name === one || command.synonyms.includes(one))) ?? null
  );
}
