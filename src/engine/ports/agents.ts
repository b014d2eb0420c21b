import type { AgentRecord, AgentStatus, SeedRecord, SeedState } from '../../model/agent.ts';

export type { AgentRecord, AgentStatus, LogicalVolume, MountPoint, SeedRecord, SeedState } from '../../model/agent.ts';

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
