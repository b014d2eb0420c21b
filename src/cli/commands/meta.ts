import { byKey } from '../../legacy/listings.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { CliCommand } from '../command.ts';

/** About the program itself. */
export const metaCommands: readonly CliCommand[] = [
  {
    name: 'dump-config',
    synonyms: [],
    section: 'Meta',
    needs: 'configuration',
    description: 'the effective configuration as JSON, secrets hidden',
    usage: '-c dump-config [-config file]',
    run: async ({ print, settings }) => print(settings.configurationJson),
  },
  {
    name: 'bulk-instances',
    synonyms: [],
    section: 'Meta',
    needs: 'reading',
    mutates: false,
    description: 'every known server, sorted',
    usage: '-c bulk-instances',
    run: async ({ orchestrator, print }) => {
      for (const record of [...orchestrator.fleet().records].sort(byKey)) print(formatKey(record.key));
    },
  },
];
