import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import type { BinlogCoordinates } from '../../model/coordinates.ts';
import { type InstanceKey, sameKey } from '../../model/instance-key.ts';
import type { Manner, TakeoverKind } from '../../plan/operations/request.ts';
import type { Plan, Refusal } from '../../plan/plan.ts';
import type { ServerTrouble } from '../executor/run-plan.ts';
import type { OperationPreview } from '../operations/preview.ts';

/** Who hands over: the one primary of a cluster; and to whom, null to be chosen. */
export interface TakeoverRequest {
  readonly kind: TakeoverKind;
  readonly clusterName: string;
  readonly designated: InstanceKey | null;
  /** How its replicas are moved; absent: by virtual names, once made sure of, and with the usual search. */
  readonly manner?: Manner;
}

export const FORCED_KINDS = ['force-master-failover', 'force-master-takeover'] as const;
export type ForcedKind = (typeof FORCED_KINDS)[number];

/** Whose primary is replaced, dead or not; and by whom: null to be chosen, which force-master-takeover never is. */
export interface ForcedRequest {
  readonly kind: ForcedKind;
  readonly clusterName: string;
  readonly designated: InstanceKey | null;
  /** See TakeoverRequest. */
  readonly manner?: Manner;
}

/** What a change of primary came to. `troubles`: what could not be brought below the successor, or is not as it should be. */
export interface Handover {
  readonly kind: 'promoted';
  readonly uid: string;
  /** Its row in the history; 0 when that could not be written or read. */
  readonly recoveryId: number;
  /** What hooks were told as the command. */
  readonly command: string;
  /** The former primary as it was analysed before, under the code that hooks and clients have always been given. */
  readonly entry: AnalysisEntry;
  readonly successor: InstanceKey;
  readonly successorAlias: string;
  /** Where its own log stood when it began to take writes. */
  readonly coordinates: BinlogCoordinates | null;
  readonly troubles: readonly ServerTrouble[];
  readonly participants: readonly InstanceKey[];
}

/** A takeover that was done. */
export interface Promotion extends Handover {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** Whoever has a trouble, but the successor: what is wrong there does not make it a lost replica. */
export const lostIn = ({ successor, troubles }: Pick<Handover, 'successor' | 'troubles'>): readonly InstanceKey[] =>
  troubles.flatMap(({ server }) => (sameKey(server, successor) ? [] : [server]));

export type TakeoverOutcome =
  | Promotion
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** One sentence: what failed, and how things stand now. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Planned changes of primary. */
export interface TakeoverUseCases {
  /** @throws OrchestratorError `no-single-primary`, `no-analysis`. */
  run(request: TakeoverRequest, by: string): Promise<TakeoverOutcome>;
  /** What run() would do. @throws OrchestratorError `no-single-primary`. */
  preview(request: TakeoverRequest): Promise<OperationPreview | Refusal>;
}

/** Changes of primary that are ordered whatever the analysis says. */
export interface ForcedUseCases {
  /** @throws OrchestratorError `no-single-primary`, `no-analysis`. */
  run(request: ForcedRequest, by: string): Promise<TakeoverOutcome>;
  /** What run() would do. @throws OrchestratorError `no-single-primary`, `no-analysis`. */
  preview(request: ForcedRequest): Promise<Plan | Refusal>;
}
