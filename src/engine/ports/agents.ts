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

export interface SeedFilter {
  readonly seedId?: number;
  /** As target or as source. */
  readonly hostname?: string;
  readonly isActive?: boolean;
}

export interface AgentStore {
  /** An agent registers, or tells that it is still there. */
  submit(agent: { readonly hostname: string; readonly port: number; readonly token: string }): Promise<void>;
  /** By host name. */
  readAgents(): Promise<readonly AgentRecord[]>;
  /** Notes what the agent told of its host. */
  noteAnswer(hostname: string, mysqlPort: number, countSnapshots: number): Promise<void>;
  /** Newest first, at most a hundred. */
  readSeeds(filter: SeedFilter): Promise<readonly SeedRecord[]>;
  /** Newest first. */
  readSeedStates(seedId: number): Promise<readonly SeedState[]>;
  /** Closes a seed as failed, with the reason as its last state. False when there is none that is open. */
  failSeed(seedId: number, action: string, reason: string): Promise<boolean>;
  /** Forgets agents not heard of for so long, and closes seeds without news for so long as failed. */
  expire(unseenHours: number, staleSeedMinutes: number): Promise<void>;
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
  readonly mysqlIsRunning: boolean;
  readonly mysqlDiskUsage: number;
  readonly mysqlPort: number;
  readonly datadirFree: number;
  readonly errorLogTail: readonly string[];
}

/** What an agent may be told to do. `volume` is a path; `command` the name of one of its own commands. */
export type AgentOrder =
  | { readonly kind: 'umount' | 'create-snapshot' | 'mysql-stop' | 'mysql-start' }
  | { readonly kind: 'mount' | 'remove-volume'; readonly volume: string }
  | { readonly kind: 'custom-command'; readonly command: string };

/** Speaks to agents. */
export interface AgentClient {
  /** What it does not tell is left at nothing. @throws OrchestratorError `agent-unreachable`, `agent-refused`. */
  status(agent: AgentRecord): Promise<AgentStatus>;
  /** Its answer. @throws OrchestratorError `agent-unreachable`, `agent-refused`. */
  order(agent: AgentRecord, order: AgentOrder): Promise<string>;
  close(): Promise<void>;
}
