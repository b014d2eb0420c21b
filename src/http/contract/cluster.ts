import * as z from 'zod';
import { InstanceKeyJson } from './envelope.ts';

/** Summary of one cluster (historic ClusterInfo, 7 fields). */
export const ClusterJson = z.object({
  ClusterName: z.string(),
  ClusterAlias: z.string(),
  ClusterDomain: z.string(),
  CountInstances: z.int(),
  /** Seconds. */
  HeuristicLag: z.int(),
  HasAutomatedMasterRecovery: z.boolean(),
  HasAutomatedIntermediateMasterRecovery: z.boolean(),
});
export type ClusterJson = z.infer<typeof ClusterJson>;

/** One verdict of the analysis: the fields people read; the wire carries all 57. */
export const AnalysisJson = z.looseObject({
  AnalyzedInstanceKey: InstanceKeyJson,
  AnalyzedInstanceMasterKey: InstanceKeyJson,
  ClusterDetails: ClusterJson,
  Analysis: z.string(),
  Description: z.string(),
  StructureAnalysis: z.array(z.string()).nullable(),
  IsDowntimed: z.boolean(),
  IsMaster: z.boolean(),
  IsCoMaster: z.boolean(),
  LastCheckValid: z.boolean(),
  CountReplicas: z.int(),
  CountValidReplicas: z.int(),
  CountValidReplicatingReplicas: z.int(),
  Replicas: z.array(InstanceKeyJson),
});
export type AnalysisJson = z.infer<typeof AnalysisJson>;
