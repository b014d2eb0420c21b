import { matchesWithin } from '../../engine/basis/bounded-match.ts';
import { asciiTopology, branchesTo, type TopologyStyle } from '../../legacy/ascii-topology.ts';
import { instanceStatusText } from '../../legacy/instance-description.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { CliCommand } from '../command.ts';
import { knownTarget, targetCluster } from '../targets.ts';

const topology = (name: string, style: TopologyStyle, description: string): CliCommand => ({
  name,
  synonyms: [],
  section: 'Information',
  needs: 'reading',
  mutates: false,
  description,
  usage: `-c ${name} [-i host[:port] | -alias name] [-pattern <regular expression>]`,
  run: async (context) => {
    const records = context.orchestrator.fleet().recordsOfCluster(await targetCluster(context));
    const { pattern } = context.flags;
    context.print(asciiTopology(pattern === '' ? records : branchesMatching(records, pattern), style, context));
  },
});

/** The servers whose `host:port` matches, and those above them. */
function branchesMatching(records: readonly ServerRecord[], pattern: string): readonly ServerRecord[] {
  const names = records.map(({ key }) => formatKey(key));
  const isMatch = matchesWithin(pattern, 'pattern', names);
  return branchesTo(records, new Set(names.filter((_, index) => isMatch[index])));
}

/** A cluster, or a server, as text. */
export const topologyCommands: readonly CliCommand[] = [
  topology(
    'topology',
    'tree',
    'the cluster as a text tree; with a pattern the servers whose host:port matches, and those above them',
  ),
  topology('topology-tabulated', 'tabulated', 'the cluster as a text tree with columns separated by |'),
  topology('topology-tags', 'tags', 'the cluster as a text tree with the tags of each server'),
  {
    name: 'instance-status',
    synonyms: [],
    section: 'Information',
    needs: 'reading',
    mutates: false,
    description: 'status of a server in short',
    usage: '-c instance-status -i host[:port]',
    run: async (context) => context.print(instanceStatusText(await knownTarget(context), context)),
  },
];
