import * as z from 'zod';

/** Address of a server in what is new with this program. */
export const KeyJson = z.object({ hostname: z.string(), port: z.int() });

/** One step of a dry run; `requires` and `waitsFor` end the sentences "only if …" and "wait until …". */
export const PreviewStepJson = z.object({
  stage: z.string(),
  server: KeyJson,
  /** What would be sent, in the words of that server; passwords show as `***`. */
  statements: z.array(z.string()),
  requires: z.string().nullable(),
  waitsFor: z.string().nullable(),
  why: z.string(),
  isDestructive: z.boolean(),
  hasWayBack: z.boolean(),
});
export type PreviewStepJson = z.infer<typeof PreviewStepJson>;

export const PreviewTopologyJson = z.object({
  ascii: z.string(),
  instances: z.array(
    z.object({
      key: KeyJson,
      source: KeyJson.nullable(),
      isDetached: z.boolean(),
      isReplicating: z.boolean(),
      isReadOnly: z.boolean().nullable(),
    }),
  ),
});
export type PreviewTopologyJson = z.infer<typeof PreviewTopologyJson>;

/** `Details` of a dry run of an operation. */
export const OperationPreviewJson = z.object({
  purpose: z.string(),
  clusterName: z.string(),
  reasons: z.array(z.string()),
  method: z.string().nullable(),
  steps: z.array(PreviewStepJson),
  before: PreviewTopologyJson,
  after: PreviewTopologyJson,
});
export type OperationPreviewJson = z.infer<typeof OperationPreviewJson>;

/** `Details` of a dry run that was refused: every method tried and the rule that refused it. */
export const RefusalJson = z.object({
  purpose: z.string(),
  clusterName: z.string(),
  reason: z.string(),
  objections: z.array(z.object({ subject: z.string(), rule: z.string(), explanation: z.string() })),
});
export type RefusalJson = z.infer<typeof RefusalJson>;

/** An operation that is being done. */
export const RunningOperationJson = z.object({
  uid: z.string(),
  clusterName: z.string(),
  purpose: z.string(),
  requestedBy: z.string(),
  startedAtMs: z.number(),
});
export type RunningOperationJson = z.infer<typeof RunningOperationJson>;

/** An operation that a process left in the middle. */
export const UnfinishedOperationJson = RunningOperationJson.extend({
  owner: z.string(),
  touched: z.array(KeyJson),
});
export type UnfinishedOperationJson = z.infer<typeof UnfinishedOperationJson>;
