import { type CliCommand, COMMAND_SECTIONS } from './command.ts';
import { COMMANDS, findCommand } from './commands/index.ts';
import { usageText } from './parse.ts';
import { didYouMean } from './suggest.ts';

/** All commands by section, one line each. */
export function commandListing(): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length)) + 2;
  return COMMAND_SECTIONS.flatMap((section) => [
    `${section}:`,
    ...COMMANDS.filter((command) => command.section === section).map(
      (command) => `    ${command.name.padEnd(width)}${command.description}`,
    ),
  ])
    .join('\n')
    .concat('\n');
}

/** What is printed when the program is called without anything. */
export const introText = (): string =>
  `orchestrator: discovers, shows and heals MySQL and MariaDB replication topologies.

  orchestrator http                     serve the page and the API, and watch over the topologies
  orchestrator -c <command> [options]   run one command
  orchestrator help                     list the commands and options
  orchestrator help <command>           explain one
`;

/** All there is: usage, flags, commands. */
export const fullHelp = (): string => `${usageText()}\nCommands (-c):\n${commandListing()}`;

/** Help on one command; null when there is no such topic. */
export function topicHelp(topic: string): string | null {
  const command = findCommand(topic);
  return command === null ? null : describe(command);
}

function describe(command: CliCommand): string {
  const synonyms = command.synonyms.length === 0 ? '' : `Also called: ${command.synonyms.join(', ')}\n`;
  const isMutating = command.needs === 'orchestrator' && command.mutates;
  const dryRun = isMutating ? 'With --dry-run (or -noop) it only says what it would do.\n' : '';
  return `${command.name} (${command.section})\n  ${command.description}\n\nUsage: orchestrator ${command.usage}\n${synonyms}${dryRun}`;
}

/** `; did you mean "topology"?` or ''. */
export function commandHint(typed: string): string {
  const hint = didYouMean(
    typed,
    COMMANDS.flatMap((command) => [command.name, ...command.synonyms]),
  );
  return hint === null ? '' : ` Did you mean "${hint}"?`;
}
