import { setImmediate } from 'node:timers';
import type { Clock } from '../engine/ports.ts';

/**
 * Calls `expire` after `ms`, unless the returned function is called first. When our own process was late, the answer may
 * lie unread in the kernel: the event loop gets one round to deliver it before the deadline is held against the server.
 */
export function startDeadline(clock: Clock, ms: number, expire: () => void): () => void {
  const controller = new AbortController();
  let isCancelled = false;
  clock.sleep(Math.max(0, ms), controller.signal).then(
    () => {
      setImmediate(() => {
        if (!isCancelled) expire();
      });
    },
    () => undefined,
  );
  return () => {
    isCancelled = true;
    // With a reason, since the default one is an error with a stack: the dearest part of a quick statement.
    controller.abort('cancelled');
  };
}
