import * as z from 'zod';
import { healthJson, type RaftFacts } from '../../legacy/health-json.ts';
import { bare, failed, ok } from '../answer.ts';
import { HealthJson } from '../contract/health.ts';
import { noParams, noQuery } from '../params.ts';
import { defineRoute, type RequestInfo, type Route } from '../route.ts';
import type { RaftIdentity } from '../services.ts';

const group = 'Node health';
const word = { kind: 'bare', schema: z.string() } as const;

/** Where the status check lives when StatusEndpoint does not say otherwise. */
export const DEFAULT_STATUS_ENDPOINT = '/api/status';

async function health(info: RequestInfo) {
  const report = await info.services.orchestrator.health();
  const { raft } = info.services.settings;
  const shape = healthJson(report, raft ? raftFacts(raft, report.isActiveNode) : undefined);
  return report.isHealthy
    ? ok('Application node is healthy', shape)
    : failed(`Application node is unhealthy ${report.error ?? ''}`.trimEnd(), shape);
}

/** The only member of its setup: it leads, or (where it only looks on) knows of no leader. */
const raftFacts = ({ advertise, leaderUri }: RaftIdentity, isLeader: boolean): RaftFacts => ({
  leader: isLeader ? advertise : '',
  isLeader,
  leaderUri: isLeader ? leaderUri : '',
  advertise,
  healthyMembers: isLeader ? [advertise] : [],
});

async function leaderCheck(info: RequestInfo, errorStatus: number) {
  const report = await info.services.orchestrator.health();
  return report.isActiveNode ? bare('OK') : bare('Not leader', errorStatus);
}

/** The status check; it stands at any path the configuration says, then without URL prefix. */
export const statusRoutes = (path: string): readonly Route[] =>
  defineRoute({
    paths: [path],
    group,
    permission: 'read',
    doc: 'Health of this node for monitoring: 200 or 500. The path is configurable (StatusEndpoint).',
    params: noParams,
    query: noQuery,
    response: { kind: 'envelope', schema: HealthJson },
    handle: health,
  });

/** For load balancers, probes and monitoring. */
export const healthRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/health'],
    group,
    permission: 'read',
    doc: 'Health of this node: can it write to and read from its backend?',
    params: noParams,
    query: noQuery,
    response: { kind: 'envelope', schema: HealthJson },
    handle: health,
  }),
  defineRoute({
    paths: ['/api/lb-check', '/api/_ping'],
    group,
    permission: 'read',
    doc: 'Always 200: the program answers.',
    params: noParams,
    query: noQuery,
    response: word,
    handle: () => bare('OK'),
  }),
  defineRoute({
    paths: ['/api/leader-check', '/api/leader-check/:errorStatusCode', '/api/routed-leader-check'],
    group,
    permission: 'read',
    doc: '200 on the node that may act, else 404 or the status code given.',
    params: z.object({ errorStatusCode: z.string().optional().describe('Status when this node is not the leader') }),
    query: noQuery,
    response: word,
    handle: (info, { params }) => {
      const asked = Number(params.errorStatusCode);
      return leaderCheck(info, Number.isInteger(asked) && asked >= 200 && asked <= 599 ? asked : 404);
    },
  }),
].flat();
