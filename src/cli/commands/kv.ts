import type { KvSubmission } from '../../engine/kv/service.ts';
import { WOULD } from '../../legacy/would.ts';
import { type CliCommand, type CommandContext, serverCommandsOf } from '../command.ts';
import { fail, namesCluster, targetCluster } from '../targets.ts';

const command = serverCommandsOf('Key-value');

const clusterOf = async (context: CommandContext): Promise<string | null> =>
  namesCluster(context) ? targetCluster(context) : null;

function printPairs({ print, note }: CommandContext, { pairs, troubles }: Omit<KvSubmission, 'primaries'>): void {
  for (const { key, value } of pairs) print(`${key}:${value}`);
  for (const sentence of troubles) note(sentence);
}

/** Who is primary, told to the world. */
export const kvCommands: readonly CliCommand[] = [
  command({
    name: 'submit-masters-to-kv-stores',
    description: 'writes the primary of a cluster, or of all, to the key-value stores',
    usage: '-c submit-masters-to-kv-stores [-i host[:port] | -alias name]',
    run: async (context) => {
      const { pairs, troubles } = await context.orchestrator.kv.submit(await clusterOf(context));
      printPairs(context, { pairs, troubles: [] });
      if (troubles.length > 0) fail('kv-incomplete', troubles.join('; '));
    },
    dryRun: async (context) => {
      const made = await context.orchestrator.kv.preview(await clusterOf(context));
      printPairs(context, made);
      context.print(WOULD.submitPrimaries(made.primaries.length));
    },
  }),
];
