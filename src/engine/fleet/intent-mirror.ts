import type { Clock, IntentSnapshot, IntentStore, Logger } from '../ports.ts';
import type { Fleet } from './fleet.ts';

/** What people decided, mirrored into the fleet; at most one refresh interval old (design §3.1). */
export interface IntentMirror {
  /** Reads again if anything changed, by whomever. What was changed before the call is known after it, unless the backend fails. */
  refresh(): Promise<void>;
  /**
   * The same before a request is answered: what a person or a program wrote a moment ago, by plain SQL or through another process, holds
   * for the next request. A backend that hangs holds nobody up for long; then what was known holds.
   */
  catchUp(request: 'order' | 'question'): Promise<void>;
  current(): IntentSnapshot | null;
}

/** An order may change the wrong server by what is outdated, and needs the backend anyway. */
const PATIENCE_MS = { order: 2000, question: 200 } as const;

export function createIntentMirror(deps: {
  readonly store: Pick<IntentStore, 'read' | 'changeToken' | 'isChangeTokenFree'>;
  readonly fleet: Fleet;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly logger: Logger;
}): IntentMirror {
  const { store, fleet, clock, logger } = deps;
  let token: string | null = null;
  let snapshot: IntentSnapshot | null = null;
  let isFailing = false;
  let running: Promise<void> | null = null;
  let following: Promise<void> | null = null;

  async function readIfChanged(): Promise<void> {
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
  }

  /** One at a time, so that an older reading never replaces a newer one; whoever comes during one shares the next. */
  function refresh(): Promise<void> {
    if (running === null) {
      running = readIfChanged().finally(() => {
        running = null;
      });
      return running;
    }
    following ??= running.then(() => {
      following = null;
      return refresh();
    });
    return following;
  }

  return {
    refresh,
    async catchUp(request) {
      if (request === 'question' && !store.isChangeTokenFree) return;
      const given = new AbortController();
      const patience = clock.sleep(PATIENCE_MS[request], given.signal).catch(() => undefined);
      await Promise.race([refresh(), patience]);
      given.abort();
    },
    current: () => snapshot,
  };
}
