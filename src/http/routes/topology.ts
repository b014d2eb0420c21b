import * as z from 'zod';
import { asciiTopology, type TopologyStyle } from '../../legacy/ascii-topology.ts';
import { failed, ok } from '../answer.ts';
import { clusterHint, noQuery, port } from '../params.ts';
import { defineRoute, type RequestInfo, type Route } from '../route.ts';
import { clusterOf, resolvedKey } from './common.ts';

const params = z.object({
  clusterHint: clusterHint.optional(),
  host: z.string().optional().describe('Host of any member'),
  port: port.optional().describe('Port of that member'),
});

async function topology(info: RequestInfo, input: z.output<typeof params>, style: TopologyStyle) {
  const { clock, orchestrator, settings } = info.services;
  const name =
    input.clusterHint !== undefined
      ? await orchestrator.clusterNameByHint(input.clusterHint)
      : await clusterOf(info, await resolvedKey(info, { host: input.host ?? '', port: input.port ?? 0 }));
  const records = orchestrator.fleet().recordsOfCluster(name);
  if (records.length === 0) return failed(`No instances found in cluster ${name}`);
  return ok(`Topology for cluster ${name}`, asciiTopology(records, style, { nowMs: clock.now(), settings }));
}

const routesOf = (path: string, style: TopologyStyle, doc: string): readonly Route[] =>
  defineRoute({
    paths: [`${path}/:clusterHint`, `${path}/:host/:port`],
    group: 'Topology',
    permission: 'read',
    doc,
    params,
    query: noQuery,
    response: { kind: 'envelope', schema: z.string() },
    handle: (info, input) => topology(info, input.params, style),
  });

/** A cluster drawn as text. */
export const topologyRoutes: readonly Route[] = [
  routesOf('/api/topology', 'tree', 'The cluster as a text tree.'),
  routesOf('/api/topology-tabulated', 'tabulated', 'The cluster as a text tree with columns separated by `|`.'),
  routesOf('/api/topology-tags', 'tags', 'The cluster as a text tree with the tags of each server.'),
].flat();
