import type * as z from 'zod';
import type { ClusterSummary } from '../../engine/use-cases.ts';
import { asciiTopology } from '../../legacy/ascii-topology.ts';
import { WOULD } from '../../legacy/would.ts';
import { compareKeys } from '../../model/instance-key.ts';
import { isPrimaryRecord } from '../../model/server-record.ts';
import type { CLUSTERS, ClusterV2, ReadinessV2 } from '../contract/v2/clusters.ts';
import type { RequestInfo } from '../route.ts';
import { clusterNamed, isoTime, textOrNull, would } from './common.ts';
import type { Implementations } from './define.ts';
import { instancePage, shapeContext } from './instance-listing.ts';
import { instanceShape } from './instance-shape.ts';
import { mapPage, pageOfSorted } from './page.ts';
import { planTakeover, takeOver } from './takeover.ts';

const clusterShape = ({ services }: RequestInfo, summary: ClusterSummary): ClusterV2 => ({
  name: summary.clusterName,
  alias: summary.clusterAlias,
  domain: textOrNull(summary.clusterDomain),
  primaries: services.orchestrator
    .fleet()
    .recordsOfCluster(summary.clusterName)
    .filter((record) => isPrimaryRecord(record) || record.position.isCoPrimary)
    .map(({ key }) => key)
    .sort(compareKeys),
  instanceCount: summary.countInstances,
  lagSeconds: summary.heuristicLagSeconds,
  hasAutomatedPrimaryRecovery: summary.hasAutomatedPrimaryRecovery,
  hasAutomatedIntermediateRecovery: summary.hasAutomatedIntermediateRecovery,
});

const membersOf = (info: RequestInfo, cluster: string) =>
  info.services.orchestrator.fleet().recordsOfCluster(clusterNamed(info, cluster).clusterName);

export const clusters: Implementations<typeof CLUSTERS> = {
  listClusters: {
    handle(info, { query }) {
      const page = pageOfSorted(info.services.orchestrator.fleet().clusters(), query, ({ clusterName }) => clusterName);
      return mapPage(page, (summary) => clusterShape(info, summary));
    },
  },
  getCluster: { handle: (info, { params }) => clusterShape(info, clusterNamed(info, params.cluster)) },
  getTopology: {
    handle(info, { params }) {
      const { clusterName, clusterAlias } = clusterNamed(info, params.cluster);
      const context = shapeContext(info);
      const members = membersOf(info, params.cluster);
      const { settings } = info.services;
      return {
        clusterName,
        clusterAlias,
        drawing: asciiTopology(members, 'tree', { nowMs: context.nowMs, settings }),
        instances: members
          .map((record) => instanceShape(record, context))
          .sort((a, b) => a.depth - b.depth || compareKeys(a.key, b.key))
          .map(({ key, source, depth, isPrimary, isCoPrimary, isReadOnly, lagSeconds, problems, replication }) => ({
            ...{ key, source, depth, isPrimary, isCoPrimary, isReadOnly, lagSeconds, problems },
            isReplicating: replication?.isReplicating ?? false,
            isDetached: replication?.isDetached ?? false,
          })),
      };
    },
  },
  listClusterInstances: {
    handle: (info, { params, query }) => instancePage(info, membersOf(info, params.cluster), query),
  },
  getReadiness: {
    async handle(info, { params }) {
      const { clusterName } = clusterNamed(info, params.cluster);
      const { atMs, ...readiness } = await info.services.orchestrator.readiness.of(clusterName);
      return { ...structuredClone(readiness), at: isoTime(atMs) } as z.input<typeof ReadinessV2>;
    },
  },
  putClusterAlias: {
    async handle(info, { params, body: { alias } }) {
      const { clusterName } = clusterNamed(info, params.cluster);
      await info.services.orchestrator.classification.setClusterAlias(clusterName, alias);
      return { clusterName, alias };
    },
    preview: (info, { params, body: { alias } }) =>
      would(WOULD.setClusterAlias(clusterNamed(info, params.cluster).clusterName, alias)),
  },
  takeOver: {
    handle: (info, { params, body }) => takeOver(info, clusterNamed(info, params.cluster).clusterName, body),
    preview: (info, { params, body }) => planTakeover(info, clusterNamed(info, params.cluster).clusterName, body),
  },
};
