import * as z from 'zod';
import { InstanceKeyJson } from './envelope.ts';

/** One recovery, or one failure detection (then `Id` is the detection's); 23 fields on the wire. */
export const RecoveryJson = z.looseObject({
  Id: z.int(),
  UID: z.string(),
  AnalysisEntry: z.looseObject({ AnalyzedInstanceKey: InstanceKeyJson, Analysis: z.string() }),
  SuccessorKey: InstanceKeyJson.nullable(),
  SuccessorAlias: z.string(),
  IsActive: z.boolean(),
  IsSuccessful: z.boolean(),
  LostReplicas: z.array(InstanceKeyJson),
  ParticipatingInstanceKeys: z.array(InstanceKeyJson),
  AllErrors: z.array(z.string()),
  RecoveryStartTimestamp: z.string(),
  RecoveryEndTimestamp: z.string(),
  ProcessingNodeHostname: z.string(),
  ProcessingNodeToken: z.string(),
  Acknowledged: z.boolean(),
  AcknowledgedAt: z.string(),
  AcknowledgedBy: z.string(),
  AcknowledgedComment: z.string(),
  LastDetectionId: z.int(),
  RelatedRecoveryId: z.int(),
});
export type RecoveryJson = z.infer<typeof RecoveryJson>;

export const RecoveryStepJson = z.object({
  Id: z.int(),
  RecoveryUID: z.string(),
  AuditAt: z.string(),
  Message: z.string(),
});
export type RecoveryStepJson = z.infer<typeof RecoveryStepJson>;

export const BlockedRecoveryJson = z.object({
  FailedInstanceKey: InstanceKeyJson,
  ClusterName: z.string(),
  Analysis: z.string(),
  LastBlockedTimestamp: z.string(),
  BlockingRecoveryId: z.int(),
});
export type BlockedRecoveryJson = z.infer<typeof BlockedRecoveryJson>;

/** `Changelog`: `time;analysis,` each, oldest first. */
export const AnalysisChangelogJson = z.object({
  AnalyzedInstanceKey: InstanceKeyJson,
  Changelog: z.array(z.string()),
});
export type AnalysisChangelogJson = z.infer<typeof AnalysisChangelogJson>;

export const AuditJson = z.object({
  AuditId: z.int(),
  AuditTimestamp: z.string(),
  AuditType: z.string(),
  AuditInstanceKey: InstanceKeyJson,
  Message: z.string(),
});
export type AuditJson = z.infer<typeof AuditJson>;
