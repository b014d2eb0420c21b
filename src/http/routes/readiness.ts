import * as z from 'zod';
import { bare } from '../answer.ts';
import { ReadinessJson } from '../contract/readiness.ts';
import { clusterHint, noParams, noQuery } from '../params.ts';
import { defineRoute, type Route } from '../route.ts';

const group = 'Analysis and recovery';

/** New with this program: if a primary died now. */
export const readinessRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/failover-readiness'],
    group,
    permission: 'read',
    doc: 'If the primary died now, for every cluster: who would be promoted and why, how long it would take, what would be lost, what blocks it.',
    params: noParams,
    query: noQuery,
    response: { kind: 'bare', schema: z.array(ReadinessJson) },
    handle: async ({ services }) => bare(await services.orchestrator.readiness.all()),
  }),
  defineRoute({
    paths: ['/api/failover-readiness/:clusterHint'],
    group,
    permission: 'read',
    doc: 'The same for one cluster.',
    params: z.object({ clusterHint }),
    query: noQuery,
    response: { kind: 'bare', schema: ReadinessJson },
    handle: async ({ services }, { params }) => {
      const { orchestrator } = services;
      return bare(await orchestrator.readiness.of(await orchestrator.clusterNameByHint(params.clusterHint)));
    },
  }),
].flat();
