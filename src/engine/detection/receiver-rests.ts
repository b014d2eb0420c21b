import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { Clock } from '../ports.ts';

/** Whoever stops a receiver for a moment starts it again, or a recovery takes it over, well within this. */
const VOID_AFTER_MS = 60_000;

/**
 * Receivers that this program stopped to start them again at once. A recovery that begins in between finds them stopped, and must
 * not take them for stopped by a person: it would leave them behind.
 */
export interface ReceiverRests {
  /** The receiver of `replica` is about to be stopped. */
  begin(source: InstanceKey, replica: InstanceKey): void;
  /** It was started again. */
  end(source: InstanceKey, replica: InstanceKey): void;
  /** Replicas (host:port) of `source` that were not started again so far. */
  below(source: InstanceKey): ReadonlySet<string>;
  /** The same, for a recovery, which answers for them from now on: nobody else starts them. */
  take(source: InstanceKey): ReadonlySet<string>;
}

export function createReceiverRests(clock: Pick<Clock, 'monotonicMs'>): ReceiverRests {
  /** host:port of the source → of the replica → since when, monotonic milliseconds. */
  const rests = new Map<string, Map<string, number>>();

  function below(source: InstanceKey): ReadonlySet<string> {
    const validFromMs = clock.monotonicMs() - VOID_AFTER_MS;
    const resting = rests.get(formatKey(source)) ?? new Map<string, number>();
    for (const [replica, sinceMs] of resting) if (sinceMs < validFromMs) resting.delete(replica);
    return new Set(resting.keys());
  }

  return {
    begin(source, replica) {
      const name = formatKey(source);
      rests.set(name, (rests.get(name) ?? new Map<string, number>()).set(formatKey(replica), clock.monotonicMs()));
    },
    end(source, replica) {
      const resting = rests.get(formatKey(source));
      resting?.delete(formatKey(replica));
      if (resting?.size === 0) rests.delete(formatKey(source));
    },
    below,
    take(source) {
      const taken = below(source);
      rests.delete(formatKey(source));
      return taken;
    },
  };
}
