import * as z from 'zod';
import { ProblemTypeV2 } from './problem.ts';
import { reading } from './route-contract.ts';
import { KeyV2, pageOf, pageQuery, time } from './values.ts';

const group = 'Node';

const node = z.object({
  hostname: z.string(),
  version: z.string(),
  firstSeenAt: time.nullable(),
  lastSeenAt: time.nullable(),
});

export const NODE = {
  getStatus: reading({
    path: '/api/v2/status',
    group,
    doc: 'Health of this node; 503 when it cannot write to and read from its backend.',
    response: z.object({
      hostname: z.string(),
      version: z.string(),
      isActiveNode: z.boolean().describe('True on the node that may act'),
      activeNode: node,
      availableNodes: z.array(node),
    }),
  }),
  listAudit: reading({
    path: '/api/v2/audit',
    group,
    doc: 'What was done, newest first.',
    query: pageQuery.extend({ instance: z.string().optional().describe('`host:port`: of this server only') }),
    response: pageOf(
      z.object({
        id: z.int(),
        at: time.nullable(),
        type: z.string(),
        key: KeyV2.nullable(),
        clusterName: z.string().nullable(),
        message: z.string(),
      }),
    ),
  }),
  listProblemTypes: reading({
    path: '/api/v2/problems',
    group,
    doc: 'The types of problems that this API answers with.',
    response: z.object({ items: z.array(ProblemTypeV2) }),
  }),
  getProblemType: reading({
    path: '/api/v2/problems/:slug',
    group,
    doc: 'One type of problem; the `type` of every problem leads here.',
    params: z.strictObject({ slug: z.string().describe('Last part of the `type`') }),
    response: ProblemTypeV2,
  }),
  getOpenApi: reading({
    path: '/api/v2/openapi.json',
    group,
    doc: 'This API as an OpenAPI 3.1 document.',
    response: z.looseObject({ openapi: z.string() }),
  }),
} as const;
