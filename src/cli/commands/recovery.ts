import type { RecoveryFilter } from '../../engine/ports.ts';
import { WOULD } from '../../legacy/would.ts';
import { formatKey } from '../../model/instance-key.ts';
import { type CliCommand, type CommandContext, readingCommandsOf, serverCommandsOf } from '../command.ts';
import { mannerOf } from '../manner.ts';
import { renderPlan, renderRefusal } from '../render-plan.ts';
import { destination, fail, ownerOf, target, targetCluster, targetOrLocal } from '../targets.ts';

const command = serverCommandsOf('Recovery');
const reading = readingCommandsOf('Recovery');

async function planRecovery(context: CommandContext): Promise<void> {
  const plan = await context.orchestrator.planRecovery(await target(context), await destination(context));
  if (plan.kind === 'refusal') return fail('refused', renderRefusal(plan));
  for (const line of renderPlan(plan)) context.print(line);
}

async function recover(context: CommandContext, skipHooks: boolean): Promise<void> {
  const { orchestrator } = context;
  const key = await target(context);
  const candidate = await destination(context);
  const outcome = await orchestrator.recover(key, { candidate, skipHooks, manner: mannerOf(context.flags) });
  switch (outcome.kind) {
    case 'recovered':
      return context.print(formatKey(outcome.successor));
    case 'not-attempted':
      if (outcome.refusal !== null) return fail('refused', `Recovery not attempted: ${outcome.reason}`);
      // Historic: nothing on standard output and exit code 0.
      return context.note(`Recovery not attempted: ${outcome.reason}`);
    case 'failed':
      return fail('recovery-failed', `Recovery of ${formatKey(key)} failed: ${outcome.reason}`);
  }
}

/** What an acknowledgement is about, in the store's terms and in words. */
interface Acknowledged {
  readonly filter: RecoveryFilter;
  readonly which: string;
}

/** The commands that acknowledge; all of them want a comment first. */
const acknowledging = (of: (context: CommandContext) => Promise<Acknowledged>) => ({
  run: async (context: CommandContext): Promise<void> => {
    requireReason(context);
    const { filter } = await of(context);
    const count = await context.orchestrator.acknowledge(filter, ownerOf(context), context.flags.reason);
    context.print(`${count} recoveries acknowledged`);
  },
  dryRun: async (context: CommandContext): Promise<void> => {
    requireReason(context);
    const { which } = await of(context);
    context.print(WOULD.acknowledge(which, ownerOf(context), context.flags.reason));
  },
});

const requireReason = (context: CommandContext): void => {
  if (context.flags.reason === '') fail('no-reason', '--reason option required (comment your ack)');
};

/** What is wrong, and healing it. */
export const recoveryCommands: readonly CliCommand[] = [
  reading({
    name: 'replication-analysis',
    description: 'what is wrong now; downtimed servers are left out',
    usage: '-c replication-analysis',
    run: async (context) => {
      for (const { view, code, structureWarnings } of await context.orchestrator.analyse({})) {
        const verdicts = [...(code === 'NoProblem' ? [] : [code]), ...structureWarnings];
        context.print(`${formatKey(view.key)} (cluster ${view.clusterName}): ${verdicts.join(', ')}`);
      }
    },
  }),
  command({
    name: 'recover',
    description: 'recovers a failed server now',
    usage: '-c recover -i host[:port] [-d candidate[:port]]',
    run: (context) => recover(context, false),
    dryRun: planRecovery,
  }),
  command({
    name: 'recover-lite',
    description: 'the same without hooks',
    usage: '-c recover-lite -i host[:port] [-d candidate[:port]]',
    run: (context) => recover(context, true),
    dryRun: planRecovery,
  }),
  command({
    name: 'ack-all-recoveries',
    description: 'acknowledges all recoveries',
    usage: '-c ack-all-recoveries -reason <comment>',
    ...acknowledging(async () => ({ filter: {}, which: 'all recoveries' })),
  }),
  command({
    name: 'ack-cluster-recoveries',
    description: 'acknowledges the recoveries of a cluster',
    usage: '-c ack-cluster-recoveries [-i host[:port] | -alias name] -reason <comment>',
    ...acknowledging(async (context) => {
      const clusterName = await targetCluster(context);
      return { filter: { clusterName }, which: `the recoveries of cluster ${clusterName}` };
    }),
  }),
  command({
    name: 'ack-instance-recoveries',
    description: 'acknowledges the recoveries of a server',
    usage: '-c ack-instance-recoveries -i host[:port] -reason <comment>',
    ...acknowledging(async (context) => {
      const key = await targetOrLocal(context);
      return { filter: { key }, which: `the recoveries of ${formatKey(key)}` };
    }),
  }),
  command({
    name: 'disable-global-recoveries',
    description: 'turns automated recovery off, everywhere',
    usage: '-c disable-global-recoveries',
    run: async (context) => {
      await context.orchestrator.setRecoveryDisabled(true, ownerOf(context));
      context.print('OK: Orchestrator recoveries DISABLED globally');
    },
    dryRun: async ({ print }) => print(WOULD.setRecoveries(true)),
  }),
  command({
    name: 'enable-global-recoveries',
    description: 'turns automated recovery on again',
    usage: '-c enable-global-recoveries',
    run: async (context) => {
      await context.orchestrator.setRecoveryDisabled(false, ownerOf(context));
      context.print('OK: Orchestrator recoveries ENABLED globally');
    },
    dryRun: async ({ print }) => print(WOULD.setRecoveries(false)),
  }),
  reading({
    name: 'check-global-recoveries',
    description: 'is automated recovery off?',
    usage: '-c check-global-recoveries',
    run: async ({ orchestrator, print }) =>
      print(`OK: Global recoveries disabled: ${await orchestrator.isRecoveryDisabled()}`),
  }),
];
