/** What the ways in (http, cli, web) may ask of the engine. Everything here is implemented by engine/orchestrator.ts. */
import type { AnalysisEntry } from '../analysis/analysis-entry.ts';
import type { ClusterSummary } from '../model/cluster-summary.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import type { HealthReport } from '../model/node-health.ts';
import type { ServerRecord } from '../model/server-record.ts';
import type { Manner } from '../plan/operations/request.ts';
import type { Plan, Refusal } from '../plan/plan.ts';
import type { ReadinessVerdict } from '../plan/readiness/readiness.ts';
import type { QueueMetrics } from './discovery/queue.ts';
import type { KvUseCases } from './kv/service.ts';
import type { OperationUseCases } from './operations/outcome.ts';
import type {
  AnalysisChange,
  AuditFilter,
  AuditRecord,
  BlockedRecovery,
  DeposedPrimary,
  DetectionRecord,
  RecoveryFilter,
  RecoveryRecord,
} from './ports.ts';
import type { PseudoGtid } from './pseudo-gtid/answers.ts';
import type { ReadinessUseCases } from './readiness/use-cases.ts';
import type { AgentUseCases } from './requests/agents.ts';
import type { ClassificationUseCases } from './requests/classification.ts';
import type { ClassificationAnswers } from './requests/classification-answers.ts';
import type { DecisionUseCases } from './requests/decisions.ts';
import type { NodeUseCases } from './requests/node.ts';
import type { QuestionUseCases } from './requests/questions.ts';
import type { RegistrationUseCases } from './requests/registrations.ts';
import type { ForcedUseCases, TakeoverUseCases } from './takeover/outcome.ts';

export type { ClusterSummary } from '../model/cluster-summary.ts';
export type { HealthReport } from '../model/node-health.ts';

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
  /** How replicas are moved; absent: by virtual names, once made sure of, and with the usual search. */
  readonly manner?: Manner;
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

/**
 * Why a cluster's primary is, or is not, being replaced right now; one sentence, refreshed at every evaluation. The same of any other
 * server that something is, or is not, done about.
 */
export interface Explanation {
  readonly clusterName: string;
  readonly primary: InstanceKey | null;
  /** The server that it is about, where that is not the cluster's primary. */
  readonly server?: InstanceKey;
  readonly verdict: 'healthy' | 'suspected' | 'waiting' | 'not-acting' | 'recovering' | 'recovered' | 'failed';
  readonly sentence: string;
  readonly atMs: number;
}

/** What the live stream tells; small, the reader fetches what it wants to see. */
export type LiveEvent =
  | { readonly kind: 'fleet'; readonly clusterName: string; readonly version: number }
  | { readonly kind: 'explanation'; readonly explanation: Explanation }
  /** The answer to "if the primary died now" is another one than before. */
  | {
      readonly kind: 'readiness';
      readonly clusterName: string;
      readonly verdict: ReadinessVerdict;
      readonly sentence: string;
    }
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

/** What is answered from what the backend remembers: no server is asked, and nothing is written. */
export interface Reading {
  fleet(): FleetView;
  /** The key as known: resolved name, else the unique known server whose hostname contains the text (same port), else as given. */
  resolveKey(key: InstanceKey): Promise<InstanceKey>;
  /** Exact cluster name → alias → instance key → unique fuzzy match. @throws OrchestratorError "Unable to determine cluster name. clusterHint=…" */
  clusterNameByHint(hint: string): Promise<string>;
  analyse(options: AnalyseOptions): Promise<readonly AnalysisEntry[]>;
  isRecoveryDisabled(): Promise<boolean>;
  /** Before a request is answered: what was decided a moment ago, by plain SQL or through another process, is known after it. Never rejects. */
  catchUp(request: 'order' | 'question'): Promise<void>;
  readonly registrations: Pick<RegistrationUseCases, 'maintenances' | 'candidates'>;
  readonly classification: ClassificationAnswers;
  readonly node: Pick<NodeUseCases, 'activeNodes' | 'resolvedNames' | 'virtualNames'>;
}

export interface Orchestrator extends Reading, DecisionUseCases {
  /** Reads one server now, resolves its name, and takes it (and, in the background, its tree) into the fleet. @throws OrchestratorError with the reason when it does not answer. */
  discover(key: InstanceKey): Promise<ServerRecord>;
  /** False when it was not known. */
  forget(key: InstanceKey): Promise<boolean>;
  recover(key: InstanceKey, options: RecoverOptions): Promise<RecoverOutcome>;
  /** What recover() would do now, which is nothing to a server that is well; imagined dead, what it would do then. */
  planRecovery(key: InstanceKey, candidate: InstanceKey | null, imagined?: 'dead'): Promise<Plan | Refusal>;
  explanations(): readonly Explanation[];
  deposedPrimaries(): Promise<readonly DeposedPrimary[]>;
  recoveries(filter: RecoveryFilter): Promise<readonly RecoveryRecord[]>;
  detections(filter: RecoveryFilter): Promise<readonly DetectionRecord[]>;
  blockedRecoveries(clusterName: string | null): Promise<readonly BlockedRecovery[]>;
  recoverySteps(
    uid: string,
  ): Promise<readonly { readonly id: number; readonly uid: string; readonly at: string; readonly message: string }[]>;
  /** How the analyses of servers changed, by server, oldest first. */
  analysisChanges(): Promise<readonly AnalysisChange[]>;
  auditLog(filter: AuditFilter): Promise<readonly AuditRecord[]>;
  /** Rearranging topologies. */
  readonly operations: OperationUseCases;
  /** Planned changes of primary. */
  readonly takeover: TakeoverUseCases;
  /** A primary is replaced because a person says so, dead or not. */
  readonly forced: ForcedUseCases;
  /** Maintenance, tags, promotion rules, virtual names. */
  readonly registrations: RegistrationUseCases;
  readonly questions: QuestionUseCases;
  /** If a primary died now. */
  readonly readiness: ReadinessUseCases;
  /** Key-value stores that are told who is primary. */
  readonly kv: KvUseCases;
  /** Pools, replicas good for a purpose, aliases, the history of topologies. */
  readonly classification: ClassificationUseCases;
  /** The agents on the hosts of servers. */
  readonly agents: AgentUseCases;
  /** The program's own processes: who is active, log-in by token, remembered names. */
  readonly node: NodeUseCases;
  /** Searches in binary and relay logs. */
  readonly pseudoGtid: PseudoGtid;
  /** The queues of servers to read; dead is null where dead servers share the other. */
  discoveryQueues(): { readonly healthy: QueueMetrics; readonly dead: QueueMetrics | null };
  /** Whether this node may act; from memory, so that load balancers are answered while the backend hangs. */
  isActiveNode(): boolean;
  health(): Promise<HealthReport>;
  onLiveEvent(listener: (event: LiveEvent) => void): () => void;
  close(): Promise<void>;
}
