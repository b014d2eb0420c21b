import { isReplicating } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Clock } from '../ports.ts';

/** A receiver that was started again connects within milliseconds, or its source is away and it will try for long. */
const SETTLE_MS = 3_000;
const PAUSE_MS = 10;

export interface SettleDeps {
  readonly clock: Clock;
  recordOf(key: InstanceKey): ServerRecord | null;
  /** Reads a server now and takes it in; false when it did not answer. */
  readNow(key: InstanceKey): Promise<boolean>;
}

/** Those of the servers that replicated when last read. */
export const replicatingOf = (
  keys: readonly InstanceKey[],
  { recordOf }: Pick<SettleDeps, 'recordOf'>,
): readonly InstanceKey[] => keys.filter((key) => isReplicatingNow(key, recordOf));

/**
 * Reads servers that were told to go on as before until they replicate again, for 3 s at most: who looks in between sees a receiver
 * that is connecting, and takes the server for one that does not replicate. Servers that do not answer, or whose source does not, are not
 * waited for: the operation's locks would hold up a recovery.
 */
export async function awaitReplicating(
  keys: readonly InstanceKey[],
  { clock, recordOf, readNow }: SettleDeps,
  signal: AbortSignal,
): Promise<void> {
  const giveUpAt = clock.monotonicMs() + SETTLE_MS;
  const isConnecting = (key: InstanceKey): boolean => !isReplicatingNow(key, recordOf) && hasSource(key, recordOf);
  let waiting = keys.filter(isConnecting);
  while (waiting.length > 0 && clock.monotonicMs() < giveUpAt && !signal.aborted) {
    await clock.sleep(PAUSE_MS, signal);
    const answered = await Promise.all(waiting.map(readNow));
    waiting = waiting.filter((key, index) => answered[index] === true && isConnecting(key));
  }
}

function isReplicatingNow(key: InstanceKey, recordOf: SettleDeps['recordOf']): boolean {
  const instance = recordOf(key)?.instance;
  return instance != null && isReplicating(instance);
}

/** Its source is known, and answered when it was last asked. */
function hasSource(key: InstanceKey, recordOf: SettleDeps['recordOf']): boolean {
  const source = recordOf(key)?.instance?.replication?.source;
  return source !== undefined && recordOf(source)?.check.failure === null;
}
