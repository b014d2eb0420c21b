import { type CliCommand, serverCommandsOf } from '../command.ts';
import { renderReadiness } from '../render-readiness.ts';
import { namesCluster, targetCluster } from '../targets.ts';

const command = serverCommandsOf('Recovery');

/** If a primary died now. */
export const readinessCommands: readonly CliCommand[] = [
  command({
    name: 'failover-readiness',
    description: 'if the primary died now: who would be promoted, how long, what would be lost, what blocks it',
    usage: '-c failover-readiness [-i host[:port] | -alias name]',
    run: async (context) => {
      const { readiness } = context.orchestrator;
      const answers = namesCluster(context)
        ? [await readiness.of(await targetCluster(context))]
        : await readiness.all();
      for (const line of answers.flatMap(renderReadiness)) context.print(line);
    },
  }),
];
