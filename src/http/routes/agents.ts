import * as z from 'zod';
import type { AgentOrder } from '../../engine/ports.ts';
import type { KnownAgent } from '../../engine/requests/agents.ts';
import { agentJson, seedJson, seedStateJson } from '../../legacy/agent-json.ts';
import { WOULD } from '../../legacy/would.ts';
import { bare, failed, ok } from '../answer.ts';
import { noParams, noQuery, wholeNumber } from '../params.ts';
import { defineRoute, type RequestInfo, type Route } from '../route.ts';

const group = 'Agents';
const host = z.string().describe('Host name of an agent');
const seedId = wholeNumber('seedId', 0).describe('Id of a seed');
const AgentShape = z.looseObject({ Hostname: z.string(), Port: z.number() });
const SeedShape = z.looseObject({ SeedId: z.number() });
const agentAnswer = { kind: 'bare', schema: AgentShape } as const;
const seedsAnswer = { kind: 'bare', schema: z.array(SeedShape) } as const;
const lvQuery = z.object({
  lv: z.string({ error: 'No logical volume given; write ?lv=path' }).min(1, 'No logical volume given; write ?lv=path'),
});

const shape = ({ record, status }: KnownAgent) => agentJson(record, status);
const agents = (info: RequestInfo) => info.services.orchestrator.agents;

/** What is answered without ServeAgentsHttp, whatever is asked. */
const notServed = (info: RequestInfo) => (agents(info).isServed ? null : failed('Agents not served'));

/** A route that tells an agent to do something. */
const order = (path: string, words: string, orderOf: (volume: string) => AgentOrder, takesVolume = false) =>
  defineRoute({
    paths: [path],
    group,
    permission: 'write',
    mutates: true,
    doc: `Asks the agent of a host to ${words}; answers with what it says then.`,
    params: z.object({ host }),
    query: takesVolume ? lvQuery : z.object({ lv: z.string().optional() }),
    response: agentAnswer,
    handle: async (info, { params, query }) => {
      const { agent } = await agents(info).order(params.host, orderOf(query.lv ?? ''));
      return bare(shape(agent));
    },
    dryRun: (info, { params }) => notServed(info) ?? ok(WOULD.agent(words, params.host)),
  });

const seeds = (path: string, doc: string, isActive: boolean | null) =>
  defineRoute({
    paths: [path],
    group,
    permission: 'write',
    doc,
    params: path.includes(':host') ? z.object({ host }) : z.object({ host: host.optional() }),
    query: noQuery,
    response: seedsAnswer,
    handle: async (info, { params }) => {
      const filter = params.host === undefined ? {} : { hostname: params.host };
      return bare((await agents(info).seeds(isActive === null ? filter : { ...filter, isActive })).map(seedJson));
    },
  });

/** The agents on the hosts of servers. */
export const agentRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/agents'],
    group,
    permission: 'write',
    doc: 'The agents that registered, as they registered; ERROR unless ServeAgentsHttp is set, as of all routes of agents.',
    params: noParams,
    query: noQuery,
    response: { kind: 'bare', schema: z.array(AgentShape) },
    handle: async (info) => bare((await agents(info).list()).map((record) => agentJson(record, null))),
  }),
  defineRoute({
    paths: ['/api/agent/:host'],
    group,
    permission: 'write',
    doc: 'One agent, asked now.',
    params: z.object({ host }),
    query: noQuery,
    response: agentAnswer,
    handle: async (info, { params }) => bare(shape(await agents(info).ask(params.host))),
  }),
  order('/api/agent-umount/:host', 'unmount the snapshot', () => ({ kind: 'umount' })),
  order('/api/agent-mount/:host', 'mount a logical volume', (volume) => ({ kind: 'mount', volume }), true),
  order('/api/agent-create-snapshot/:host', 'make a snapshot', () => ({ kind: 'create-snapshot' })),
  order('/api/agent-removelv/:host', 'remove a logical volume', (volume) => ({ kind: 'remove-volume', volume }), true),
  order('/api/agent-mysql-stop/:host', 'stop the server', () => ({ kind: 'mysql-stop' })),
  order('/api/agent-mysql-start/:host', 'start the server', () => ({ kind: 'mysql-start' })),
  defineRoute({
    paths: ['/api/agent-custom-command/:host/:command'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Asks the agent of a host to run one of the commands of its configuration; answers with the output.',
    params: z.object({ host, command: z.string().describe('Name of the command') }),
    query: noQuery,
    response: { kind: 'bare', schema: z.string() },
    handle: async (info, { params }) => {
      const { answer } = await agents(info).order(params.host, { kind: 'custom-command', command: params.command });
      return bare(answer);
    },
    dryRun: (info, { params }) => notServed(info) ?? ok(WOULD.agent(`run its command ${params.command}`, params.host)),
  }),
  defineRoute({
    paths: ['/api/agent-seed/:targetHost/:sourceHost'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Overwrites the MySQL data of a host with that of another, in the background; answers with the id of the seed. ERROR, and nothing is done, unless every condition holds.',
    params: z.object({ targetHost: host, sourceHost: host }),
    query: noQuery,
    response: { kind: 'bare', schema: z.number() },
    handle: async (info, { params }) => bare(await agents(info).seed(params.targetHost, params.sourceHost)),
    dryRun: async (info, { params }) => {
      const refusal = notServed(info);
      if (refusal !== null) return refusal;
      const plan = await agents(info).planSeed(params.targetHost, params.sourceHost);
      const details = { Checks: [...plan.held], Steps: [...plan.steps] };
      if (plan.refusal !== null) return failed(plan.refusal, details);
      return ok(WOULD.seed(params.targetHost, params.sourceHost), details);
    },
  }),
  seeds('/api/agent-active-seeds/:host', 'Seeds of a host that are under way.', true),
  seeds('/api/agent-recent-seeds/:host', 'The latest seeds of a host.', null),
  seeds('/api/seeds', 'The latest seeds.', null),
  defineRoute({
    paths: ['/api/agent-seed-details/:seedId'],
    group,
    permission: 'write',
    doc: 'One seed, as a list.',
    params: z.object({ seedId }),
    query: noQuery,
    response: seedsAnswer,
    handle: async (info, { params }) => bare((await agents(info).seeds({ seedId: params.seedId })).map(seedJson)),
  }),
  defineRoute({
    paths: ['/api/agent-seed-states/:seedId'],
    group,
    permission: 'write',
    doc: 'What happened in a seed, newest first.',
    params: z.object({ seedId }),
    query: noQuery,
    response: { kind: 'bare', schema: z.array(z.looseObject({ SeedStateId: z.number() })) },
    handle: async (info, { params }) => bare((await agents(info).seedStates(params.seedId)).map(seedStateJson)),
  }),
  defineRoute({
    paths: ['/api/agent-abort-seed/:seedId'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Closes a seed that is under way, as failed, and stops it on both hosts.',
    params: z.object({ seedId }),
    query: noQuery,
    response: { kind: 'bare', schema: z.boolean() },
    handle: async (info, { params }) => {
      await agents(info).abortSeed(params.seedId);
      return bare(true);
    },
    dryRun: (info, { params }) => notServed(info) ?? ok(WOULD.abortSeed(params.seedId)),
  }),
].flat();
