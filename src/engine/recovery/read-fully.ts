import type { InstanceKey } from '../../model/instance-key.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Servers } from '../ports.ts';

const READING_MS = 2_000;

/** Reads these side by side, all of it: what is known of semi-sync may be a poll old, and a quick reading does not show it. */
export async function readFully(
  keys: readonly InstanceKey[],
  { fleet, servers }: { readonly fleet: Pick<Fleet, 'recordOf' | 'answered' | 'failed'>; readonly servers: Servers },
): Promise<void> {
  await Promise.all(
    keys.map(async (key) => {
      const previous = fleet.recordOf(key)?.instance ?? null;
      const outcome = await servers.probe(key, { deadlineMs: READING_MS, depth: 'full', previous });
      if (outcome.kind === 'answered') fleet.answered(outcome.instance);
      else fleet.failed(key, outcome.failure.message, outcome.isPartial);
    }),
  );
}
