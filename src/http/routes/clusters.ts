import * as z from 'zod';
import { clusterInfoJson } from '../../legacy/cluster-info-json.ts';
import { instanceJson } from '../../legacy/instance-json.ts';
import { byKey, clusterPrimary, downtimedRecords, writablePrimaries } from '../../legacy/listings.ts';
import { selectProblems } from '../../model/problems.ts';
import { bare, failed } from '../answer.ts';
import { ClusterJson } from '../contract/cluster.ts';
import { InstanceJson } from '../contract/instance.ts';
import { clusterAlias, clusterHint, clusterName, noParams, noQuery, serverParams } from '../params.ts';
import { defineRoute, type RequestInfo, type Route } from '../route.ts';
import { clusterByNameOrHint, clusterOf, instanceList, resolvedKey } from './common.ts';

const group = 'Clusters';
const instances = { kind: 'bare', schema: z.array(InstanceJson) } as const;
const cluster = { kind: 'bare', schema: ClusterJson } as const;

const clusterList = (info: RequestInfo, name: string) =>
  instanceList(info, `cluster ${name}`, (fleet) => [...fleet.recordsOfCluster(name)].sort(byKey));

async function clusterInfo(info: RequestInfo, hint: string) {
  const { orchestrator } = info.services;
  const name = await orchestrator.clusterNameByHint(hint);
  const summary = orchestrator
    .fleet()
    .clusters()
    .find((one) => one.clusterName === name);
  return summary === undefined ? failed(`No cluster information for ${name}`) : bare(clusterInfoJson(summary));
}

/** Listings of clusters and of their members. */
export const clusterRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/clusters'],
    group,
    permission: 'read',
    doc: 'Names of all clusters.',
    params: noParams,
    query: noQuery,
    response: { kind: 'bare', schema: z.array(z.string()) },
    handle: (info) => {
      const { clock, fleetCache, orchestrator } = info.services;
      const fleet = orchestrator.fleet();
      return fleetCache.encoded('clusters', fleet.version, clock.now(), () =>
        fleet.clusters().map((one) => one.clusterName),
      );
    },
  }),
  defineRoute({
    paths: ['/api/clusters-info'],
    group,
    permission: 'read',
    doc: 'Summaries of all clusters.',
    params: noParams,
    query: noQuery,
    response: { kind: 'bare', schema: z.array(ClusterJson) },
    handle: (info) => {
      const { clock, fleetCache, orchestrator } = info.services;
      const fleet = orchestrator.fleet();
      return fleetCache.encoded('clusters-info', fleet.version, clock.now(), () =>
        fleet.clusters().map(clusterInfoJson),
      );
    },
  }),
  defineRoute({
    paths: ['/api/cluster/:clusterHint'],
    group,
    permission: 'read',
    doc: 'All servers of a cluster.',
    params: z.object({ clusterHint }),
    query: noQuery,
    response: instances,
    handle: async (info, { params }) =>
      clusterList(info, await info.services.orchestrator.clusterNameByHint(params.clusterHint)),
  }),
  defineRoute({
    paths: ['/api/cluster/alias/:clusterAlias'],
    group,
    permission: 'read',
    doc: 'All servers of the cluster with this alias.',
    params: z.object({ clusterAlias }),
    query: noQuery,
    response: instances,
    handle: async (info, { params }) =>
      clusterList(info, await info.services.orchestrator.clusterNameByHint(params.clusterAlias)),
  }),
  defineRoute({
    paths: ['/api/cluster/instance/:host/:port'],
    group,
    permission: 'read',
    doc: 'All servers of the cluster that this server is in.',
    params: serverParams,
    query: noQuery,
    response: instances,
    handle: async (info, { params }) => clusterList(info, await clusterOf(info, await resolvedKey(info, params))),
  }),
  defineRoute({
    paths: ['/api/cluster-info/:clusterHint'],
    group,
    permission: 'read',
    doc: 'Summary of a cluster.',
    params: z.object({ clusterHint }),
    query: noQuery,
    response: cluster,
    handle: (info, { params }) => clusterInfo(info, params.clusterHint),
  }),
  defineRoute({
    paths: ['/api/cluster-info/alias/:clusterAlias'],
    group,
    permission: 'read',
    doc: 'Summary of the cluster with this alias.',
    params: z.object({ clusterAlias }),
    query: noQuery,
    response: cluster,
    handle: (info, { params }) => clusterInfo(info, params.clusterAlias),
  }),
  defineRoute({
    paths: ['/api/masters'],
    group,
    permission: 'read',
    doc: 'The writable primary of every cluster that has one.',
    params: noParams,
    query: noQuery,
    response: instances,
    handle: (info) => instanceList(info, 'masters', (fleet) => writablePrimaries(fleet.records)),
  }),
  defineRoute({
    paths: ['/api/master/:clusterHint'],
    group,
    permission: 'read',
    doc: 'The primary of a cluster; of several a writable one.',
    params: z.object({ clusterHint }),
    query: noQuery,
    response: { kind: 'bare', schema: InstanceJson },
    handle: async (info, { params }) => {
      const { clock, orchestrator, settings } = info.services;
      const name = await orchestrator.clusterNameByHint(params.clusterHint);
      const primary = clusterPrimary(orchestrator.fleet().recordsOfCluster(name));
      if (primary === null) return failed(`No masters found for cluster ${name}`);
      return bare(instanceJson(primary, { nowMs: clock.now(), settings }));
    },
  }),
  defineRoute({
    paths: ['/api/problems', '/api/problems/:clusterName'],
    group,
    permission: 'read',
    doc: 'Servers that deserve attention, downtimed ones left out; `null` when there are none (historic).',
    params: z.object({ clusterName: clusterName.optional() }),
    query: noQuery,
    response: { kind: 'bare', schema: z.array(InstanceJson).nullable() },
    handle: async (info, { params }) => {
      const { settings } = info.services;
      const name = params.clusterName === undefined ? null : await clusterByNameOrHint(info, params.clusterName);
      return instanceList(info, `problems ${name}`, (fleet, nowMs) => {
        const problems = selectProblems(name === null ? fleet.records : fleet.recordsOfCluster(name), settings, {
          nowMs,
          ignorePatterns: settings.problemIgnoreHostnameFilters,
        });
        return problems.length === 0 ? null : problems;
      });
    },
  }),
  defineRoute({
    paths: ['/api/downtimed', '/api/downtimed/:clusterHint'],
    group,
    permission: 'read',
    doc: 'Servers in downtime, of all clusters or of one.',
    params: z.object({ clusterHint: clusterHint.optional() }),
    query: noQuery,
    response: instances,
    handle: async (info, { params }) => {
      const { orchestrator } = info.services;
      const name = params.clusterHint === undefined ? null : await orchestrator.clusterNameByHint(params.clusterHint);
      return instanceList(info, `downtimed ${name}`, (fleet, nowMs) =>
        downtimedRecords(name === null ? fleet.records : fleet.recordsOfCluster(name), nowMs),
      );
    },
  }),
].flat();
