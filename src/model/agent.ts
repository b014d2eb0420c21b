// The service on a server's host that stops and starts it, and keeps its snapshots: orchestrator-agent.

/** An agent as it registered itself: table host_agent. */
export interface AgentRecord {
  readonly hostname: string;
  /** Where the agent listens. */
  readonly port: number;
  /** What it wants to hear with every request. Never shown. */
  readonly token: string;
  /** As people see times of this backend. */
  readonly lastSubmitted: string;
  /** Port of the server on its host; null until it told. */
  readonly mysqlPort: number | null;
  readonly countSnapshots: number;
}

/** Copying data from one host to another: table agent_seed. */
export interface SeedRecord {
  readonly seedId: number;
  readonly targetHostname: string;
  readonly sourceHostname: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly isComplete: boolean;
  readonly isSuccessful: boolean;
}

/** One line of a seed's history: table agent_seed_state. */
export interface SeedState {
  readonly stateId: number;
  readonly seedId: number;
  readonly at: string;
  readonly action: string;
  readonly errorMessage: string;
}

export interface LogicalVolume {
  readonly name: string;
  readonly groupName: string;
  readonly path: string;
  readonly isSnapshot: boolean;
  readonly snapshotPercent: number;
}

export interface MountPoint {
  readonly path: string;
  readonly device: string;
  readonly lvPath: string;
  readonly fileSystem: string;
  readonly isMounted: boolean;
  readonly diskUsage: number;
  readonly mysqlDataPath: string;
  readonly mysqlDiskUsage: number;
}

/** What an agent tells of its host. */
export interface AgentStatus {
  readonly localSnapshots: readonly string[];
  readonly snapshots: readonly string[];
  readonly volumes: readonly LogicalVolume[];
  readonly mount: MountPoint;
  /** null: it does not tell. */
  readonly mysqlIsRunning: boolean | null;
  readonly mysqlDiskUsage: number;
  readonly mysqlPort: number;
  readonly datadirFree: number;
  readonly errorLogTail: readonly string[];
}
