import type { InstanceKey } from '../../model/instance-key.ts';
import type { PromotionRule } from '../../model/server-record.ts';

/**
 * ready: the primary's death would be healed without a hand, as it should. degraded: it would be healed, but something is not as
 * it should be. blocked: it would not be healed without a hand.
 */
export const READINESS_VERDICTS = ['ready', 'degraded', 'blocked'] as const;
export type ReadinessVerdict = (typeof READINESS_VERDICTS)[number];

/** Something that stands in the way, or is not as it should be; `remedy` says what a person can do, '' when nothing. */
export interface Finding {
  /** Stable word for scripts, e.g. `downtimed`. */
  readonly rule: string;
  /** The servers concerned, host:port; empty when it concerns the cluster, or this program. */
  readonly servers: readonly string[];
  readonly sentence: string;
  readonly remedy: string;
}

/** `automatic`: a person can still order the recovery (recover). `all`: that would be refused, too. */
export interface Blocker extends Finding {
  readonly blocks: 'automatic' | 'all';
}

/** What one server would be in a failover. */
export interface Candidate {
  readonly key: InstanceKey;
  readonly name: string;
  /** 1 = the successor, 2 = if that one were not there, …; null = not chosen, see `rule`. */
  readonly rank: number | null;
  /** Why it is not chosen: a stable word and a sentence; null for one with a rank. */
  readonly rule: string | null;
  readonly why: string;
  readonly promotionRule: PromotionRule;
  readonly lagSeconds: number | null;
  /** Received, and yet to be executed; null where it cannot be counted. */
  readonly transactionsToApply: number | null;
}

/** One stretch of the time from the death until the successor takes writes. */
export interface EstimatePart {
  readonly what: 'detect' | 'drain' | 'catch-up' | 'promote';
  /** null: cannot be told. */
  readonly ms: number | null;
  /** What the figure rests on, one sentence. */
  readonly basis: string;
}

export interface Estimate {
  /** Sum of the parts; null when one of them cannot be told. */
  readonly totalMs: number | null;
  readonly parts: readonly EstimatePart[];
}

/** What clients were told is committed, and would be gone. */
export interface PossibleLoss {
  /** nothing-acknowledged: semi-sync keeps it. nothing-known: all replicas had everything at the last readings. some: see the numbers. */
  readonly kind: 'nothing-acknowledged' | 'nothing-known' | 'some' | 'unknown';
  /** What the primary had at its last reading and nobody else at theirs; null where it cannot be counted. */
  readonly transactions: number | null;
  /** The same in bytes of the primary's binary log; null where the coordinates do not tell. */
  readonly bytes: number | null;
  readonly sentence: string;
}

/** The answer to "if the primary died now" for one cluster. Pure data, fit for the wire. */
export interface Readiness {
  readonly clusterName: string;
  readonly clusterAlias: string;
  readonly verdict: ReadinessVerdict;
  /** The whole answer in one sentence. */
  readonly sentence: string;
  /** null: no server of the cluster is known to be its primary. */
  readonly primary: InstanceKey | null;
  /** Who would be promoted, by itself or at a person's order; null: nobody. */
  readonly successor: InstanceKey | null;
  /** Others that may turn out to be it: who has received most in the last moment is not known beforehand. */
  readonly alternatives: readonly InstanceKey[];
  /** Why that one, in sentences. */
  readonly reasons: readonly string[];
  readonly candidates: readonly Candidate[];
  /** null when nobody would be promoted. */
  readonly estimate: Estimate | null;
  readonly loss: PossibleLoss;
  readonly blockers: readonly Blocker[];
  readonly warnings: readonly Finding[];
  /** When it was worked out, epoch milliseconds. */
  readonly atMs: number;
}
