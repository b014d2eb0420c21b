import type { IntentSnapshot, IntentStore, Logger } from '../ports.ts';
import type { Fleet } from './fleet.ts';

/** What people decided, mirrored into the fleet; at most one refresh interval old (design §3.1). */
export interface IntentMirror {
  /** Reads again if anything changed, by whomever. */
  refresh(): Promise<void>;
  current(): IntentSnapshot | null;
}

export function createIntentMirror(deps: {
  readonly store: IntentStore;
  readonly fleet: Fleet;
  readonly logger: Logger;
}): IntentMirror {
  const { store, fleet, logger } = deps;
  let token: string | null = null;
  let snapshot: IntentSnapshot | null = null;
  let isFailing = false;

  return {
    async refresh() {
      try {
        const now = await store.changeToken();
        if (now === token) return;
        snapshot = await store.read();
        token = now;
        isFailing = false;
        fleet.setIntent(snapshot);
      } catch (thrown) {
        if (!isFailing)
          logger.error({ err: thrown }, 'downtimes and other decisions cannot be read; the last known ones hold');
        isFailing = true;
      }
    },
    current: () => snapshot,
  };
}
