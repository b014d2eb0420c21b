import { type Instance, isReplicating } from '../../model/instance.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import { LOST_IN_RECOVERY } from '../../model/lost-in-recovery.ts';
import type { FreshnessSettings } from '../../model/server-record.ts';
import { isLastCheckValid } from '../../model/server-record.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Clock, IntentStore, Logger } from '../ports.ts';
import { createUnseen } from './unseen.ts';

const RELEASE_AFTER_MS = 60_000;

export interface HousekeepingSettings extends FreshnessSettings {
  /** UnseenInstanceForgetHours, milliseconds. */
  readonly forgetUnseenMs: number;
}

/** Small duties that nobody waits for (facts of discovery §7, of recovery §14). */
export interface Housekeeping {
  run(): Promise<void>;
}

export function createHousekeeping(
  deps: {
    readonly fleet: Fleet;
    readonly intent: IntentStore;
    readonly clock: Clock;
    readonly logger: Logger;
    isDeposed(key: InstanceKey): boolean;
    forget(key: InstanceKey): Promise<unknown>;
  },
  settings: HousekeepingSettings,
): Housekeeping {
  const { fleet, intent, clock, logger } = deps;
  const unseen = createUnseen(deps, settings);

  /** A server that follows nobody and is, of those that are well, the only such one to suggest its cluster's alias (historic). */
  function isSoleOwner({ key, replication, classification }: Instance): boolean {
    const alias = classification.suggestedClusterAlias;
    if (replication !== null || alias === '') return false;
    return !fleet
      .records()
      .some(
        (other) =>
          other.instance !== null &&
          !sameKey(other.key, key) &&
          other.instance.replication === null &&
          other.instance.classification.suggestedClusterAlias === alias &&
          isLastCheckValid(other.check, settings),
      );
  }

  return {
    async run() {
      const now = clock.now();
      for (const record of fleet.records()) {
        const { key, instance, check } = record;
        const { downtime } = record.intent;
        const isWell =
          instance !== null && isLastCheckValid(check, settings) && (isReplicating(instance) || isSoleOwner(instance));
        if (downtime?.reason === LOST_IN_RECOVERY && now - downtime.beginAtMs > RELEASE_AFTER_MS && isWell) {
          logger.info(
            { server: formatKey(key) },
            'lost in recovery no more: it replicates again, or its alias is its alone; its downtime ends',
          );
          await intent.endDowntime(key);
        }
      }
      for (const { key } of unseen.gone()) {
        logger.warn({ server: formatKey(key) }, 'forgotten, since it was not seen for UnseenInstanceForgetHours');
        await deps.forget(key);
      }
    },
  };
}
