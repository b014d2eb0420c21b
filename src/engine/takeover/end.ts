import type { InstanceKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { TakeoverTrace } from '../../plan/operations/request.ts';
import { PROMOTED_AT } from '../../plan/operations/takeover/written.ts';
import type { ServerTrouble } from '../executor/run-plan.ts';
import type { Promoted } from '../kv/service.ts';
import type { AfterOperation, OperationEnd } from '../operations/after-operation.ts';
import type { IntentStore } from '../ports.ts';
import { type AroundDeps, COMMAND, createAround } from './around.ts';
import { type TakeoverHistoryDeps, takeoverHistory } from './history.ts';
import { type MoveIntentDeps, moveIntent } from './move-intent.ts';
import type { Handover } from './outcome.ts';

const UNSUCCESSFUL = 'PostUnsuccessfulFailoverProcesses';

export interface TakeoverEndDeps extends AroundDeps, TakeoverHistoryDeps, MoveIntentDeps {
  readonly intent: IntentStore;
  /** A recovery has replaced it. */
  isDeposed(key: InstanceKey): boolean;
  /** The cluster goes on under a new primary. */
  onPromoted(clusterName: string, demoted: InstanceKey, successor: InstanceKey): void;
  /** Tells the key-value stores; waited for before the hooks, and never rejects. */
  publish(promotion: Promoted): Promise<void>;
}

/**
 * What comes after the operation of a takeover: names, keys, history, hooks. Also when that was begun by a process which died, and
 * was finished or taken back since. Everything may be done twice, but for the hooks.
 */
export const createTakeoverEnd =
  (deps: TakeoverEndDeps): AfterOperation =>
  async ({ request, end, isLeftBehind, remember }) => {
    const { takeover } = request;
    if (takeover === undefined) return [];
    const { entry } = takeover;
    const history = takeoverHistory(deps, takeover);
    const around = createAround(takeover, request, history, deps);
    if (end.kind === 'failed') {
      await history.failed(end.reason);
      around.emit('failed');
      // Hooks run once: what ends in doubt is taken back later.
      if (takeover.told.includes(UNSUCCESSFUL)) return [];
      if (end.isInDoubt === true)
        await remember({ ...request, takeover: { ...takeover, told: [...takeover.told, UNSUCCESSFUL] } });
      await around.afterFailure();
      return [];
    }
    if (isLeftBehind) history.say('It had been left in the middle, and was gone on with');
    const done = promotionOf(end, takeover);
    const { successor } = done;
    if (isLeftBehind && isReplacedSince(end.subject, deps)) {
      const reason = 'it took over, and is not the primary any more: the names of the cluster were not moved to it';
      const trouble = { server: successor, reason };
      await history.promoted({ ...done, troubles: [...done.troubles, trouble] });
      around.emit('succeeded');
      return [trouble];
    }
    const published = deps.publish({
      alias: entry.view.clusterAlias,
      clusterName: entry.view.clusterName,
      demoted: entry.view.key,
      successor,
      epoch: null,
      audit: history.say,
    });
    // From here on nothing may keep the hooks and the watch from hearing of it: the successor takes writes.
    const unwritten: readonly ServerTrouble[] = await moveIntent(entry.view, successor, deps);
    const promotion = { ...done, troubles: [...done.troubles, ...unwritten] };
    await history.promoted(promotion);
    deps.onPromoted(entry.view.clusterName, entry.view.key, successor);
    around.emit('succeeded');
    await published;
    await around.afterPromotion(promotion, (told) => remember({ ...request, takeover: { ...takeover, told } }));
    return unwritten;
  };

/** The takeover as its operation ended. */
export function promotionOf(
  { plan, subject, notes, failed, leftovers }: Extract<OperationEnd, { kind: 'done' }>,
  { uid, recoveryId, entry }: TakeoverTrace,
): Handover {
  const noted = notes?.get(PROMOTED_AT);
  return {
    kind: 'promoted',
    uid,
    recoveryId,
    command: COMMAND,
    entry,
    successor: subject.key,
    successorAlias: subject.instance?.classification.instanceAlias ?? '',
    coordinates: noted === undefined || noted.kind === 'gtid' ? (subject.instance?.ownCoordinates ?? null) : noted,
    troubles: [...failed, ...leftovers],
    participants: plan.locks,
  };
}

/** It may be long since the process died: people, or a recovery, may have made another one primary. */
const isReplacedSince = ({ key, check, instance }: ServerRecord, { isDeposed }: TakeoverEndDeps): boolean =>
  isDeposed(key) || (check.failure === null && instance?.isReadOnly === true);
