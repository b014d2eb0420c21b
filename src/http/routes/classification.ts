import * as z from 'zod';
import { goDuration } from '../../legacy/duration.ts';
import { WOULD } from '../../legacy/would.ts';
import { messageOf } from '../../model/error.ts';
import { failed, ok } from '../answer.ts';
import { InstanceJson } from '../contract/instance.ts';
import { clusterHint, clusterName, noParams, noQuery } from '../params.ts';
import { defineRoute, type Route } from '../route.ts';
import { instanceList } from './common.ts';

const aliasQuery = z.object({
  alias: z
    .string({ error: 'No alias given; write ?alias=name' })
    .trim()
    .min(1, 'No alias given; write ?alias=name')
    .describe('The alias'),
});

/** What clusters are called, which of their replicas are good for what, and how they looked in the past. */
export const classificationRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/cluster-osc-slaves/:clusterHint', '/api/cluster-osc-replicas/:clusterHint'],
    group: 'Clusters',
    permission: 'read',
    doc: 'The replicas whose lag an online schema change should watch.',
    params: z.object({ clusterHint }),
    query: noQuery,
    response: { kind: 'bare', schema: z.array(InstanceJson) },
    handle: async (info, { params }) => {
      const { orchestrator } = info.services;
      const name = await orchestrator.clusterNameByHint(params.clusterHint);
      return instanceList(info, `osc ${name}`, () => orchestrator.classification.controlReplicas(name));
    },
  }),
  defineRoute({
    paths: ['/api/set-cluster-alias/:clusterName'],
    group: 'Clusters',
    permission: 'write',
    mutates: true,
    doc: 'Gives a cluster an alias that wins over the configured ones, and over those of other clusters.',
    params: z.object({ clusterName }),
    query: aliasQuery,
    response: { kind: 'envelope', schema: z.null() },
    handle: async (info, { params, query }) => {
      await info.services.orchestrator.classification.setClusterAlias(params.clusterName, query.alias);
      return ok(`Cluster ${params.clusterName} now has alias '${query.alias}'`);
    },
    dryRun: (_info, { params, query }) => ok(WOULD.setClusterAlias(params.clusterName, query.alias)),
  }),
  defineRoute({
    paths: ['/api/reload-cluster-alias'],
    group: 'Clusters',
    permission: 'write',
    doc: 'Retired long ago: always ERROR. Aliases are always up to date.',
    params: noParams,
    query: noQuery,
    response: { kind: 'envelope', schema: z.null() },
    handle: () => failed('This API call has been retired; aliases are always up to date'),
  }),
  defineRoute({
    paths: ['/api/snapshot-topologies'],
    group: 'Topology',
    permission: 'write',
    mutates: true,
    doc: 'Copies the topologies of now into the history table `database_instance_topology_history`.',
    params: noParams,
    query: noQuery,
    response: { kind: 'envelope', schema: z.string() },
    handle: async (info) => {
      const { clock, orchestrator } = info.services;
      const startedMs = clock.monotonicMs();
      const took = (): string => `Took ${goDuration(clock.monotonicMs() - startedMs)}`;
      try {
        await orchestrator.classification.snapshotTopologies();
      } catch (thrown) {
        return failed(messageOf(thrown), took());
      }
      return ok('Topology Snapshot completed', took());
    },
    dryRun: (info) => {
      const count = info.services.orchestrator.fleet().records.length;
      return ok(WOULD.snapshotTopologies(count), WOULD.snapshotTopologies(count));
    },
  }),
].flat();
