import { type InstanceKey, isDetachedKey, isUsableKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';

export interface ReadAfterDeps {
  recordOf(key: InstanceKey): ServerRecord | null;
  /** Reads a server now and takes it in; false when it did not answer. */
  readNow(key: InstanceKey): Promise<boolean>;
}

/** Others read servers, too; nobody does so often in the time of one reading. */
const MAX_READINGS = 5;

/** An address at which somebody may answer; the mark of a detached replica is none. */
export const canRead = (key: InstanceKey | null | undefined): key is InstanceKey =>
  key != null && isUsableKey(key) && !isDetachedKey(key);

/**
 * Reads a source such that its reading began after the last readings of these servers had come: again while another one of theirs
 * comes meanwhile. When two readings came tells nothing of that order, for the older one may have been longer on its way.
 */
export async function readAfter(
  source: InstanceKey | undefined,
  servers: () => readonly InstanceKey[],
  deps: ReadAfterDeps,
): Promise<void> {
  if (!canRead(source)) return;
  const readings = (): unknown[] => servers().map((key) => deps.recordOf(key)?.instance);
  for (let count = 0; count < MAX_READINGS; count += 1) {
    const before = readings();
    if (!(await deps.readNow(source))) return;
    const after = readings();
    if (after.length === before.length && after.every((reading, index) => reading === before[index])) return;
  }
}
