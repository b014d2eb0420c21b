import * as z from 'zod';
import { OPERATION_KINDS } from '../../../plan/operations/request.ts';
import { OperationPreviewJson } from '../operation.ts';
import { changing, reading } from './route-contract.ts';
import { KeyInBody, KeyV2, pageOf, pageQuery, TroubleV2, time } from './values.ts';

const group = 'Operations';

/** What a dry run of an operation, a takeover or a recovery answers: the plan, of which nothing was done. */
export const PlannedV2 = z.object({
  dryRun: z.literal(true),
  would: z.string().describe('One sentence: what would be done'),
  plan: OperationPreviewJson.pick({ clusterName: true, reasons: true }).extend({
    method: z.string().nullable(),
    steps: z.array(
      z.object({
        stage: z.string(),
        server: KeyV2,
        statements: z
          .array(z.string())
          .nullable()
          .describe('In the words of that server, without passwords; null when not known beforehand'),
        why: z.string(),
        requires: z.string().nullable().describe('Ends the sentence "only if …"'),
        waitsFor: z.string().nullable().describe('Ends the sentence "wait until …"'),
        isDestructive: z.boolean(),
        hasWayBack: z.boolean(),
      }),
    ),
    before: z.string().nullable().describe('The topology as it is, drawn'),
    after: z.string().nullable().describe('The topology as it would be, drawn'),
  }),
});
export type PlannedV2 = z.infer<typeof PlannedV2>;

export const OperationBody = z.strictObject({
  kind: z.enum(OPERATION_KINDS),
  instance: KeyInBody.describe('The server that is moved, changed, or whose replicas are'),
  destination: KeyInBody.optional().describe('Where to; which kinds take one, see below'),
  pattern: z
    .string()
    .optional()
    .describe('Of several replicas only those whose host:port matches this regular expression'),
  delaySeconds: z.int().min(0).max(0x7fffffff).optional().describe('delay-replication'),
  binaryLogFile: z.string().min(1).optional().describe('flush-binary-logs, purge-binary-logs'),
  processId: z.int().min(1).optional().describe('kill-query'),
  isForced: z.boolean().optional().describe('purge-binary-logs: even if a replica still needs them'),
});
export type OperationBody = z.infer<typeof OperationBody>;

export const OperationDoneV2 = z.object({
  purpose: z.string(),
  clusterName: z.string(),
  method: z.string().nullable(),
  subject: KeyV2.describe('The moved server, or the one that others were moved to'),
  source: KeyV2.nullable().describe('Whom the subject follows now'),
  moved: z.array(KeyV2),
  troubles: z.array(TroubleV2).describe('Servers that could not be moved, or are not as they should be'),
});

export const OperationV2 = z.object({
  uid: z.string(),
  state: z.enum(['running', 'unfinished']).describe('unfinished: its process died in the middle'),
  clusterName: z.string(),
  purpose: z.string(),
  requestedBy: z.string(),
  startedAt: time,
  touched: z.array(KeyV2).nullable().describe('Servers that an unfinished one had begun to change'),
});

const params = z.strictObject({ uid: z.string().min(1).describe('Unique id of the operation') });

export const OPERATIONS_V2 = {
  runOperation: changing({
    method: 'POST',
    path: '/api/v2/operations',
    group,
    doc: 'Rearranges a topology or acts on one server: plans, locks, does, verifies; takes everything back when a step fails. Answers when it is done.',
    body: OperationBody,
    response: OperationDoneV2,
    preview: PlannedV2,
  }),
  listOperations: reading({
    path: '/api/v2/operations',
    group,
    doc: 'Operations that this node runs now, and those that a process left in the middle.',
    query: pageQuery,
    response: pageOf(OperationV2),
  }),
  abortOperation: changing({
    method: 'POST',
    path: '/api/v2/operations/:uid/abort',
    group,
    doc: 'Stops an operation of this node before its next step; it takes back what it began. A takeover whose successor takes writes is finished.',
    params,
    status: 202,
    response: OperationV2,
  }),
  finishOperation: changing({
    method: 'POST',
    path: '/api/v2/operations/:uid/finish',
    group,
    doc: 'Goes on with an unfinished operation: it is planned anew from how things stand; when that fails, it is taken back.',
    params,
    response: OperationDoneV2,
  }),
  undoOperation: changing({
    method: 'POST',
    path: '/api/v2/operations/:uid/undo',
    group,
    doc: 'Takes back what an unfinished operation had begun.',
    params,
    response: OperationV2,
  }),
} as const;
