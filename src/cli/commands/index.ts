import type { CliCommand } from '../command.ts';
import { informationCommands } from './information.ts';
import { kvCommands } from './kv.ts';
import { logCommands } from './logs.ts';
import { managementCommands } from './management.ts';
import { metaCommands } from './meta.ts';
import { nameCommands } from './names.ts';
import { agentCommands, nodeCommands } from './node.ts';
import { operationCommands } from './operations.ts';
import { poolCommands } from './pools.ts';
import { readinessCommands } from './readiness.ts';
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
  ...poolCommands,
  ...managementCommands,
  ...recoveryCommands,
  ...readinessCommands,
  ...takeoverCommands,
  ...kvCommands,
  ...nameCommands,
  ...metaCommands,
  ...agentCommands,
  ...nodeCommands,
];

/** The command of this name or synonym. Historic names with `slave` mean those with `replica`. */
export function findCommand(name: string): CliCommand | null {
  const wanted = [name, name.replace('slave', 'replica')];
  return (
    COMMANDS.find((command) => wanted.some((one) => command.name === one || command.synonyms.includes(one))) ?? null
  );
}
