import type { Leadership } from '../engine/ports.ts';

/**
 * Leadership of a node that is alone with its backend (an embedded SQLite file): it always leads.
 * That no second process works on the same file is for the store to see to: recoveries exclude each other by unique keys.
 */
export function createSingleLeadership(): Leadership & { close(): Promise<void> } {
  return {
    isLeader: () => true,
    remainingMs: () => Number.POSITIVE_INFINITY,
    close: () => Promise.resolve(),
  };
}
