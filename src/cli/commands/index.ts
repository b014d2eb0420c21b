import type { CliCommand } from '../command.ts';
import { informationCommands } from './information.ts';
import { logCommands } from './logs.ts';
import { managementCommands } from './management.ts';
import { metaCommands } from './meta.ts';
import { nameCommands } from './names.ts';
import { operationCommands } from './operations.ts';
import { recoveryCommands } from './recovery.ts';
import { replicationCommands } from './replication.ts';
import { tagCommands } from './tags.ts';
import { takeoverCommands } from './takeover.ts';
import { topologyCommands } from './topology.ts';
import { unfinishedCommands } from './unfinished.ts';

/** The one table of commands. */
export const COMMANDS: readonly CliCommand[] = [
  ...operationCommands,
  ...unfinishedCommands,
  ...logCommands,
  ...informationCommands,
  ...topologyCommands,
  ...replicationCommands,
  ...tagCommands,
  ...managementCommands,
  ...recoveryCommands,
  ...takeoverCommands,
  ...nameCommands,
  ...metaCommands,
];

/** The command of this name or synonym. Historic names with `slave` mean those with `replica`. */
export function findCommand(name: string): CliCommand | null {
  const wanted = [name, name.replace('slave', 'replica')];
  return (
    COMMANDS.find((command) => wanted.some((one) => command.name === one || command.synonyms.includes(one))) ?? null
  );
}
