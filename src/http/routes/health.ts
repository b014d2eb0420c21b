import * as z from 'zod';
import { healthJson, type RaftFacts } from '../../legacy/health-json.ts';
import { type Answer, bare, failed, ok } from '../answer.ts';
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

const leaderCheck = ({ services }: RequestInfo, errorStatus: number): Answer =>
  services.orchestrator.isActiveNode() ? bare('OK') : bare('Not leader', errorStatus);

/** For probes that look at the status code: 200 or 503. */
const probe = (isGood: boolean, error: string | null) =>
  isGood ? bare({ status: 'ok' }) : bare({ status: 'error', error: error ?? '' }, 503);

const probeSchema = z.object({
  status: z.enum(['ok', 'error']),
  error: z.string().optional().describe('Why, with status error'),
});

/** What orchestrators, containers and load balancers ask; outside /api, as others have it. */
const probeRoute = (path: string, doc: string, look: (info: RequestInfo) => Promise<Answer>): readonly Route[] =>
  defineRoute({
    paths: [path],
    group,
    permission: 'read',
    doc,
    params: noParams,
    query: noQuery,
    response: { kind: 'bare', schema: probeSchema },
    handle: look,
  });

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
  probeRoute('/health/live', 'Always 200: the program answers.', async () => probe(true, null)),
  probeRoute('/health/ready', '200 when this node can write to and read from its backend, else 503.', async (info) => {
    const { isHealthy, error } = await info.services.orchestrator.health();
    return probe(isHealthy, error);
  }),
  probeRoute('/health/leader', '200 on the node that may act, else 503.', async (info) => {
    const isActiveNode = info.services.orchestrator.isActiveNode();
    return probe(isActiveNode, isActiveNode ? null : 'another node is the leader');
  }),
].flat();
