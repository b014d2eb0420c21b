import type { Instance, SemiSyncStatus } from '../../../model/instance.ts';
import type { ServerRecord } from '../../../model/server-record.ts';
import type { RecoveryRun } from '../run.ts';

type Known = Pick<RecoveryRun, 'failedBefore' | 'intent'>;

/**
 * What the failed primary had promised its clients under semi-sync when the recovery began. Its record may say something else by now: our
 * own fence switches semi-sync off where commits hang, and a server that comes back may have been started without it.
 */
export function promisedBy(instance: Instance, { failedBefore, intent }: Known): SemiSyncStatus {
  if (failedBefore !== null) return failedBefore.semiSync;
  const wasOn = intent.foundPrimary?.isSemiSyncSource === true;
  return wasOn ? { ...instance.semiSync, sourceEnabled: true } : instance.semiSync;
}

/** The failed primary's record with what it had promised. */
export function withPromise(record: ServerRecord, run: Known): ServerRecord {
  const { instance } = record;
  return instance === null ? record : { ...record, instance: { ...instance, semiSync: promisedBy(instance, run) } };
}
