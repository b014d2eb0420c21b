import { compareCoordinates } from '../../model/coordinates.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { EquivalenceStore, Logger } from '../ports.ts';

type Log = Pick<Instance, 'serverUuid' | 'ownCoordinates'>;

/** Another server answers at the address (rebuilt, cloned), or its binary logs were reset: a place in them means something else by now. */
export function isRenewed(before: Log, after: Log): boolean {
  const [one, other] = [before.serverUuid, after.serverUuid];
  if (one !== null && other !== null && one.toLowerCase() !== other.toLowerCase()) return true;
  const [end, endNow] = [before.ownCoordinates, after.ownCoordinates];
  // Within one file a reading that came late may be older than the one before.
  return end !== null && endNow !== null && end.file !== endNow.file && compareCoordinates(end, endNow) > 0;
}

/**
 * Places that were proven equal hold for the logs in which they stood. Once those of a server began anew, what is known of its address is
 * dropped: small coordinates come again (`bin.000001:154`), and a move would go on at a place that means something else.
 */
export function watchRenewedLogs(deps: {
  readonly fleet: Pick<Fleet, 'onChange' | 'recordOf' | 'records'>;
  readonly equivalences: Pick<EquivalenceStore, 'forget'>;
  readonly logger: Logger;
}): () => void {
  const { fleet, equivalences, logger } = deps;
  const known = new Map<string, Log>();
  const note = (key: InstanceKey, { serverUuid, ownCoordinates }: Instance): void => {
    const before = known.get(formatKey(key));
    // Not every reading asks where the log ends.
    known.set(formatKey(key), { serverUuid, ownCoordinates: ownCoordinates ?? before?.ownCoordinates ?? null });
  };
  for (const { key, instance } of fleet.records()) if (instance !== null) note(key, instance);
  return fleet.onChange(({ key, what }) => {
    const name = formatKey(key);
    const instance = fleet.recordOf(key)?.instance ?? null;
    const before = known.get(name);
    if (what === 'forgotten') known.delete(name);
    if (instance === null || what !== 'answered') return;
    note(key, instance);
    if (before === undefined || !isRenewed(before, instance)) return;
    logger.info(
      { server: name },
      'its binary logs began anew: places in them that were known to equal others are dropped',
    );
    equivalences
      .forget(key)
      .catch((thrown) =>
        logger.error({ err: thrown, server: name }, 'places in logs that are no more could not be dropped'),
      );
  });
}
