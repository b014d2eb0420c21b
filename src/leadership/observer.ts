import type { Leadership } from '../engine/ports.ts';

/** Leadership of a process that only looks on (`-discovery=false`): it never leads, so it neither recovers nor rearranges. */
export function createObserverLeadership(): Leadership & { close(): Promise<void> } {
  return {
    isLeader: () => false,
    remainingMs: () => 0,
    close: () => Promise.resolve(),
  };
}
