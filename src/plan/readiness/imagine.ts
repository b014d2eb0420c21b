import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import type { FreshnessSettings, ServerRecord } from '../../model/server-record.ts';
import { isLastCheckValid, replicasOf } from '../../model/server-record.ts';
import type { FailoverInput, FailoverSettings } from '../failover/input.ts';
import { familyOf } from '../failover/readers.ts';

/** What a receiver says of a source that is gone. */
const REFUSED = { state: 'other', errorNumber: 2003, errorText: 'the source does not answer' } as const;

/** True when the server answered the last time it was asked, and not long ago. */
export const answers = (record: ServerRecord, settings: FreshnessSettings): boolean =>
  record.instance !== null && record.check.failure === null && isLastCheckValid(record.check, settings);

/**
 * The records as they would be a moment after the primary's death: it answers nobody, and its replicas' receivers try in vain.
 * Receivers that somebody has stopped stay stopped. Everything else is as it was read.
 */
export const imagineDeath = (
  records: readonly ServerRecord[],
  primary: InstanceKey,
  nowMs: number,
): readonly ServerRecord[] =>
  records.map((record) => {
    if (sameKey(record.key, primary)) return withFailedCheck(record, nowMs);
    const { instance } = record;
    if (instance?.replication == null || !sameKey(instance.replication.source, primary)) return record;
    return { ...record, instance: withLostSource(instance) };
  });

const withFailedCheck = (record: ServerRecord, nowMs: number): ServerRecord => ({
  ...record,
  check: {
    ...record.check,
    lastAttemptAtMs: nowMs,
    lastCheckedAtMs: Math.max(nowMs, (record.check.lastSeenAtMs ?? 0) + 1),
    lastCheckPartialSuccess: false,
    failure: 'it is imagined dead',
  },
});

function withLostSource(instance: Instance): Instance {
  const { replication } = instance;
  if (replication === null || replication.receiver.state === 'stopped' || replication.receiver.state === 'none')
    return instance;
  return { ...instance, replication: { ...replication, receiver: REFUSED } };
}

/** The question that a recovery would put to the planner. `records` are those after the death. */
export function imagineFailover(
  clusterName: string,
  records: readonly ServerRecord[],
  primary: InstanceKey,
  settings: FailoverSettings,
  freshness: FreshnessSettings,
): FailoverInput {
  return {
    clusterName,
    failed: primary,
    records,
    fresh: new Set(records.filter((record) => answers(record, freshness)).map(({ key }) => formatKey(key))),
    family: familyOf(
      replicasOf(primary, records).map(({ key }) => key),
      { records },
    ),
    explicitCandidate: null,
    committedSuccessor: null,
    excluded: [],
    silenced: new Set(),
    countsReceived: true,
    seen: new Map(),
    settings,
  };
}
