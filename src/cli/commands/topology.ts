import { asciiTopology, type TopologyStyle } from '../../legacy/ascii-topology.ts';
import { instanceStatusText } from '../../legacy/instance-description.ts';
import type { CliCommand } from '../command.ts';
import { knownTarget, targetCluster } from '../targets.ts';

const topology = (name: string, style: TopologyStyle, description: string): CliCommand => ({
  name,
  synonyms: [],
  section: 'Information',
  needs: 'reading',
  mutates: false,
  description,
  usage: `-c ${name} [-i host[:port] | -alias name]`,
  run: async (context) => {
    const records = context.orchestrator.fleet().recordsOfCluster(await targetCluster(context));
    context.print(asciiTopology(records, style, context));
  },
});

/** A cluster, or a server, as text. */
export const topologyCommands: readonly CliCommand[] = [
  topology('topology', 'tree', 'the cluster as a text tree'),
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
