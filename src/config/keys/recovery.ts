import type { KeyTable } from './key-spec.ts';

/** What is recovered without a hand, how often, and how. */
export const recoveryKeys = {
  RecoverMasterClusterFilters: {
    type: 'string-list',
    default: [],
    pattern: 'cluster-filter',
    doc: 'Clusters whose dead primary is replaced without a hand: name, alias, alias=x, alias~=expression, expression on the name, or * for all.',
    isLive: true,
  },
  RecoverIntermediateMasterClusterFilters: {
    type: 'string-list',
    default: [],
    pattern: 'cluster-filter',
    doc: 'The same for dead intermediate sources.',
    isLive: true,
  },
  RecoveryIgnoreHostnameFilters: {
    type: 'string-list',
    default: [],
    pattern: 'expression',
    doc: 'Servers that analysis and recovery leave alone.',
    isLive: true,
  },
  FailureDetectionPeriodBlockMinutes: {
    type: 'int',
    default: 60,
    doc: 'The same detection is not announced again within this time.',
  },
  RecoveryPeriodBlockSeconds: {
    type: 'int',
    default: 3600,
    doc: 'After a recovery, the same cluster is not recovered again for this time, unless it is acknowledged.',
  },
  RecoveryPeriodBlockMinutes: {
    type: 'int',
    default: 60,
    doc: 'Old form of RecoveryPeriodBlockSeconds; used only where that is 0.',
  },
  RecoverNonWriteableMaster: {
    type: 'bool',
    default: false,
    doc: 'A primary that is read-only is a failure, and is made writable.',
  },
  CoMasterRecoveryMustPromoteOtherCoMaster: {
    type: 'bool',
    default: true,
    doc: 'Of two co-primaries, only the other one may take over.',
  },
  ApplyMySQLPromotionAfterMasterFailover: {
    type: 'bool',
    default: true,
    doc: 'The promoted server forgets its source and becomes writable. When false, your hooks must do it.',
  },
  DetachLostReplicasAfterMasterFailover: {
    type: 'bool',
    default: false,
    doc: 'Replicas that could not follow the promoted server are detached.',
  },
  DetachLostSlavesAfterMasterFailover: {
    type: 'bool',
    default: true,
    doc: 'Old name; while it is true, the key above is true, so set both to false.',
  },
  MasterFailoverDetachReplicaMasterHost: {
    type: 'bool',
    default: false,
    doc: 'The promoted server, where it does not forget its source, is detached from it.',
  },
  MasterFailoverDetachSlaveMasterHost: {
    type: 'bool',
    default: false,
    doc: 'Old name; true makes the key above true.',
  },
  MasterFailoverLostInstancesDowntimeMinutes: {
    type: 'uint',
    default: 0,
    doc: 'No effect: lost servers are always in downtime until they are back.',
  },
  PreventCrossDataCenterMasterFailover: {
    type: 'bool',
    default: false,
    doc: 'Only a server of the same data centre may take over.',
  },
  PreventCrossRegionMasterFailover: {
    type: 'bool',
    default: false,
    doc: 'Only a server of the same region may take over.',
  },
  FailMasterPromotionOnLagMinutes: {
    type: 'uint',
    default: 0,
    doc: 'Do not promote a server with this much lag; 0 is off. Needs ReplicationLagQuery.',
  },
  FailMasterPromotionIfSQLThreadNotUpToDate: {
    type: 'bool',
    default: false,
    doc: 'Do not promote a server that has not yet applied all it received, instead of waiting for it.',
  },
  DelayMasterPromotionIfSQLThreadNotUpToDate: {
    type: 'bool',
    default: false,
    doc: 'Wait for it as long as it takes, beyond PromotionDrainTimeoutSeconds.',
  },
  PostponeReplicaRecoveryOnLagMinutes: {
    type: 'uint',
    default: 0,
    doc: 'Replicas with this much lag are moved after all others; 0 is off.',
  },
  PostponeSlaveRecoveryOnLagMinutes: { type: 'uint', default: 0, doc: 'Old name; above 0 it sets the key above.' },
  OSCIgnoreHostnameFilters: {
    type: 'string-list',
    default: [],
    pattern: 'expression',
    doc: 'Servers left out of the replicas that online schema changes watch.',
  },
  MaxConcurrentReplicaOperations: { type: 'int', default: 5, minimum: 1, doc: 'Replicas moved at the same time.' },
  ReduceReplicationAnalysisCount: {
    type: 'bool',
    default: true,
    doc: 'Analyse only servers that could show a problem.',
  },
  CleanShutdownGraceSeconds: {
    type: 'uint',
    default: 10,
    isNew: true,
    doc: 'A primary that was shut down properly has this time to come back before it is replaced.',
  },
  PrimaryRestartGraceMilliseconds: {
    type: 'uint',
    default: 0,
    isNew: true,
    doc: 'The same for a primary that just vanished. MariaDB restarts look like this: begin a downtime before a restart, or set it.',
  },
  PromotionDrainTimeoutSeconds: {
    type: 'uint',
    default: 60,
    isNew: true,
    doc: 'Time for a server to apply all it received, before the next candidate is tried.',
  },
} as const satisfies KeyTable;

export const semiSyncKeys = {
  EnforceExactSemiSyncReplicas: {
    type: 'bool',
    default: false,
    doc: 'Keep exactly as many semi-sync replicas as the primary waits for.',
  },
  RecoverLockedSemiSyncMaster: {
    type: 'bool',
    default: false,
    doc: 'Give a primary that waits for too few semi-sync replicas as many as it needs.',
  },
  ReasonableLockedSemiSyncMasterSeconds: {
    type: 'uint',
    default: 0,
    doc: 'How long a primary must hang like this before it is certain; 0 takes ReasonableReplicationLagSeconds.',
  },
} as const satisfies KeyTable;
