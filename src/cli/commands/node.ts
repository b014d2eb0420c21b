import { nodeLine } from '../../legacy/health-json.ts';
import { WOULD } from '../../legacy/would.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { type CliCommand, readingCommandsOf, serverCommandsOf } from '../command.ts';
import type { ProgramFlags } from '../flags.ts';
import { destination, fail, failWithoutDestination, ownerOf, target } from '../targets.ts';

const command = serverCommandsOf('Meta');
const reading = readingCommandsOf('Meta');

const agent = serverCommandsOf('Agent');

/** Orders to the agents on the hosts of servers. */
export const agentCommands: readonly CliCommand[] = [
  agent({
    name: 'custom-command',
    description: 'lets the agent of a host run one of the commands of its configuration; prints the output',
    usage: '-c custom-command -hostname <host> -pattern <name of the command>',
    run: async ({ flags, orchestrator, print }) => {
      const { hostname, command: name } = agentOrder(flags);
      print((await orchestrator.agents.order(hostname, { kind: 'custom-command', command: name })).answer);
    },
    dryRun: async ({ flags, print }) => {
      const { hostname, command: name } = agentOrder(flags);
      print(WOULD.agent(`run its command ${name}`, hostname));
    },
  }),
];

function agentOrder({ hostname, pattern }: ProgramFlags) {
  if (hostname === '') fail('no-hostname', 'Please provide hostname, with --hostname');
  if (pattern === '') fail('no-pattern', 'Please provide the name of the command, with --pattern');
  return { hostname, command: pattern };
}

/** The program's own processes, the backend, and remembered names. */
export const nodeCommands: readonly CliCommand[] = [
  {
    name: 'continuous',
    synonyms: [],
    section: 'Meta',
    needs: 'program',
    description: 'polls, detects and recovers without serving HTTP, until told to stop',
    usage: '-c continuous',
    run: (flags, deps) => deps.startContinuous(flags),
  },
  {
    name: 'resolve',
    synonyms: [],
    section: 'Meta',
    needs: 'program',
    description:
      'the canonical name of a host, after making sure that somebody listens there; the backend is not asked',
    usage: '-c resolve -i host[:port]',
    run: async (flags, deps) => {
      if (flags.instance === '') fail('no-instance', 'Cannot deduce instance: name one with -i host[:port]');
      const { defaultInstancePort } = await deps.loadConfig(flags);
      const key = await deps.resolveAddress(parseKey(flags.instance, defaultInstancePort));
      deps.stdout(`${formatKey(key)}\n`);
      return 0;
    },
  },
  reading({
    name: 'active-nodes',
    description: 'the processes of orchestrator whose heartbeat is fresh',
    usage: '-c active-nodes',
    run: async ({ orchestrator, print }) => {
      for (const node of await orchestrator.node.activeNodes()) print(nodeLine(node));
    },
  }),
  command({
    name: 'access-token',
    description:
      'makes a token for logging in at /web/access-token?publicToken=… (AuthenticationMethod token); prints it',
    usage: '-c access-token [-owner name]',
    run: async (context) => context.print(await context.orchestrator.node.createAccessToken(ownerOf(context))),
    dryRun: async (context) => context.print(WOULD.createAccessToken(ownerOf(context))),
  }),
  command({
    name: 'snapshot-topologies',
    description: 'copies the topologies of now into the history table',
    usage: '-c snapshot-topologies',
    run: async ({ orchestrator }) => {
      await orchestrator.classification.snapshotTopologies();
    },
    dryRun: async ({ orchestrator, print }) => print(WOULD.snapshotTopologies(orchestrator.fleet().records.length)),
  }),
  command({
    name: 'reset-hostname-resolve-cache',
    description: 'forgets all remembered host names, in the backend',
    usage: '-c reset-hostname-resolve-cache',
    run: async ({ orchestrator, print }) => {
      await orchestrator.node.clearResolvedNames();
      print('hostname resolve cache cleared');
    },
    dryRun: async ({ print }) => print(WOULD.resetResolveCache()),
  }),
  reading({
    name: 'show-resolve-hosts',
    description: 'host names and what they resolve to, as remembered',
    usage: '-c show-resolve-hosts',
    run: async ({ orchestrator, print }) => {
      for (const [name, resolved] of await orchestrator.node.resolvedNames()) print(`${name} ${resolved}`);
    },
  }),
  reading({
    name: 'show-unresolve-hosts',
    description: 'host names and the virtual names by which replicas address them',
    usage: '-c show-unresolve-hosts',
    run: async ({ orchestrator, print }) => {
      for (const [name, virtual] of await orchestrator.node.virtualNames()) print(`${name} ${virtual}`);
    },
  }),
  command({
    name: 'redeploy-internal-db',
    description: 'brings the tables of the backend up to date, also with SkipOrchestratorDatabaseUpdate',
    usage: '-c redeploy-internal-db',
    deploysSchema: true,
    run: async ({ print }) => print('Redeployed internal db'),
    dryRun: async ({ print }) => print(WOULD.redeploy()),
  }),
  command({
    name: 'internal-suggest-promoted-replacement',
    description: 'the server that a recovery of -i would promote; -d when it would promote none',
    usage: '-c internal-suggest-promoted-replacement -i <dead host[:port]> -d <promoted host[:port]>',
    run: async (context) => {
      const dead = await target(context);
      const promoted = (await destination(context)) ?? failWithoutDestination();
      const plan = await context.orchestrator.planRecovery(dead, null, 'dead');
      const stage = plan.kind === 'plan' ? plan.stages.find(({ name }) => name === 'promote') : undefined;
      context.print(formatKey(stage?.lanes[0]?.server ?? promoted));
    },
  }),
];
