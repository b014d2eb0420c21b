import type { AgentRecord, AgentStatus, SeedRecord, SeedState } from '../../model/agent.ts';

export type { AgentRecord, AgentStatus, LogicalVolume, MountPoint, SeedRecord, SeedState } from '../../model/agent.ts';

export interface SeedFilter {
  readonly seedId?: number;
  /** As target or as source. */
  readonly hostname?: string;
  readonly isActive?: boolean;
}

export type SeedBegun =
  | { readonly kind: 'begun'; readonly seedId: number }
  /** One of the two hosts takes part in another seed. */
  | { readonly kind: 'busy'; readonly other: SeedRecord };

/** Seeds and what happened in them: tables agent_seed and agent_seed_state. */
export interface SeedStore {
  /** Newest first, at most a hundred. */
  readSeeds(filter: SeedFilter): Promise<readonly SeedRecord[]>;
  /** Newest first. */
  readSeedStates(seedId: number): Promise<readonly SeedState[]>;
  /** Opens a seed unless one is open on either host; of two processes that try at once, one is told `busy`. */
  beginSeed(targetHostname: string, sourceHostname: string): Promise<SeedBegun>;
  /** Writes down what is done next. The id of the state; null when the seed is closed, and `evenIfClosed` is not set. */
  addSeedState(seedId: number, action: string, options?: { readonly evenIfClosed: boolean }): Promise<number | null>;
  /** Notes with a state what went wrong in it. */
  noteSeedError(stateId: number, message: string): Promise<void>;
  /** Closes a seed as successful, with a last state. False when it is closed already. */
  completeSeed(seedId: number, action: string): Promise<boolean>;
  /** Closes a seed as failed, with the reason as its last state. False when there is none that is open. */
  failSeed(seedId: number, action: string, reason: string): Promise<boolean>;
  /** Closes seeds without news for so long as failed. Those it closed. */
  failStaleSeeds(staleSeedMinutes: number): Promise<readonly SeedRecord[]>;
}

export interface AgentStore extends SeedStore {
  /** An agent registers, or tells that it is still there. */
  submit(agent: { readonly hostname: string; readonly port: number; readonly token: string }): Promise<void>;
  /** By host name. */
  readAgents(): Promise<readonly AgentRecord[]>;
  /** Notes what the agent told of its host. */
  noteAnswer(hostname: string, mysqlPort: number, countSnapshots: number): Promise<void>;
  /** Forgets agents not heard of for so long. */
  forgetAgents(unseenHours: number): Promise<void>;
}

/** What an agent may be told to do. `volume` is a path; `command` the name of one of its own commands. */
export type AgentOrder =
  | { readonly kind: 'umount' | 'create-snapshot' | 'mysql-stop' | 'mysql-start' }
  | { readonly kind: 'mount' | 'remove-volume'; readonly volume: string }
  | { readonly kind: 'custom-command'; readonly command: string }
  | SeedOrder;

/** What an agent is told in the course of a seed only. */
export type SeedOrder =
  /** Removes everything in the data folder of MySQL. */
  | { readonly kind: 'delete-datadir' }
  /** Takes data into that folder, until the sender ends. */
  | { readonly kind: 'receive-seed'; readonly seedId: number }
  /** Sends the data of the mounted snapshot. */
  | { readonly kind: 'send-seed'; readonly seedId: number; readonly targetHostname: string }
  /** Ends receiving or sending. */
  | { readonly kind: 'abort-seed'; readonly seedId: number }
  /** Tidies up what came from the source. */
  | { readonly kind: 'post-copy'; readonly sourceHostname: string };

/** How far the receiving or sending command of an agent is; null: the agent does not tell. */
export interface SeedCommandState {
  readonly isCompleted: boolean | null;
  readonly isSuccessful: boolean | null;
}

/** Speaks to agents. */
export interface AgentClient {
  /** What it does not tell is left at nothing. @throws OrchestratorError `agent-unreachable`, `agent-refused`. */
  status(agent: AgentRecord): Promise<AgentStatus>;
  /**
   * Its answer. With `until` it may take as long as it likes before that signal; without, the common deadline holds.
   * @throws OrchestratorError `agent-unreachable`, `agent-refused`; the reason of the signal when that ends first.
   */
  order(agent: AgentRecord, order: AgentOrder, until?: AbortSignal): Promise<string>;
  /** Bytes in the data folder of MySQL; null: not told. @throws OrchestratorError `agent-unreachable`. */
  mysqlDiskUsage(agent: AgentRecord): Promise<number | null>;
  /** @throws OrchestratorError `agent-unreachable`. */
  seedCommand(agent: AgentRecord, seedId: number): Promise<SeedCommandState>;
  close(): Promise<void>;
}
