import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { Clock, ForgetStore, Logger } from '../ports.ts';

export interface Forgetting {
  /** Here and in the backend, and by every other process on it; false: it was not known. */
  forget(key: InstanceKey): Promise<boolean>;
  /** Does what other processes have ordered since the last look; what stood there at the first is history. Throws when the backend cannot be read. */
  heed(): Promise<void>;
}

export function createForgetting(deps: {
  readonly store: ForgetStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Pick<Logger, 'info'>;
  newUid(): string;
  /** Forgets it in this process, and its row; false: it was not known. */
  drop(key: InstanceKey): Promise<boolean>;
}): Forgetting {
  const own = new Set<string>();
  let seen: ReadonlySet<string> | null = null;
  return {
    async forget(key) {
      const isKnown = await deps.drop(key);
      const uid = deps.newUid();
      own.add(uid);
      await deps.store.order({ uid, key, orderedAtMs: deps.clock.now() });
      return isKnown;
    },
    async heed() {
      const orders = await deps.store.read();
      const before = seen;
      seen = new Set(orders.map(({ uid }) => uid));
      if (before === null) return;
      for (const { uid, key } of orders) {
        if (before.has(uid) || own.delete(uid)) continue;
        if (await deps.drop(key))
          deps.logger.info({ server: formatKey(key) }, 'forgotten, as another process was told');
      }
    },
  };
}
