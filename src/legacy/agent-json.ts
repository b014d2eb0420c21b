/** An agent as it registered. Its token is never shown. */
export interface AgentFacts {
  readonly hostname: string;
  readonly port: number;
  readonly lastSubmitted: string;
  readonly mysqlPort: number | null;
}

export interface AgentStatusFacts {
  readonly localSnapshots: readonly string[];
  readonly snapshots: readonly string[];
  readonly volumes: readonly {
    readonly name: string;
    readonly groupName: string;
    readonly path: string;
    readonly isSnapshot: boolean;
    readonly snapshotPercent: number;
  }[];
  readonly mount: {
    readonly path: string;
    readonly device: string;
    readonly lvPath: string;
    readonly fileSystem: string;
    readonly isMounted: boolean;
    readonly diskUsage: number;
    readonly mysqlDataPath: string;
    readonly mysqlDiskUsage: number;
  };
  readonly mysqlIsRunning: boolean;
  readonly mysqlDiskUsage: number;
  readonly mysqlPort: number;
  readonly datadirFree: number;
  readonly errorLogTail: readonly string[];
}

/** An agent in the historic shape; without a status what it would tell is empty. */
export const agentJson = (agent: AgentFacts, status: AgentStatusFacts | null) => ({
  Hostname: agent.hostname,
  Port: agent.port,
  Token: '',
  LastSubmitted: agent.lastSubmitted,
  AvailableLocalSnapshots: [...(status?.localSnapshots ?? [])],
  AvailableSnapshots: [...(status?.snapshots ?? [])],
  LogicalVolumes: (status?.volumes ?? []).map((one) => ({
    Name: one.name,
    GroupName: one.groupName,
    Path: one.path,
    IsSnapshot: one.isSnapshot,
    SnapshotPercent: one.snapshotPercent,
  })),
  MountPoint: {
    Path: status?.mount.path ?? '',
    Device: status?.mount.device ?? '',
    LVPath: status?.mount.lvPath ?? '',
    FileSystem: status?.mount.fileSystem ?? '',
    IsMounted: status?.mount.isMounted ?? false,
    DiskUsage: status?.mount.diskUsage ?? 0,
    MySQLDataPath: status?.mount.mysqlDataPath ?? '',
    MySQLDiskUsage: status?.mount.mysqlDiskUsage ?? 0,
  },
  MySQLRunning: status?.mysqlIsRunning ?? false,
  MySQLDiskUsage: status?.mysqlDiskUsage ?? 0,
  MySQLPort: status?.mysqlPort ?? agent.mysqlPort ?? 0,
  MySQLDatadirDiskFree: status?.datadirFree ?? 0,
  MySQLErrorLogTail: [...(status?.errorLogTail ?? [])],
});

export const seedJson = (seed: {
  readonly seedId: number;
  readonly targetHostname: string;
  readonly sourceHostname: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly isComplete: boolean;
  readonly isSuccessful: boolean;
}) => ({
  SeedId: seed.seedId,
  TargetHostname: seed.targetHostname,
  SourceHostname: seed.sourceHostname,
  StartTimestamp: seed.startedAt,
  EndTimestamp: seed.endedAt,
  IsComplete: seed.isComplete,
  IsSuccessful: seed.isSuccessful,
});

export const seedStateJson = (state: {
  readonly stateId: number;
  readonly seedId: number;
  readonly at: string;
  readonly action: string;
  readonly errorMessage: string;
}) => ({
  SeedStateId: state.stateId,
  SeedId: state.seedId,
  StateTimestamp: state.at,
  Action: state.action,
  ErrorMessage: state.errorMessage,
});

export const hostAttributeJson = (one: {
  readonly hostname: string;
  readonly name: string;
  readonly value: string;
  readonly submittedAt: string;
  readonly expiresAt: string;
}) => ({
  Hostname: one.hostname,
  AttributeName: one.name,
  AttributeValue: one.value,
  SubmitTimestamp: one.submittedAt,
  ExpireTimestamp: one.expiresAt,
});
