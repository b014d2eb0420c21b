import type { AnalysisSettings } from '../../analysis/analysis-settings.ts';
import type { FailoverGraces, FailoverSwitches } from '../../analysis/failover-question.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { FailoverSettings } from '../failover/input.ts';

/** The configuration as far as readiness depends on it. */
export interface ReadinessSettings {
  readonly failover: FailoverSettings;
  readonly analysis: AnalysisSettings;
  readonly graces: FailoverGraces;
  /** Hooks that run before the promotion: OnFailureDetectionProcesses and PreFailoverProcesses. */
  readonly hooksBefore: number;
}

/** All that assessReadiness looks at. */
export interface ReadinessInput {
  readonly clusterName: string;
  /** The servers of the cluster as last read. */
  readonly records: readonly ServerRecord[];
  /** Readings of the same servers before those, as far as they are remembered. */
  readonly earlier: readonly ServerRecord[];
  /** What people decided about the primary; isBlocked means a recovery of ours is under way. */
  readonly switches: FailoverSwitches;
  /** An earlier recovery that blocks another (anti-flapping), one sentence; null = none. */
  readonly recentRecovery: string | null;
  /** Why this process could not act, e.g. its backend is away; null = it could. */
  readonly nodeTrouble: { readonly rule: string; readonly sentence: string; readonly remedy: string } | null;
  /** How fast appliers were last seen to execute a backlog, transactions per second by server (host:port). */
  readonly applyRates: ReadonlyMap<string, number>;
  readonly settings: ReadinessSettings;
  readonly nowMs: number;
}
