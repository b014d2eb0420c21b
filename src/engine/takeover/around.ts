import type { HookSuccessor } from '../../legacy/hook-context.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import type { OperationRequest, TakeoverTrace } from '../../plan/operations/request.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { AuditStore, Logger } from '../ports.ts';
import type { HookListName, RecoveryHooks } from '../recovery/hooks.ts';
import type { LiveEvent } from '../use-cases.ts';
import type { TakeoverHistory } from './history.ts';
import { type Handover, lostIn } from './outcome.ts';

/** What hooks are told as the command, whichever of the two it is (historic). */
export const COMMAND = 'graceful-master-takeover';

const AFTER_PROMOTION = [
  'PostMasterFailoverProcesses',
  'PostFailoverProcesses',
  'PostGracefulTakeoverProcesses',
] as const satisfies readonly HookListName[];

export interface AroundDeps {
  readonly fleet: Pick<Fleet, 'recordOf'>;
  readonly logger: Logger;
  readonly auditLog: Pick<AuditStore, 'write'>;
  readonly hooks: RecoveryHooks;
  emit(event: LiveEvent): void;
}

/** Those who have always been told of a takeover: hooks, in their order, and whoever watches. */
export interface Around {
  emit(state: 'started' | 'succeeded' | 'failed'): void;
  /** Why it must not begin; null when it may. */
  before(): Promise<string | null>;
  afterFailure(): Promise<unknown>;
  /** `remember` stores which lists were begun; those that were, by a process that died, do not run again. */
  afterPromotion(promotion: Handover, remember: (told: readonly string[]) => Promise<void>): Promise<void>;
}

export function createAround(
  { uid, entry, told: toldBefore }: TakeoverTrace,
  { destination }: OperationRequest,
  history: TakeoverHistory,
  deps: AroundDeps,
): Around {
  const { clusterName } = entry.view;
  const audit = (message: string): void => {
    deps.auditLog
      .write(COMMAND, entry.view.key, clusterName, message)
      .catch((thrown) => deps.logger.error({ err: thrown, uid }, 'a step of a takeover could not be audited'));
    history.say(message);
  };
  async function hook(
    list: HookListName,
    successor: HookSuccessor | null,
    lost: readonly InstanceKey[] = [],
  ): Promise<string | null> {
    // The first list is called before there is anything that could be looked up (historic).
    const known = list === 'PreGracefulTakeoverProcesses' ? '' : uid;
    const result = await deps.hooks.run(list, { entry, uid: known, command: COMMAND, successor, lost, audit });
    return result.kind === 'succeeded' ? null : `${list} failed: ${result.message}`;
  }
  return {
    emit: (state) => deps.emit({ kind: 'recovery', uid, clusterName, state }),
    async before() {
      const designated = destination === null ? null : successorOf(deps.fleet, destination);
      return (
        (await hook('PreGracefulTakeoverProcesses', designated)) ??
        (await hook('OnFailureDetectionProcesses', null)) ??
        (await hook('PreFailoverProcesses', null))
      );
    },
    afterFailure: () => hook('PostUnsuccessfulFailoverProcesses', null),
    async afterPromotion(promotion, remember) {
      const { successor: key, successorAlias: alias, coordinates } = promotion;
      const lost = lostIn(promotion);
      let told = toldBefore;
      for (const list of AFTER_PROMOTION) {
        if (told.includes(list)) continue;
        told = [...told, list];
        await remember(told);
        await hook(list, { key, coordinates, alias }, lost);
      }
    },
  };
}

function successorOf(fleet: Pick<Fleet, 'recordOf'>, key: InstanceKey): HookSuccessor {
  const instance = fleet.recordOf(key)?.instance ?? null;
  return { key, coordinates: instance?.ownCoordinates ?? null, alias: instance?.classification.instanceAlias ?? '' };
}
