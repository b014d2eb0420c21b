import { WOULD } from '../../legacy/would.ts';
import { formatKey } from '../../model/instance-key.ts';
import { registrableRule } from '../../model/promotion-rule.ts';
import { readVirtualName } from '../../model/virtual-name.ts';
import { type CliCommand, type CommandContext, readingCommandsOf, serverCommandsOf } from '../command.ts';
import { fail, targetCluster, targetOrLocal } from '../targets.ts';

const command = serverCommandsOf('Instance, meta');
const reading = readingCommandsOf('Instance, meta');

const virtualName = ({ flags }: CommandContext): string =>
  flags.hostname === ''
    ? fail('missing-option', 'This command needs -hostname, the virtual name')
    : readVirtualName(flags.hostname);

/** Who may be promoted, and under which names servers are addressed. */
export const nameCommands: readonly CliCommand[] = [
  command({
    name: 'register-candidate',
    description: 'sets the promotion rule of a server; it expires',
    usage: '-c register-candidate -i host[:port] [-promotion-rule prefer]',
    run: async (context) => {
      const rule = registrableRule(context.flags.promotionRule);
      const key = await targetOrLocal(context);
      await context.orchestrator.registrations.registerCandidate(key, rule);
      context.print(formatKey(key));
    },
    dryRun: async (context) => {
      const rule = registrableRule(context.flags.promotionRule);
      context.print(WOULD.registerCandidate(formatKey(await targetOrLocal(context)), rule));
    },
  }),
  reading({
    name: 'bulk-promotion-rules',
    description: 'all promotion rules that are registered',
    usage: '-c bulk-promotion-rules',
    run: async ({ orchestrator, print }) => {
      for (const { key, promotionRule } of await orchestrator.registrations.candidates())
        print(`${formatKey(key)} ${promotionRule}`);
    },
  }),
  command({
    name: 'register-hostname-unresolve',
    description: 'sets the virtual name by which replicas address the host of a server',
    usage: '-c register-hostname-unresolve -i host[:port] -hostname <name>',
    run: async (context) => {
      const name = virtualName(context);
      const key = await targetOrLocal(context);
      await context.orchestrator.registrations.registerUnresolve(key, name);
      context.print(formatKey(key));
    },
    dryRun: async (context) => {
      const name = virtualName(context);
      context.print(WOULD.registerUnresolve(formatKey(await targetOrLocal(context)), name));
    },
  }),
  command({
    name: 'set-heuristic-domain-instance',
    description: "notes the cluster's writable primary for its domain name",
    usage: '-c set-heuristic-domain-instance [-i host[:port] | -alias name]',
    run: async (context) => {
      const { classification } = context.orchestrator;
      context.print(formatKey(await classification.noteDomainInstance(await targetCluster(context))));
    },
    dryRun: async (context) => {
      const name = await targetCluster(context);
      const writer = context.orchestrator.classification.domainWriter(name);
      context.print(WOULD.noteDomainInstance(name, formatKey(writer)));
    },
  }),
  command({
    name: 'deregister-hostname-unresolve',
    description: 'drops the virtual name of the host of a server',
    usage: '-c deregister-hostname-unresolve -i host[:port]',
    run: async (context) => {
      const key = await targetOrLocal(context);
      await context.orchestrator.registrations.deregisterUnresolve(key);
      context.print(formatKey(key));
    },
    dryRun: async (context) => context.print(WOULD.deregisterUnresolve(formatKey(await targetOrLocal(context)))),
  }),
];
