import { WOULD } from '../../legacy/would.ts';
import { formatKey } from '../../model/instance-key.ts';
import { type CliCommand, type CommandContext, readingCommandsOf, serverCommandsOf } from '../command.ts';
import { fail, printKeys, targetCluster } from '../targets.ts';

const command = serverCommandsOf('Pools');
const reading = readingCommandsOf('Pools');

const poolName = ({ flags }: CommandContext): string =>
  flags.pool === '' ? fail('no-pool', 'Please submit --pool') : flags.pool;

/** Pools of servers, as load balancers submit them. */
export const poolCommands: readonly CliCommand[] = [
  command({
    name: 'submit-pool-instances',
    description: 'replaces the members of a pool by the comma list of -i; they expire',
    usage: '-c submit-pool-instances -pool <name> -i host[:port],host[:port],…',
    takesList: true,
    run: async (context) => {
      const { classification } = context.orchestrator;
      const pool = poolName(context);
      await classification.submitPool(pool, await classification.poolMembers(context.instanceText));
    },
    dryRun: async (context) => {
      const keys = await context.orchestrator.classification.poolMembers(context.instanceText);
      context.print(WOULD.submitPool(poolName(context), keys.map(formatKey)));
    },
  }),
  reading({
    name: 'cluster-pool-instances',
    description: 'cluster, alias, pool and server of every member of a pool, separated by tabs',
    usage: '-c cluster-pool-instances',
    run: async ({ orchestrator, print }) => {
      const fleet = orchestrator.fleet();
      for (const { pool, key } of await orchestrator.classification.pools()) {
        const position = fleet.recordOf(key)?.position;
        if (position !== undefined)
          print([position.clusterName, position.clusterAlias, pool, formatKey(key)].join('\t'));
      }
    },
  }),
  reading({
    name: 'which-heuristic-cluster-pool-instances',
    description: 'servers of a cluster that are in a pool (or in -pool), answer and replicate',
    usage: '-c which-heuristic-cluster-pool-instances [-i host[:port] | -alias name] [-pool <name>]',
    run: async (context) => {
      const { pool } = context.flags;
      const name = await targetCluster(context);
      printKeys(context, await context.orchestrator.classification.healthyPoolMembers(name, pool === '' ? null : pool));
    },
  }),
];
