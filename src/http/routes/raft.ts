import * as z from 'zod';
import { failed } from '../answer.ts';
import { noParams, noQuery } from '../params.ts';
import { defineRoute, type Permission, type Route } from '../route.ts';

/** Paths, the name each failure carries, and whether it changes something. */
const NOT_DISTRIBUTED: readonly (readonly [path: string, name: string, permission: Permission])[] = [
  ['/api/raft-state', 'raft-state', 'read'],
  ['/api/raft-leader', 'raft-leader', 'read'],
  ['/api/raft-health', 'raft-state', 'read'],
  ['/api/raft-status', 'raft-state', 'read'],
  ['/api/raft-peers', 'raft-nodes', 'read'],
  [
    '/api/raft-follower-health-report/:authenticationToken/:raftBind/:raftAdvertise',
    'raft-follower-health-report',
    'read',
  ],
  ['/api/raft-snapshot', 'raft-snapshot', 'read'],
  ['/api/raft-add-peer/:addr', 'raft-add-peer', 'write'],
  ['/api/raft-remove-peer/:addr', 'raft-remove-peer', 'write'],
  ['/api/raft-yield/:node', 'raft-yield', 'write'],
  ['/api/raft-yield-hint/:hint', 'raft-yield-hint', 'write'],
];

/** Answers of a node that is not part of a distributed setup: clients tell by them that there is none. */
export const raftRoutes: readonly Route[] = NOT_DISTRIBUTED.flatMap(([path, name, permission]) => {
  const names = [...path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '');
  return defineRoute({
    paths: [path],
    group: 'Distributed mode',
    permission,
    doc: 'Says that this node runs alone (Code ERROR).',
    params: names.length === 0 ? noParams : z.object(Object.fromEntries(names.map((one) => [one, z.string()]))),
    query: noQuery,
    response: { kind: 'envelope', schema: z.null() },
    handle: () => failed(`${name}: not running with raft setup`),
  });
});
