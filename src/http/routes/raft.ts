import * as z from 'zod';
import { type Answer, bare, failed, ok } from '../answer.ts';
import { RaftStatus } from '../contract/health.ts';
import { noParams, noQuery } from '../params.ts';
import { defineRoute, type Permission, type RequestInfo, type Route } from '../route.ts';
import type { RaftIdentity } from '../services.ts';

const group = 'Distributed mode';
const withoutRaft = (name: string): Answer => failed(`${name}: not running with raft setup`);

/** The state in raft's words: a node that is alone leads, unless it only looks on. */
const stateOf = (node: Node): 'Leader' | 'Follower' => (node.isActiveNode ? 'Leader' : 'Follower');

/** What is known at once, and what the backend must be asked for. */
interface Node {
  readonly isActiveNode: boolean;
  isHealthy(): Promise<boolean>;
}

/** A question that a setup of one node can answer; `name` is what the answer of a node without raft has always begun with. */
function question(
  path: string,
  name: string,
  doc: string,
  schema: z.ZodType,
  answer: (raft: RaftIdentity, node: Node) => Answer | Promise<Answer>,
): readonly Route[] {
  return defineRoute({
    paths: [path],
    group,
    permission: 'read',
    doc: `${doc} ERROR without RaftEnabled.`,
    params: noParams,
    query: noQuery,
    response: { kind: 'bare', schema },
    async handle({ services }) {
      const { raft } = services.settings;
      const { orchestrator } = services;
      if (!raft) return withoutRaft(name);
      return answer(raft, {
        isActiveNode: orchestrator.isActiveNode(),
        isHealthy: async () => (await orchestrator.health()).isHealthy,
      });
    },
  });
}

/** An order that needs other nodes, of which there are none. */
function order(
  path: string,
  name: string,
  permission: Permission,
  answer: (given: string, info: RequestInfo) => Answer = () =>
    failed(`${name}: this node is the only one of its setup`),
): readonly Route[] {
  const names = [...path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '');
  return defineRoute({
    paths: [path],
    group,
    permission,
    doc: 'Nothing to be done on a node that runs alone: ERROR says so.',
    params: names.length === 0 ? noParams : z.object(Object.fromEntries(names.map((one) => [one, z.string()]))),
    query: noQuery,
    response: { kind: 'envelope', schema: z.string().nullable() },
    handle: (info, { params }) =>
      info.services.settings.raft
        ? answer(String((params as Record<string, unknown>)[names[0] ?? ''] ?? ''), info)
        : withoutRaft(name),
  });
}

const onlyOne = (name: string): Answer => failed(`${name}: this node is the only one of its setup, no other can lead`);

/**
 * The routes of a raft setup. With RaftEnabled this node answers as the only member of its setup, in agreement with leader-check and
 * health; without, every answer says that there is none, by which clients tell.
 */
export const raftRoutes: readonly Route[] = [
  question('/api/raft-state', 'raft-state', 'Leader, or Follower where it only looks on.', z.string(), (_, node) =>
    bare(stateOf(node)),
  ),
  question(
    '/api/raft-leader',
    'raft-leader',
    'Raft address of the leader; empty when none is known.',
    z.string(),
    (raft, node) => bare(node.isActiveNode ? raft.advertise : ''),
  ),
  question('/api/raft-health', 'raft-state', '"healthy", or status 500.', z.string(), async (_, node) =>
    node.isActiveNode && (await node.isHealthy()) ? bare('healthy') : failed('unhealthy'),
  ),
  question('/api/raft-status', 'raft-state', 'All of it at once.', RaftStatus, async (raft, node) =>
    bare({
      RaftBind: raft.bind,
      RaftAdvertise: raft.advertise,
      State: stateOf(node),
      Healthy: await node.isHealthy(),
      IsPartOfQuorum: node.isActiveNode,
      Leader: node.isActiveNode ? raft.advertise : '',
      LeaderURI: node.isActiveNode ? raft.leaderUri : '',
      Peers: [raft.advertise],
    }),
  ),
  question('/api/raft-peers', 'raft-nodes', 'Raft addresses of all nodes.', z.array(z.string()), (raft) =>
    bare([raft.advertise]),
  ),
  order(
    '/api/raft-follower-health-report/:authenticationToken/:raftBind/:raftAdvertise',
    'raft-follower-health-report',
    'read',
  ),
  order('/api/raft-snapshot', 'raft-snapshot', 'read', () =>
    failed('raft-snapshot: this node keeps no raft log; its backend is all it remembers'),
  ),
  order('/api/raft-add-peer/:addr', 'raft-add-peer', 'write'),
  order('/api/raft-remove-peer/:addr', 'raft-remove-peer', 'write'),
  order('/api/raft-yield/:node', 'raft-yield', 'write', (node, { services }) =>
    isThis(node, services.settings.raft) ? ok(`Asked ${node} to lead, as it does`) : onlyOne('raft-yield'),
  ),
  order('/api/raft-yield-hint/:hint', 'raft-yield-hint', 'write', (hint, { services }) =>
    services.settings.nodeHostname.includes(hint)
      ? ok(`Asked ${services.settings.nodeHostname} to lead, as it does`, hint)
      : onlyOne('raft-yield-hint'),
  ),
].flat();

const isThis = (node: string, raft: RaftIdentity | null | undefined): boolean =>
  raft?.advertise === node || raft?.advertise.replace(/:\d+$/, '') === node;
