import * as z from 'zod';
import { groupBy } from '../../engine/basis/group-by.ts';
import type { PoolMember } from '../../engine/requests/classification-answers.ts';
import { instanceJson } from '../../legacy/instance-json.ts';
import { keyJson } from '../../legacy/key-json.ts';
import { WOULD } from '../../legacy/would.ts';
import { formatKey } from '../../model/instance-key.ts';
import { ok } from '../answer.ts';
import { InstanceKeyJson } from '../contract/envelope.ts';
import { InstanceJson } from '../contract/instance.ts';
import { clusterName, noQuery } from '../params.ts';
import { defineRoute, type Route } from '../route.ts';
import { clusterByNameOrHint } from './common.ts';

const group = 'Pools';
const pool = z.string().describe('Name of a pool');
const clusterPoolParams = z.object({ clusterName, pool: pool.optional() });
const instances = z
  .string({ error: 'No instances given; write ?instances=host1:3306,host2:3306, or leave the value empty' })
  .describe('Comma list of host[:port]; empty empties the pool');

/** Pool → addresses, pools in order of their names. */
const byPool = (members: readonly PoolMember[]) =>
  Object.fromEntries(
    [...groupBy(members, ({ pool }) => pool)].map(([pool, of]) => [pool, of.map(({ key }) => keyJson(key))]),
  );

/** Pools of servers, as load balancers submit them. */
export const poolRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/submit-pool-instances/:pool'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Replaces the members of a pool; they expire (InstancePoolExpiryMinutes), so submit them again and again.',
    params: z.object({ pool }),
    query: z.object({ instances }),
    response: { kind: 'envelope', schema: z.string() },
    handle: async (info, { params, query }) => {
      const { classification } = info.services.orchestrator;
      await classification.submitPool(params.pool, await classification.poolMembers(query.instances));
      return ok(`Submitted ${params.pool}`, params.pool);
    },
    dryRun: async (info, { params, query }) => {
      const keys = await info.services.orchestrator.classification.poolMembers(query.instances);
      return ok(WOULD.submitPool(params.pool, keys.map(formatKey)), params.pool);
    },
  }),
  defineRoute({
    paths: ['/api/cluster-pool-instances/:clusterName', '/api/cluster-pool-instances/:clusterName/:pool'],
    group,
    permission: 'write',
    doc: 'The servers of a cluster by the pools they are in.',
    params: clusterPoolParams,
    query: noQuery,
    response: { kind: 'envelope', schema: z.record(z.string(), z.array(InstanceKeyJson)) },
    handle: async (info, { params }) => {
      const name = await clusterByNameOrHint(info, params.clusterName);
      const { classification } = info.services.orchestrator;
      const members = await classification.poolsOfCluster(name, params.pool ?? null);
      return ok(`Read pool instances for cluster ${name}`, byPool(members));
    },
  }),
  defineRoute({
    paths: [
      '/api/heuristic-cluster-pool-instances/:clusterName',
      '/api/heuristic-cluster-pool-instances/:clusterName/:pool',
    ],
    group,
    permission: 'write',
    doc: 'The servers of a cluster that are in a pool (or in the one named) and answer and replicate.',
    params: clusterPoolParams,
    query: noQuery,
    response: { kind: 'envelope', schema: z.array(InstanceJson) },
    handle: async (info, { params }) => {
      const { clock, orchestrator, settings } = info.services;
      const name = await clusterByNameOrHint(info, params.clusterName);
      const members = await orchestrator.classification.healthyPoolMembers(name, params.pool ?? null);
      const nowMs = clock.now();
      return ok(
        `Heuristic pool instances for cluster ${name}`,
        members.map((record) => instanceJson(record, { nowMs, settings })),
      );
    },
  }),
  defineRoute({
    paths: ['/api/heuristic-cluster-pool-lag/:clusterName', '/api/heuristic-cluster-pool-lag/:clusterName/:pool'],
    group,
    permission: 'write',
    doc: 'The greatest lag of these servers in seconds; ERROR when there are none.',
    params: clusterPoolParams,
    query: noQuery,
    response: { kind: 'envelope', schema: z.number() },
    handle: async (info, { params }) => {
      const name = await clusterByNameOrHint(info, params.clusterName);
      const lag = await info.services.orchestrator.classification.poolLagSeconds(name, params.pool ?? null);
      return ok(`Heuristic pool lag for cluster ${name}`, lag);
    },
  }),
].flat();
