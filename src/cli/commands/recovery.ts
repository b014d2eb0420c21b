import type { RecoveryFilter } from '../../engine/ports.ts';
import { formatKey } from '../../model/instance-key.ts';
import { type CliCommand, type CommandContext, serverCommandsOf } from '../command.ts';
import { renderPlan, renderRefusal } from '../render-plan.ts';
import { destination, fail, target, targetCluster, targetOrLocal } from '../targets.ts';

const command = serverCommandsOf('Recovery');

async function recover(context: CommandContext, skipHooks: boolean): Promise<void> {
  const { flags, orchestrator } = context;
  const key = await target(context);
  const candidate = await destination(context);
  if (flags.dryRun || flags.noop) {
    const plan = await orchestrator.planRecovery(key, candidate);
    if (plan.kind === 'refusal') return fail('refused', renderRefusal(plan));
    for (const line of renderPlan(plan)) context.print(line);
    return;
  }
  const outcome = await orchestrator.recover(key, { candidate, skipHooks });
  switch (outcome.kind) {
    case 'recovered':
      return context.print(formatKey(outcome.successor));
    case 'not-attempted':
      // Historic: nothing on standard output and exit code 0.
      return context.note(`Recovery not attempted: ${outcome.reason}`);
    case 'failed':
      return fail('recovery-failed', `Recovery of ${formatKey(key)} failed: ${outcome.reason}`);
  }
}

async function acknowledge(context: CommandContext, filter: RecoveryFilter): Promise<void> {
  const count = await context.orchestrator.acknowledge(
    filter,
    context.flags.owner === '' ? context.username : context.flags.owner,
    context.flags.reason,
  );
  context.print(`${count} recoveries acknowledged`);
}

const requireReason = (context: CommandContext): void => {
  if (context.flags.reason === '') fail('no-reason', '--reason option required (comment your ack)');
};

/** What is wrong, and healing it. */
export const recoveryCommands: readonly CliCommand[] = [
  command({
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
    description: 'recovers a failed server now; with --dry-run only prints the plan',
    usage: '-c recover -i host[:port] [-d candidate[:port]] [--dry-run]',
    run: (context) => recover(context, false),
  }),
  command({
    name: 'recover-lite',
    description: 'the same without hooks',
    usage: '-c recover-lite -i host[:port] [-d candidate[:port]] [--dry-run]',
    run: (context) => recover(context, true),
  }),
  command({
    name: 'ack-all-recoveries',
    description: 'acknowledges all recoveries',
    usage: '-c ack-all-recoveries -reason <comment>',
    run: async (context) => {
      requireReason(context);
      await acknowledge(context, {});
    },
  }),
  command({
    name: 'ack-cluster-recoveries',
    description: 'acknowledges the recoveries of a cluster',
    usage: '-c ack-cluster-recoveries [-i host[:port] | -alias name] -reason <comment>',
    run: async (context) => {
      requireReason(context);
      await acknowledge(context, { clusterName: await targetCluster(context) });
    },
  }),
  command({
    name: 'ack-instance-recoveries',
    description: 'acknowledges the recoveries of a server',
    usage: '-c ack-instance-recoveries -i host[:port] -reason <comment>',
    run: async (context) => {
      requireReason(context);
      await acknowledge(context, { key: await targetOrLocal(context) });
    },
  }),
  command({
    name: 'disable-global-recoveries',
    description: 'turns automated recovery off, everywhere',
    usage: '-c disable-global-recoveries',
    run: async ({ orchestrator, print }) => {
      await orchestrator.setRecoveryDisabled(true);
      print('OK: Orchestrator recoveries DISABLED globally');
    },
  }),
  command({
    name: 'enable-global-recoveries',
    description: 'turns automated recovery on again',
    usage: '-c enable-global-recoveries',
    run: async ({ orchestrator, print }) => {
      await orchestrator.setRecoveryDisabled(false);
      print('OK: Orchestrator recoveries ENABLED globally');
    },
  }),
  command({
    name: 'check-global-recoveries',
    description: 'is automated recovery off?',
    usage: '-c check-global-recoveries',
    run: async ({ orchestrator, print }) =>
      print(`OK: Global recoveries disabled: ${await orchestrator.isRecoveryDisabled()}`),
  }),
];
