import type { Readiness } from '../../plan/readiness/readiness.ts';
import { renderReadiness } from '../render-readiness.ts';
import { ask, type ClientCommand, change } from './command.ts';
import { asList, asObject, asText, details, keyOf, keysOf, keyText } from './json.ts';
import { clusterPath, instancePath, optionalClusterPath, required } from './paths.ts';

const instance = (
  name: string,
  description: string,
  lines: (server: Readonly<Record<string, unknown>>) => readonly string[],
) =>
  ask(
    name,
    description,
    (options) => `instance/${instancePath(options)}`,
    (answer) => lines(asObject(answer)),
  );

const drawing = (name: string, description: string) =>
  ask(
    name,
    description,
    (options) => `${name}/${clusterPath(options)}`,
    (answer) => [asText(details(answer))],
  );

const clusterInfo = (name: string, description: string, field: string) =>
  ask(
    name,
    description,
    (options) => `cluster-info/${clusterPath(options)}`,
    (answer) => [asText(asObject(answer)[field])],
  );

/** 1 runs, 0 is stopped. */
const bothThreads = (server: Readonly<Record<string, unknown>>, state: number): boolean =>
  server.ReplicationSQLThreadState === state && server.ReplicationIOThreadState === state;

const isBroken = (server: Readonly<Record<string, unknown>>): boolean =>
  !bothThreads(server, 1) && `${asText(server.LastSQLError)}${asText(server.LastIOError)}` !== '';

const cluster = (answer: unknown) => asList(answer).map(asObject);

/** What is known. */
export const informationCommands: readonly ClientCommand[] = [
  ask(
    'clusters',
    'names of all clusters',
    () => 'clusters-info',
    (answer) => cluster(answer).map((one) => asText(one.ClusterName)),
  ),
  ask(
    'clusters-alias',
    'names and aliases of all clusters, separated by a comma',
    () => 'clusters-info',
    (answer) => cluster(answer).map((one) => `${asText(one.ClusterName)},${asText(one.ClusterAlias)}`),
  ),
  ask(
    'search',
    'servers that contain the text of -i',
    ({ instance: text }) => `search?s=${required(text, '-i')}`,
    keysOf,
  ),
  instance('instance', 'the full address of a known server', (server) => [keyOf(server)]),
  instance('which-instance', 'the full address of a known server', (server) => [keyOf(server)]),
  instance('which-master', 'the source of a server; ":0" when it has none', (server) => [keyText(server.MasterKey)]),
  instance('which-gtid-errant', 'errant GTID set of a server', (server) => [asText(server.GtidErrant)]),
  instance('is-replicating', 'prints the server if both its replication threads run', (server) =>
    bothThreads(server, 1) ? [keyOf(server)] : [],
  ),
  instance('is-replication-stopped', 'prints the server if both its replication threads are stopped', (server) =>
    bothThreads(server, 0) ? [keyOf(server)] : [],
  ),
  ask(
    'which-replicas',
    'direct replicas of a server',
    (options) => `instance-replicas/${instancePath(options)}`,
    keysOf,
  ),
  ask(
    'which-broken-replicas',
    'direct replicas that stopped with an error',
    (options) => `instance-replicas/${instancePath(options)}`,
    (answer) => keysOf(asList(answer).filter((one) => isBroken(asObject(one)))),
  ),
  ask('which-cluster-instances', 'servers of a cluster', (options) => `cluster/${clusterPath(options)}`, keysOf),
  clusterInfo('which-cluster', 'name of a cluster', 'ClusterName'),
  clusterInfo('which-cluster-alias', 'alias of a cluster', 'ClusterAlias'),
  ask(
    'which-cluster-master',
    'the primary of a cluster',
    (options) => `master/${clusterPath(options)}`,
    (answer) => [keyOf(answer)],
  ),
  ask('all-clusters-masters', 'the writable primary of every cluster', () => 'masters', keysOf),
  ask('all-instances', 'every known server', () => 'all-instances', keysOf),
  ask(
    'which-cluster-osc-replicas',
    'replicas to watch during an online schema change',
    (options) => `cluster-osc-replicas/${clusterPath(options)}`,
    keysOf,
  ),
  ask(
    'which-cluster-osc-running-replicas',
    'the same, those that replicate',
    (options) => `cluster-osc-replicas/${clusterPath(options)}`,
    (answer) => keysOf(asList(answer).filter((one) => bothThreads(asObject(one), 1))),
  ),
  ask(
    'downtimed',
    'servers in downtime, of all clusters or of one',
    (options) => `downtimed/${optionalClusterPath(options)}`,
    keysOf,
  ),
  ask(
    'dominant-dc',
    'data centre with most primaries',
    () => 'masters',
    (answer) => {
      const counts = new Map<string, number>();
      for (const one of cluster(answer)) {
        const dataCenter = asText(one.DataCenter);
        counts.set(dataCenter, (counts.get(dataCenter) ?? 0) + 1);
      }
      const [first] = [...counts].sort((a, b) => b[1] - a[1]);
      return first === undefined ? [] : [first[0]];
    },
  ),
  ask(
    'failover-readiness',
    'if the primary died now: who would be promoted, how long, what would be lost, what blocks it',
    (options) => `failover-readiness/${optionalClusterPath(options)}`.replace(/\/$/, ''),
    (answer) => (Array.isArray(answer) ? answer : [answer]).flatMap((one) => renderReadiness(one as Readiness)),
  ),
  drawing('topology', 'the cluster as a text tree'),
  drawing('topology-tabulated', 'the cluster as a text tree with columns'),
  drawing('topology-tags', 'the cluster as a text tree with tags'),
  change(
    'snapshot-topologies',
    'stores the topologies of now',
    () => 'snapshot-topologies',
    (answer) => [asText(details(answer))],
  ),
  ask(
    'tags',
    'tags of a server',
    (options) => `tags/${instancePath(options)}`,
    (answer) => asList(answer).map(asText),
  ),
  ask(
    'tag-value',
    'value of one tag',
    (options) => `tag-value/${instancePath(options)}?tag=${required(options.tag, '-t')}`,
    (answer) => [asText(answer)],
  ),
  ask(
    'tagged',
    'servers with the tags',
    (options) => `tagged?tag=${required(options.tag, '-t')}`,
    (answer) => asList(answer).map(keyText),
  ),
  ask(
    'which-heuristic-cluster-pool-instances',
    'healthy servers in pools of a cluster',
    (options) => `heuristic-cluster-pool-instances/${clusterPath(options)}/${encodeURIComponent(options.pool)}`,
    (answer) => keysOf(Array.isArray(answer) ? answer : details(answer)),
  ),
  ask(
    'replication-analysis',
    'what is wrong now',
    () => 'replication-analysis',
    (answer) => asList(details(answer)).map(asObject).map(analysisLine),
  ),
];

function analysisLine(entry: Readonly<Record<string, unknown>>): string {
  const structure = asList(entry.StructureAnalysis).map(asText);
  const verdict = entry.Analysis === 'NoProblem' ? (structure[0] ?? 'NoProblem') : asText(entry.Analysis);
  const clusterName = asText(asObject(entry.ClusterDetails).ClusterName);
  return `${keyText(entry.AnalyzedInstanceKey)} (cluster ${clusterName}): ${verdict}`;
}
