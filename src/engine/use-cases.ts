/** What the ways in (http, cli, web) may ask of the engine. Everything here is implemented by engine/orchestrator.ts. */
import type { AnalysisEntry } from '../analysis/analysis-entry.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import type { ServerRecord } from '../model/server-record.ts';
import type { Plan, Refusal } from '../plan/plan.ts';
import type { OperationUseCases } from './operations/outcome.ts';
import type {
  AuditRecord,
  BlockedRecovery,
  DeposedPrimary,
  DetectionRecord,
  NodeHealth,
  RecoveryFilter,
  RecoveryRecord,
} from './ports.ts';
import type { PseudoGtid } from './pseudo-gtid/answers.ts';
import type { QuestionUseCases } from './questions.ts';
import type { RegistrationUseCases } from './registrations.ts';
import type { TakeoverUseCases } from './takeover/outcome.ts';

export interface ClusterSummary {
  readonly clusterName: string;
  readonly clusterAlias: string;
  readonly clusterDomain: string;
  readonly countInstances: number;
  readonly heuristicLagSeconds: number;
  readonly hasAutomatedPrimaryRecovery: boolean;
  readonly hasAutomatedIntermediateRecovery: boolean;
}

/** An immutable moment of the live model. */
export interface FleetView {
  /** Grows with every change of any server. */
  readonly version: number;
  readonly records: readonly ServerRecord[];
  recordOf(key: InstanceKey): ServerRecord | null;
  recordsOfCluster(clusterName: string): readonly ServerRecord[];
  clusters(): readonly ClusterSummary[];
}

export interface AnalyseOptions {
  readonly clusterName?: string;
  readonly includeDowntimed?: boolean;
  readonly includeNoProblem?: boolean;
}

export interface RecoverOptions {
  readonly candidate: InstanceKey | null;
  readonly skipHooks: boolean;
}

export type RecoverOutcome =
  | {
      readonly kind: 'recovered';
      readonly uid: string;
      readonly successor: InstanceKey;
      readonly lost: readonly InstanceKey[];
    }
  | { readonly kind: 'failed'; readonly uid: string; readonly reason: string }
  /** Nothing was begun: no such analysis, refused, blocked. */
  | { readonly kind: 'not-attempted'; readonly reason: string; readonly refusal: Refusal | null };

/** Why a cluster's primary is, or is not, being replaced right now; one sentence, refreshed at every evaluation. */
export interface Explanation {
  readonly clusterName: string;
  readonly primary: InstanceKey | null;
  readonly verdict: 'healthy' | 'suspected' | 'waiting' | 'not-acting' | 'recovering' | 'recovered' | 'failed';
  readonly sentence: string;
  readonly atMs: number;
}

export interface HealthReport {
  readonly isHealthy: boolean;
  readonly hostname: string;
  readonly token: string;
  readonly isActiveNode: boolean;
  readonly activeNode: NodeHealth;
  readonly availableNodes: readonly NodeHealth[];
  /** null when healthy. */
  readonly error: string | null;
}

/** What the live stream tells; small, the reader fetches what it wants to see. */
export type LiveEvent =
  | { readonly kind: 'fleet'; readonly clusterName: string; readonly version: number }
  | { readonly kind: 'explanation'; readonly explanation: Explanation }
  | {
      readonly kind: 'recovery-step';
      readonly uid: string;
      readonly clusterName: string;
      readonly atMs: number;
      readonly message: string;
    }
  | {
      readonly kind: 'recovery';
      readonly uid: string;
      readonly clusterName: string;
      readonly state: 'started' | 'succeeded' | 'failed';
    };

export interface Orchestrator {
  fleet(): FleetView;
  /** Reads one server now, resolves its name, and takes it (and, in the background, its tree) into the fleet. @throws OrchestratorError with the reason when it does not answer. */
  discover(key: InstanceKey): Promise<ServerRecord>;
  /** False when it was not known. */
  forget(key: InstanceKey): Promise<boolean>;
  /** The key as known: resolved name, else the unique known server whose hostname contains the text (same port), else as given. */
  resolveKey(key: InstanceKey): Promise<InstanceKey>;
  /** Exact cluster name → alias → instance key → unique fuzzy match. @throws OrchestratorError "Unable to determine cluster name. clusterHint=…" */
  clusterNameByHint(hint: string): Promise<string>;
  analyse(options: AnalyseOptions): Promise<readonly AnalysisEntry[]>;
  recover(key: InstanceKey, options: RecoverOptions): Promise<RecoverOutcome>;
  /** What recover() would do now. */
  planRecovery(key: InstanceKey, candidate: InstanceKey | null): Promise<Plan | Refusal>;
  explanations(): readonly Explanation[];
  deposedPrimaries(): Promise<readonly DeposedPrimary[]>;
  recoveries(filter: RecoveryFilter): Promise<readonly RecoveryRecord[]>;
  detections(filter: RecoveryFilter): Promise<readonly DetectionRecord[]>;
  blockedRecoveries(clusterName: string | null): Promise<readonly BlockedRecovery[]>;
  recoverySteps(
    uid: string,
  ): Promise<readonly { readonly id: number; readonly uid: string; readonly at: string; readonly message: string }[]>;
  acknowledge(filter: RecoveryFilter, by: string, comment: string): Promise<number>;
  auditLog(filter: { readonly key?: InstanceKey; readonly page?: number }): Promise<readonly AuditRecord[]>;
  beginDowntime(key: InstanceKey, owner: string, reason: string, durationSeconds: number): Promise<void>;
  endDowntime(key: InstanceKey): Promise<boolean>;
  setRecoveryDisabled(disabled: boolean): Promise<void>;
  isRecoveryDisabled(): Promise<boolean>;
  /** Rearranging topologies. */
  readonly operations: OperationUseCases;
  /** Planned changes of primary. */
  readonly takeover: TakeoverUseCases;
  /** Maintenance, tags, promotion rules, virtual names. */
  readonly registrations: RegistrationUseCases;
  readonly questions: QuestionUseCases;
  /** Searches in binary and relay logs. */
  readonly pseudoGtid: PseudoGtid;
  health(): Promise<HealthReport>;
  onLiveEvent(listener: (event: LiveEvent) => void): () => void;
  close(): Promise<void>;
}
