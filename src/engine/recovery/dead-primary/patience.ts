import { formatCoordinates } from '../../../model/coordinates.ts';
import type { InstanceKey } from '../../../model/instance-key.ts';
import { formatKey } from '../../../model/instance-key.ts';
import type { Stage } from '../../../plan/plan.ts';
import type { StageOutcome } from '../../executor/executor.ts';
import type { Fleet } from '../../fleet/fleet.ts';
import type { Clock } from '../../ports.ts';

/** Historic: a promotion is delayed for a day at most. */
const LONGEST_DELAY_MS = 24 * 3600 * 1000;

interface Deps {
  readonly fleet: Fleet;
  readonly clock: Clock;
}

/** How far the servers of a stage had executed before it. */
export type Watch = ReadonlyMap<string, string>;

export const watchProgress = (stage: Stage, deps: Deps): Watch =>
  new Map(stage.lanes.map(({ server }) => [formatKey(server), executedBy(server, deps)]));

function executedBy(key: InstanceKey, { fleet }: Deps): string {
  const instance = fleet.recordOf(key)?.instance ?? null;
  if (instance === null) return '';
  const at = instance.replication?.executedCoordinates;
  return `${instance.executedGtid} ${at === undefined ? '' : formatCoordinates(at)}`;
}

/**
 * DelayMasterPromotionIfSQLThreadNotUpToDate: a drain that was not done in PromotionDrainTimeoutSeconds goes on, as long as every
 * server that is waited for has executed something meanwhile, for a day at most. Without it, or without progress, the next candidate
 * is looked for. (Historic: no progress for ReasonableReplicationLagSeconds ends the wait; here one whole drain timeout does, since
 * a large transaction shows no progress for long.)
 */
export function isWorthWaiting(
  { stage, lanes }: StageOutcome,
  before: Watch,
  startedMs: number,
  settings: { readonly delayPromotion: boolean },
  deps: Deps,
): boolean {
  const late = lanes.filter(({ failure }) => failure !== null);
  return (
    settings.delayPromotion &&
    stage.name === 'drain' &&
    late.length > 0 &&
    deps.clock.monotonicMs() - startedMs < LONGEST_DELAY_MS &&
    late.every(({ lane, failure }) => {
      const hasMoved = executedBy(lane.server, deps) !== before.get(formatKey(lane.server));
      return failure?.step.ensures?.kind === 'drained' && hasMoved;
    })
  );
}
