import type * as z from 'zod';
import { ClusterV2, ReadinessV2, TakeoverV2, TopologyV2 } from './clusters.ts';
import { DowntimeV2, InstanceV2, MaintenanceV2 } from './instances.ts';
import { OperationDoneV2, OperationV2, PlannedV2 } from './operations.ts';
import { ProblemTypeV2, ProblemV2 } from './problem.ts';
import {
  AnalysisV2,
  BlockedV2,
  DeposedV2,
  DetectionV2,
  ExplanationV2,
  RecoveryV2,
  RecoveryWithStepsV2,
} from './recoveries.ts';
import { WouldV2 } from './route-contract.ts';
import { KeyV2, TroubleV2 } from './values.ts';

/** What has a name in the documents, so that it is described once. */
export const SHAPES: Readonly<Record<string, z.ZodType>> = {
  Key: KeyV2,
  Trouble: TroubleV2,
  Cluster: ClusterV2,
  Topology: TopologyV2,
  Readiness: ReadinessV2,
  Takeover: TakeoverV2,
  Instance: InstanceV2,
  Downtime: DowntimeV2,
  Maintenance: MaintenanceV2,
  Planned: PlannedV2,
  Would: WouldV2,
  OperationDone: OperationDoneV2,
  Operation: OperationV2,
  Analysis: AnalysisV2,
  Recovery: RecoveryV2,
  RecoveryWithSteps: RecoveryWithStepsV2,
  Detection: DetectionV2,
  Explanation: ExplanationV2,
  BlockedRecovery: BlockedV2,
  DeposedPrimary: DeposedV2,
  Problem: ProblemV2,
  ProblemType: ProblemTypeV2,
};
