import type { InstanceKey } from './instance-key.ts';

/** What rows of recoveries and of failure detections have in common. Times are texts, '' for none. */
export interface FailureRecord {
  readonly key: InstanceKey;
  readonly analysis: string;
  readonly clusterName: string;
  readonly clusterAlias: string;
  readonly countReplicas: number;
  readonly replicas: readonly InstanceKey[];
  readonly isInActivePeriod: boolean;
  readonly startedAt: string;
  readonly processingNodeHostname: string;
  readonly processingNodeToken: string;
}

/** A row of topology_recovery. */
export interface RecoveryRecord extends FailureRecord {
  readonly recoveryId: number;
  readonly uid: string;
  /** 0 while its active period lasts. */
  readonly endActivePeriodUnixtime: number;
  readonly endedAt: string;
  readonly isSuccessful: boolean;
  readonly successor: InstanceKey | null;
  readonly successorAlias: string;
  readonly lostReplicas: readonly InstanceKey[];
  readonly participants: readonly InstanceKey[];
  readonly errors: readonly string[];
  readonly isAcknowledged: boolean;
  readonly acknowledgedAt: string;
  readonly acknowledgedBy: string;
  readonly acknowledgedComment: string;
  readonly lastDetectionId: number;
}

/** A row of topology_failure_detection. */
export interface DetectionRecord extends FailureRecord {
  readonly detectionId: number;
  readonly isActionable: boolean;
  /** The recovery that followed; 0 for none. */
  readonly relatedRecoveryId: number;
}
