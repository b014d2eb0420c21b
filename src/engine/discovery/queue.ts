import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';

export interface QueueMetrics {
  readonly queued: number;
  readonly active: number;
  /** Keys turned away because the queue was full, since the start. */
  readonly rejected: number;
}

/** A de-duplicating queue: a key that waits or is being worked on is not queued again. */
export interface DiscoveryQueue {
  /** False when the key was there already, or the queue is full. */
  push(key: InstanceKey): boolean;
  metrics(): QueueMetrics;
  /** Takes no more work; resolves when the work under way has ended. */
  close(): Promise<void>;
}

export interface DiscoveryQueueSettings {
  readonly maxConcurrency: number;
  readonly capacity: number;
}

/** `work` must not reject. */
export function createDiscoveryQueue(
  settings: DiscoveryQueueSettings,
  work: (key: InstanceKey) => Promise<void>,
): DiscoveryQueue {
  const waiting = new Map<string, InstanceKey>();
  const active = new Map<string, Promise<void>>();
  let rejected = 0;
  let isClosed = false;

  function fill(): void {
    while (!isClosed && active.size < settings.maxConcurrency) {
      const next = waiting.entries().next();
      if (next.done === true) return;
      const [name, key] = next.value;
      waiting.delete(name);
      const run = work(key).finally(() => {
        active.delete(name);
        fill();
      });
      active.set(name, run);
    }
  }

  return {
    push(key) {
      const name = formatKey(key);
      if (isClosed || waiting.has(name) || active.has(name)) return false;
      if (waiting.size >= settings.capacity) {
        rejected += 1;
        return false;
      }
      waiting.set(name, key);
      fill();
      return true;
    },
    metrics: () => ({ queued: waiting.size, active: active.size, rejected }),
    async close() {
      isClosed = true;
      waiting.clear();
      await Promise.allSettled(active.values());
    },
  };
}
