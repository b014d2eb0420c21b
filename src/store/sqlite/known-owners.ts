import type { Store } from '../../engine/ports.ts';
import type { OwnerLocks } from './owner-locks.ts';

/** The store, in which `owner` shows that it lives from before it first owns a recovery or an operation. */
export function withKnownOwners(store: Store, locks: OwnerLocks, owner: string): Store {
  const { recoveries, operations } = store;
  let isShown = false;

  async function owners(): Promise<readonly string[]> {
    return [...(await recoveries.readOpenIntents()), ...(await operations.readOpen())].map((one) => one.owner);
  }

  /** Before anything is written that names us; what is given back to another, whom it was taken from, needs no lock of ours. */
  function show(by: string): void {
    if (by !== owner || isShown) return;
    isShown = true;
    locks.hold(owner);
    // What cannot be tidied up now is left to the next one.
    void owners()
      .then(locks.sweep)
      .catch(() => undefined);
  }

  return {
    ...store,
    recoveries: {
      ...recoveries,
      async saveIntent(intent) {
        show(intent.owner);
        return recoveries.saveIntent(intent);
      },
      async claimIntent(uid, from, to) {
        show(to);
        return recoveries.claimIntent(uid, from, to);
      },
    },
    operations: {
      ...operations,
      async save(operation) {
        show(operation.owner);
        return operations.save(operation);
      },
      async claim(uid, from, to) {
        show(to);
        return operations.claim(uid, from, to);
      },
    },
    lifeOf: locks.lifeOf,
    async close() {
      const owning = isShown ? await owners().catch(() => null) : null;
      await store.close();
      locks.close();
      if (owning !== null) locks.sweep(owning);
    },
  };
}
