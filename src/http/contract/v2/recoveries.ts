import * as z from 'zod';
import { ANALYSIS_CODES, STRUCTURE_WARNINGS } from '../../../analysis/analysis-entry.ts';
import { PlannedV2 } from './operations.ts';
import { changing, reading } from './route-contract.ts';
import { KeyInBody, KeyV2, pageOf, pageQuery, time, truth } from './values.ts';

const group = 'Recoveries';

const EXPLANATION_VERDICTS = [
  'healthy',
  'suspected',
  'waiting',
  'not-acting',
  'recovering',
  'recovered',
  'failed',
] as const;

export const AnalysisV2 = z.object({
  key: KeyV2,
  source: KeyV2.nullable(),
  clusterName: z.string(),
  clusterAlias: z.string(),
  code: z.enum(ANALYSIS_CODES),
  description: z.string(),
  structureWarnings: z.array(z.enum(STRUCTURE_WARNINGS)),
  isPrimary: z.boolean(),
  isCoPrimary: z.boolean(),
  isReachable: z.boolean(),
  isDowntimed: z.boolean(),
  downtimeEndAt: time.nullable(),
  depth: z.int(),
  replicaCount: z.int(),
  validReplicaCount: z.int(),
  replicatingReplicaCount: z.int(),
  hasAutomatedPrimaryRecovery: z.boolean(),
  hasAutomatedIntermediateRecovery: z.boolean(),
});

export const RecoveryV2 = z.object({
  id: z.int(),
  uid: z.string(),
  analysis: z.string(),
  failed: KeyV2.describe('The server that is recovered'),
  clusterName: z.string(),
  clusterAlias: z.string(),
  state: z.enum(['running', 'succeeded', 'failed']),
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  successor: KeyV2.nullable(),
  successorAlias: z.string().nullable(),
  lostReplicas: z.array(KeyV2),
  participants: z.array(KeyV2),
  errors: z.array(z.string()),
  node: z.string().nullable().describe('Host name of the node that recovered it'),
  isBlocking: z.boolean().describe('Holds back another automatic recovery of the cluster (RecoveryPeriodBlockSeconds)'),
  acknowledgement: z.object({ at: time.nullable(), by: z.string(), comment: z.string() }).nullable(),
});
export type RecoveryV2 = z.infer<typeof RecoveryV2>;

export const RecoveryWithStepsV2 = RecoveryV2.extend({
  steps: z.array(z.object({ at: time.nullable(), message: z.string() })).describe('In their order'),
});

export const DetectionV2 = z.object({
  id: z.int(),
  analysis: z.string(),
  failed: KeyV2,
  clusterName: z.string(),
  clusterAlias: z.string(),
  detectedAt: time.nullable(),
  isActionable: z.boolean(),
  replicas: z.array(KeyV2),
  recoveryId: z.int().nullable(),
});

export const ExplanationV2 = z.object({
  clusterName: z.string(),
  primary: KeyV2.nullable(),
  server: KeyV2.nullable().describe('The server it is about, where that is not the primary'),
  verdict: z.enum(EXPLANATION_VERDICTS),
  sentence: z.string(),
  at: time,
});

export const BlockedV2 = z.object({
  failed: KeyV2,
  clusterName: z.string(),
  analysis: z.string(),
  lastBlockedAt: time.nullable(),
  blockingRecoveryId: z.int(),
});

export const DeposedV2 = z.object({
  key: KeyV2,
  clusterName: z.string(),
  successor: KeyV2.nullable(),
  deposedAt: time,
  fencedAt: time.nullable().describe('null until it came back and was fenced'),
});

const params = z.strictObject({ uid: z.string().min(1).describe('Unique id of the recovery') });
const cluster = z.string().optional().describe('Name or alias of a cluster, in full');

export const RECOVERIES = {
  listAnalyses: reading({
    path: '/api/v2/analysis',
    group,
    doc: 'What is wrong with whom; servers that are well and downtimed ones only when asked for.',
    query: pageQuery.extend({
      cluster,
      includeDowntimed: truth.default(false).describe('Downtimed servers, too'),
      includeNoProblem: truth.default(false).describe('Servers that are well, too'),
    }),
    response: pageOf(AnalysisV2),
  }),
  listRecoveries: reading({
    path: '/api/v2/recoveries',
    group,
    doc: 'Recoveries and takeovers, newest first.',
    query: pageQuery.extend({
      cluster: z.string().optional().describe('Name that the cluster had'),
      alias: z.string().optional().describe('Alias that the cluster had'),
      unacknowledged: truth.default(false).describe('Only those that nobody has acknowledged'),
    }),
    response: pageOf(RecoveryV2),
  }),
  recover: changing({
    method: 'POST',
    path: '/api/v2/recoveries',
    group,
    doc: 'Recovers a server by hand, whatever blocks automatic recoveries; in favour of the candidate when one is given.',
    body: z.strictObject({
      instance: KeyInBody,
      candidate: KeyInBody.optional(),
      skipHooks: z.boolean().default(false),
    }),
    status: 201,
    response: z.object({ uid: z.string(), successor: KeyV2, lostReplicas: z.array(KeyV2) }),
    preview: PlannedV2,
  }),
  getRecovery: reading({
    path: '/api/v2/recoveries/:uid',
    group,
    doc: 'One recovery with its steps.',
    params,
    response: RecoveryWithStepsV2,
  }),
  acknowledgeRecovery: changing({
    method: 'POST',
    path: '/api/v2/recoveries/:uid/acknowledgement',
    group,
    doc: 'Says that a person has seen the recovery; it no longer holds back the next one.',
    params,
    body: z.strictObject({ comment: z.string().trim().min(1).max(10_000) }),
    response: z.object({ uid: z.string(), by: z.string(), comment: z.string() }),
  }),
  listFailureDetections: reading({
    path: '/api/v2/failure-detections',
    group,
    doc: 'Failures that were detected, newest first, recovered or not.',
    query: pageQuery.extend({ cluster: z.string().optional().describe('Name that the cluster had') }),
    response: pageOf(DetectionV2),
  }),
  listExplanations: reading({
    path: '/api/v2/explanations',
    group,
    doc: 'Why a primary, or another server, is or is not being recovered right now; one sentence each.',
    query: pageQuery,
    response: pageOf(ExplanationV2),
  }),
  listBlockedRecoveries: reading({
    path: '/api/v2/blocked-recoveries',
    group,
    doc: 'Recoveries that an earlier one holds back; acknowledge that one to let them begin.',
    query: pageQuery.extend({ cluster }),
    response: pageOf(BlockedV2),
  }),
  listDeposedPrimaries: reading({
    path: '/api/v2/deposed-primaries',
    group,
    doc: 'Primaries that were replaced and are kept from taking writes when they return.',
    query: pageQuery,
    response: pageOf(DeposedV2),
  }),
  getRecoverySwitch: reading({
    path: '/api/v2/recovery-switch',
    group,
    doc: 'Are automatic recoveries enabled at all?',
    response: z.object({ isEnabled: z.boolean() }),
  }),
  putRecoverySwitch: changing({
    method: 'PUT',
    path: '/api/v2/recovery-switch',
    group,
    doc: 'Enables or disables automatic recoveries everywhere.',
    body: z.strictObject({ isEnabled: z.boolean() }),
    response: z.object({ isEnabled: z.boolean() }),
  }),
} as const;
