import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { TakeoverTrace } from '../../plan/operations/request.ts';
import type { Clock, Logger, RecoveryResolution, RecoveryStore } from '../ports.ts';
import type { LiveEvent } from '../use-cases.ts';
import { type Handover, lostIn } from './outcome.ts';

/** The row of a planned takeover in the history of recoveries, and its steps. */
export interface TakeoverHistory {
  readonly uid: string;
  readonly recoveryId: number;
  /** One more step. */
  say(message: string): void;
  failed(reason: string): Promise<void>;
  promoted(promotion: Handover): Promise<void>;
}

export interface TakeoverHistoryDeps {
  readonly recoveries: Pick<RecoveryStore, 'recordTakeover' | 'resolveRecovery' | 'addStep'>;
  readonly clock: Clock;
  readonly logger: Logger;
  emit(event: LiveEvent): void;
}

/**
 * Begins the row. From then on nothing that the backend does holds the takeover up: it is a trace, no condition.
 * @throws OrchestratorError when the backend does not take the row; then nothing was changed.
 */
export async function beginTakeoverHistory(
  deps: TakeoverHistoryDeps,
  uid: string,
  entry: AnalysisEntry,
): Promise<TakeoverTrace> {
  const { key, clusterName, clusterAlias, replicas } = entry.view;
  const recoveryId = await deps.recoveries.recordTakeover({
    uid,
    key,
    analysis: entry.code,
    clusterName,
    clusterAlias,
    replicas,
    detectionId: 0,
  });
  return { uid, recoveryId, entry, told: [] };
}

/** The row that was begun, by this process or by one that is gone. */
export function takeoverHistory(
  { recoveries, clock, logger, emit }: TakeoverHistoryDeps,
  { uid, recoveryId, entry }: TakeoverTrace,
): TakeoverHistory {
  const { clusterName } = entry.view;
  const complain = (thrown: unknown): void =>
    logger.error({ err: thrown, uid }, 'the history of a takeover could not be written in full');
  const say = (message: string): void => {
    emit({ kind: 'recovery-step', uid, clusterName, atMs: clock.now(), message });
    recoveries.addStep(uid, message).catch(complain);
  };
  const resolve = async (resolution: RecoveryResolution): Promise<void> =>
    recoveries.resolveRecovery(uid, resolution).catch(complain);
  return {
    uid,
    recoveryId,
    say,
    async failed(reason) {
      say(`Takeover failed: ${reason}`);
      await resolve({
        isSuccessful: false,
        successor: null,
        successorAlias: '',
        lostReplicas: [],
        participants: [],
        errors: [reason],
      });
    },
    async promoted(promotion) {
      const { successor, successorAlias, troubles, participants } = promotion;
      say(`Takeover complete: ${formatKey(successor)} is the primary`);
      await resolve({
        isSuccessful: true,
        successor,
        successorAlias,
        lostReplicas: lostIn(promotion),
        participants,
        errors: troubles.map(({ server, reason }) => `${formatKey(server)}: ${reason}`),
      });
    },
  };
}
