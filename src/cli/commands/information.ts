import { matchesWithin } from '../../engine/basis/bounded-match.ts';
import {
  byKey,
  clusterPrimary,
  downtimedRecords,
  lostInRecovery,
  searchRecords,
  writablePrimaries,
} from '../../legacy/listings.ts';
import { formatKey } from '../../model/instance-key.ts';
import { isPrimaryRecord, replicasOf } from '../../model/server-record.ts';
import { type CliCommand, type ReadingContext, readingCommandsOf } from '../command.ts';
import { fail, knownTarget, namesCluster, printKeys, target, targetCluster } from '../targets.ts';

const command = readingCommandsOf('Information');
const ofCluster = '[-i host[:port] | -alias name]';

const members = async (context: ReadingContext) => {
  const name = await targetCluster(context);
  return [...context.orchestrator.fleet().recordsOfCluster(name)].sort(byKey);
};

const summary = async (context: ReadingContext) => {
  const name = await targetCluster(context);
  const found = context.orchestrator
    .fleet()
    .clusters()
    .find((one) => one.clusterName === name);
  return found ?? fail('unknown-cluster', `Unable to determine cluster name. clusterHint=${name}`);
};

const pattern = (context: ReadingContext): string =>
  context.flags.pattern === '' ? fail('no-pattern', 'No pattern given') : context.flags.pattern;

/** Listings: what is known. */
export const informationCommands: readonly CliCommand[] = [
  command({
    name: 'clusters',
    description: 'names of all clusters',
    usage: '-c clusters',
    run: async ({ orchestrator, print }) => {
      for (const one of orchestrator.fleet().clusters()) print(one.clusterName);
    },
  }),
  command({
    name: 'clusters-alias',
    description: 'names and aliases of all clusters, separated by a tab',
    usage: '-c clusters-alias',
    run: async ({ orchestrator, print }) => {
      for (const one of orchestrator.fleet().clusters()) print(`${one.clusterName}\t${one.clusterAlias}`);
    },
  }),
  command({
    name: 'all-clusters-masters',
    description: 'the writable primary of every cluster',
    usage: '-c all-clusters-masters',
    run: async (context) => printKeys(context, writablePrimaries(context.orchestrator.fleet().records)),
  }),
  command({
    name: 'all-instances',
    description: 'every known server',
    usage: '-c all-instances',
    run: async (context) => printKeys(context, [...context.orchestrator.fleet().records].sort(byKey)),
  }),
  command({
    name: 'find',
    description: 'servers whose host name matches the regular expression',
    usage: '-c find -pattern <regular expression>',
    run: async (context) => {
      const { records } = context.orchestrator.fleet();
      const isMatch = matchesWithin(
        pattern(context),
        'pattern',
        records.map(({ key }) => key.hostname),
      );
      printKeys(context, records.filter((_, index) => isMatch[index]).sort(byKey));
    },
  }),
  command({
    name: 'search',
    description: 'servers whose name, port, version or cluster contains the text',
    usage: '-c search -pattern <text>',
    run: async (context) => printKeys(context, searchRecords(context.orchestrator.fleet().records, pattern(context))),
  }),
  command({
    name: 'which-instance',
    description: 'the full address of a known server',
    usage: '-c which-instance -i host[:port]',
    run: async (context) => context.print(formatKey((await knownTarget(context)).key)),
  }),
  command({
    name: 'which-cluster',
    description: 'name of the cluster',
    usage: `-c which-cluster ${ofCluster}`,
    run: async (context) => context.print(await targetCluster(context)),
  }),
  command({
    name: 'which-cluster-alias',
    description: 'alias of the cluster',
    usage: `-c which-cluster-alias ${ofCluster}`,
    run: async (context) => context.print((await summary(context)).clusterAlias),
  }),
  command({
    name: 'which-cluster-domain',
    description: 'domain name of the cluster',
    usage: `-c which-cluster-domain ${ofCluster}`,
    run: async (context) => context.print((await summary(context)).clusterDomain),
  }),
  command({
    name: 'which-cluster-master',
    description: 'the primary of the cluster',
    usage: `-c which-cluster-master ${ofCluster}`,
    run: async (context) => {
      const primary = clusterPrimary(await members(context));
      if (primary === null) fail('no-primary', `No masters found for cluster ${await targetCluster(context)}`);
      else context.print(formatKey(primary.key));
    },
  }),
  command({
    name: 'which-cluster-instances',
    description: 'the servers of the cluster',
    usage: `-c which-cluster-instances ${ofCluster}`,
    run: async (context) => printKeys(context, await members(context)),
  }),
  command({
    name: 'which-cluster-osc-replicas',
    synonyms: ['which-cluster-osc-slaves'],
    description: 'the replicas whose lag an online schema change should watch',
    usage: `-c which-cluster-osc-replicas ${ofCluster}`,
    run: async (context) =>
      printKeys(context, context.orchestrator.classification.controlReplicas(await targetCluster(context))),
  }),
  command({
    name: 'which-cluster-gh-ost-replicas',
    synonyms: ['which-cluster-gh-ost-slaves'],
    description: 'the replicas that gh-ost can work on, the best first',
    usage: `-c which-cluster-gh-ost-replicas ${ofCluster}`,
    run: async (context) =>
      printKeys(context, context.orchestrator.classification.ghostReplicas(await targetCluster(context))),
  }),
  command({
    name: 'which-heuristic-domain-instance',
    description: "the server noted for the cluster's domain name",
    usage: `-c which-heuristic-domain-instance ${ofCluster}`,
    run: async (context) =>
      context.print(formatKey(await context.orchestrator.classification.domainInstance(await targetCluster(context)))),
  }),
  command({
    name: 'get-cluster-heuristic-lag',
    description: 'representative lag of the cluster in seconds',
    usage: `-c get-cluster-heuristic-lag ${ofCluster}`,
    run: async (context) => context.print(String((await summary(context)).heuristicLagSeconds)),
  }),
  command({
    name: 'which-master',
    description: 'the source of a server; nothing when it has none',
    usage: '-c which-master -i host[:port]',
    run: async (context) => {
      const record = await knownTarget(context);
      const source = record.instance?.replication?.source;
      if (source !== undefined && !isPrimaryRecord(record)) context.print(formatKey(source));
    },
  }),
  command({
    name: 'which-replicas',
    synonyms: ['which-slaves'],
    description: 'the direct replicas of a server',
    usage: '-c which-replicas -i host[:port]',
    run: async (context) =>
      printKeys(context, replicasOf(await target(context), context.orchestrator.fleet().records).sort(byKey)),
  }),
  command({
    name: 'which-downtimed-instances',
    description: 'servers in downtime, of all clusters or of one',
    usage: `-c which-downtimed-instances ${ofCluster}`,
    run: async (context) => {
      const records = namesCluster(context) ? await members(context) : context.orchestrator.fleet().records;
      printKeys(context, downtimedRecords(records, context.nowMs));
    },
  }),
  command({
    name: 'which-lost-in-recovery',
    description: 'servers that a recovery left behind',
    usage: '-c which-lost-in-recovery',
    run: async (context) => printKeys(context, lostInRecovery(context.orchestrator.fleet().records, context.nowMs)),
  }),
];
