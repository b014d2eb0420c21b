import type { AliasPattern } from '../model/cluster-alias.ts';
import type { AgentSeedsSettings } from './agent-seeds/agent-seeds.ts';
import type { DetectionSettings } from './detection/detection.ts';
import type { DiscoverySettings } from './discovery/discovery.ts';
import type { NameVerifierSettings } from './names/verify-name.ts';
import type { OperationsSettings } from './operations/operations.ts';
import type { PseudoGtidServiceSettings } from './pseudo-gtid/service.ts';
import type { RecoveriesSettings } from './recovery/deps.ts';
import type { HookListName } from './recovery/hooks.ts';
import type { AgentsSettings } from './requests/agents.ts';
import type { ClassificationSettings } from './requests/classification-answers.ts';
import type { AnalyserSettings } from './watch/analyser.ts';

/** Everything the engine is told at the start; made from the configuration in compose. */
export interface OrchestratorSettings {
  /**
   * continuous: polls, detects, recovers. observing: shows what other processes write to the backend. one-shot: answers one command
   * from what the backend remembers and live readings.
   */
  readonly mode: 'continuous' | 'observing' | 'one-shot';
  readonly node: {
    readonly hostname: string;
    readonly token: string;
    readonly version: string;
    readonly owner: string;
    readonly dbBackend: string;
  };
  readonly defaultPort: number;
  readonly seeds: readonly string[];
  readonly instancePollSeconds: number;
  readonly reasonableInstanceCheckSeconds: number;
  readonly forgetUnseenMs: number;
  readonly aliasPatterns: readonly AliasPattern[];
  readonly discovery: DiscoverySettings;
  readonly detection: DetectionSettings;
  readonly analysis: AnalyserSettings;
  readonly recoveries: RecoveriesSettings;
  readonly operations: OperationsSettings;
  readonly names: NameVerifierSettings;
  readonly agents: AgentsSettings & AgentSeedsSettings;
  readonly classification: Pick<ClassificationSettings, 'oscIgnoreHostnameFilters' | 'supportFuzzyPoolHostnames'>;
  /** SnapshotTopologiesIntervalHours, milliseconds; 0 = never. */
  readonly snapshotTopologiesMs: number;
  readonly pseudoGtid: PseudoGtidServiceSettings;
  /** KVClusterMasterPrefix, ending with a slash. */
  readonly kvPrefix: string;
  readonly hookLists: Readonly<Record<HookListName, readonly string[]>>;
}
