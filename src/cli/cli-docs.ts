import type { ClientCommand } from './client/command.ts';
import { optionsHelp } from './client/options.ts';
import { type CliCommand, COMMAND_SECTIONS } from './command.ts';
import { usageText } from './parse.ts';

const HEADER = `# Command line

Written by a test from the tables of commands and flags (\`src/cli\`).

- \`orchestrator http\` serves page and API and watches over the topologies. \`orchestrator -c <command>\` runs one command (\`orchestrator cli -c <command>\` is the same). \`orchestrator help [command]\` explains.
- Flags take one dash or two, \`-i x\` or \`-i=x\`, before or after the word.
- Results go to standard output. A failure is one line \`YYYY-MM-DD HH:MM:SS FATAL …\` on standard error. Exit codes: 0 good, 1 failed, 2 flags that make no sense.
- \`-i\` may hold several servers, separated by commas or blanks; the command runs once for each.
- Without \`-i\` and \`-alias\`, commands about a cluster mean that of the server on this machine at DefaultInstancePort.
- Commands that change something take \`--dry-run\` (historic: \`-noop\`): they say what they would do, and do nothing. For operations that is the plan: why, what would be sent to which server, what is waited for, and the topology before and after. They are marked †.
- Questions answered by yes or no print the server for yes and nothing for no.
`;

/** The tables as docs/cli.md. */
export function cliDocs(commands: readonly CliCommand[], clientCommands: readonly ClientCommand[]): string {
  const chapters = COMMAND_SECTIONS.map((section) =>
    table(
      `## ${section}`,
      ['command', 'usage', 'what'],
      commands
        .filter((command) => command.section === section)
        .map((command) => [
          [command.name, ...command.synonyms].map(code).join(', '),
          code(`orchestrator ${command.usage}`),
          `${command.description}${command.needs === 'orchestrator' && command.mutates ? ' †' : ''}`,
        ]),
    ),
  );
  const client = table(
    '# orchestrator-client\n\nSpeaks HTTP to `ORCHESTRATOR_API` (or `-U`; else `http://localhost:3000`); given several addresses it looks for the leader. A failure is one line on standard error and exit code 1. Commands that the server has no route for say so. † changes something, and takes `--dry-run`.',
    ['command', 'what'],
    clientCommands.map((command) => [
      [command.name, ...command.synonyms].map(code).join(', '),
      `${command.description}${command.mutates ? ' †' : ''}`,
    ]),
  );
  return [HEADER, block(usageText()), ...chapters, client, block(optionsHelp())].join('\n');
}

const code = (text: string): string => `\`${text.replace(/\|/g, '\\|')}\``;
const block = (text: string): string => `\`\`\`\n${text.trimEnd()}\n\`\`\`\n`;

function table(title: string, columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${title}\n\n${lines.join('\n')}\n`;
}
