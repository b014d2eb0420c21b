import * as z from 'zod';
import { ReadinessJson } from '../readiness.ts';
import { InstanceV2, instanceFilter } from './instances.ts';
import { PlannedV2 } from './operations.ts';
import { changing, reading } from './route-contract.ts';
import { clusterPath, KeyInBody, KeyV2, pageOf, pageQuery, TroubleV2, time } from './values.ts';

const group = 'Clusters';

export const ClusterV2 = z.object({
  name: z.string(),
  alias: z.string(),
  domain: z.string().nullable(),
  primaries: z
    .array(KeyV2)
    .describe('Servers that follow no other; more than one in rings, and in what was torn apart'),
  instanceCount: z.int(),
  lagSeconds: z.number().describe('The greatest lag of the replicas that are worth watching'),
  hasAutomatedPrimaryRecovery: z.boolean(),
  hasAutomatedIntermediateRecovery: z.boolean(),
});
export type ClusterV2 = z.infer<typeof ClusterV2>;

export const TopologyV2 = z.object({
  clusterName: z.string(),
  clusterAlias: z.string(),
  drawing: z.string().describe('The tree as text, one line per server'),
  instances: z
    .array(
      InstanceV2.pick({
        key: true,
        source: true,
        depth: true,
        isPrimary: true,
        isCoPrimary: true,
        isReadOnly: true,
        lagSeconds: true,
        problems: true,
      }).extend({ isReplicating: z.boolean(), isDetached: z.boolean() }),
    )
    .describe('By depth, then by address'),
});
export type TopologyV2 = z.infer<typeof TopologyV2>;

export const ReadinessV2 = ReadinessJson.omit({ atMs: true }).extend({ at: time });

export const TAKEOVER_MODES = ['graceful', 'graceful-auto', 'forced'] as const;

export const TakeoverV2 = z.object({
  recoveryUid: z.string(),
  predecessor: KeyV2,
  successor: KeyV2,
  successorAlias: z.string().nullable(),
  startedAt: time,
  endedAt: time,
  troubles: z.array(TroubleV2).describe('What could not be brought below the successor, or is not as it should be'),
});

export const CLUSTERS = {
  listClusters: reading({
    path: '/api/v2/clusters',
    group,
    doc: 'Clusters, by name.',
    query: pageQuery,
    response: pageOf(ClusterV2),
  }),
  getCluster: reading({
    path: '/api/v2/clusters/:cluster',
    group,
    doc: 'One cluster.',
    params: clusterPath,
    response: ClusterV2,
  }),
  getTopology: reading({
    path: '/api/v2/clusters/:cluster/topology',
    group,
    doc: 'Who follows whom.',
    params: clusterPath,
    response: TopologyV2,
  }),
  listClusterInstances: reading({
    path: '/api/v2/clusters/:cluster/instances',
    group,
    doc: 'The servers of a cluster, by address.',
    params: clusterPath,
    query: instanceFilter.omit({ cluster: true }),
    response: pageOf(InstanceV2),
  }),
  getReadiness: reading({
    path: '/api/v2/clusters/:cluster/readiness',
    group,
    doc: 'If the primary died now: who would be promoted and why, how long it would take, what would be lost, what blocks it.',
    params: clusterPath,
    response: ReadinessV2,
  }),
  putClusterAlias: changing({
    method: 'PUT',
    path: '/api/v2/clusters/:cluster/alias',
    group,
    doc: 'Names a cluster; wins over every other alias.',
    params: clusterPath,
    body: z.strictObject({ alias: z.string().trim().min(1).max(128) }),
    response: z.object({ clusterName: z.string(), alias: z.string() }),
  }),
  takeOver: changing({
    method: 'POST',
    path: '/api/v2/clusters/:cluster/takeover',
    group,
    doc: 'Changes the primary. graceful: to its only replica, or the designated one. graceful-auto: to the designated or the most suitable one, and the former primary replicates from it. forced: as if the primary were dead; one that is alive is fenced.',
    params: clusterPath,
    body: z.strictObject({ mode: z.enum(TAKEOVER_MODES), designated: KeyInBody.optional() }),
    response: TakeoverV2,
    preview: PlannedV2,
  }),
} as const;
