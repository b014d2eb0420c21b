import type { InstanceKey } from '../model/instance-key.ts';
import { keyJson } from './key-json.ts';

/** One line of the audit log (5 fields). `at` is the time as the table holds it. */
export const auditJson = (facts: {
  readonly auditId: number;
  readonly at: string;
  readonly type: string;
  readonly key: InstanceKey;
  readonly message: string;
}) => ({
  AuditId: facts.auditId,
  AuditTimestamp: facts.at,
  AuditType: facts.type,
  AuditInstanceKey: keyJson(facts.key),
  Message: facts.message,
});

/** One step of a recovery. */
export const recoveryStepJson = (facts: {
  readonly id: number;
  readonly uid: string;
  readonly at: string;
  readonly message: string;
}) => ({ Id: facts.id, RecoveryUID: facts.uid, AuditAt: facts.at, Message: facts.message });

/** A recovery that an earlier one held back. */
export const blockedRecoveryJson = (facts: {
  readonly key: InstanceKey;
  readonly clusterName: string;
  readonly analysis: string;
  readonly lastBlockedAt: string;
  readonly blockingRecoveryId: number;
}) => ({
  FailedInstanceKey: keyJson(facts.key),
  ClusterName: facts.clusterName,
  Analysis: facts.analysis,
  LastBlockedTimestamp: facts.lastBlockedAt,
  BlockingRecoveryId: facts.blockingRecoveryId,
});

/** How the analysis of one server changed: `time;code,` each, oldest first. */
export const analysisChangelogJson = (facts: {
  readonly key: InstanceKey;
  readonly changes: readonly { readonly at: string; readonly analysis: string }[];
}) => ({
  AnalyzedInstanceKey: keyJson(facts.key),
  Changelog: facts.changes.map((change) => `${change.at};${change.analysis},`),
});

/** A server registered as a candidate. */
export const candidateJson = (facts: {
  readonly key: InstanceKey;
  readonly promotionRule: string;
  readonly lastSuggestedAt: string;
  readonly expiry: string;
}) => ({
  Hostname: facts.key.hostname,
  Port: facts.key.port,
  PromotionRule: facts.promotionRule,
  LastSuggestedString: facts.lastSuggestedAt,
  PromotionRuleExpiry: facts.expiry,
});
