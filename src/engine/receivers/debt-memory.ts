import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { Clock, Logger, SilenceStore, StoredSilence } from '../ports.ts';

/** Nothing that is about to be done waits longer for the backend, which may be away. */
const PATIENCE_MS = 300;

/** Where debts outlive this process. */
export interface DebtMemory {
  /** Resolves with true when it is written, with false when that takes too long, or fails; never rejects. */
  keep(silence: StoredSilence): Promise<boolean>;
  drop(replica: InstanceKey): void;
  /** All that is written down, by whomever; nothing when that takes too long, or fails. Never rejects. */
  read(): Promise<readonly StoredSilence[]>;
  /** Epoch milliseconds. */
  nowMs(): number;
}

/** They die with this process. */
export const NO_MEMORY: DebtMemory = {
  keep: () => Promise.resolve(false),
  drop: () => undefined,
  read: () => Promise.resolve([]),
  // Nobody has been started since.
  nowMs: () => Number.POSITIVE_INFINITY,
};

/** In the backend, where the next process finds them, and one that leads later. */
export function createDebtMemory(deps: {
  readonly store: SilenceStore;
  readonly clock: Clock;
  readonly logger: Logger;
}): DebtMemory {
  const { store, clock, logger } = deps;
  /** One after another: what is dropped must not be written afterwards. */
  let last: Promise<unknown> = Promise.resolve();

  function inTurn(replica: InstanceKey, work: () => Promise<void>): Promise<boolean> {
    const done = last.then(work).then(
      () => true,
      (thrown) => {
        logger.warn(
          { err: thrown, server: formatKey(replica) },
          'who is silent because of us could not be written down',
        );
        return false;
      },
    );
    last = done;
    return done;
  }

  /** What came of it, or `late` when that takes too long. */
  async function soon<T>(work: Promise<T>, late: T): Promise<T> {
    const patience = new AbortController();
    const isLate = clock.sleep(PATIENCE_MS, patience.signal).then(() => late);
    const end = await Promise.race([work, isLate]);
    patience.abort();
    return end;
  }

  return {
    keep: (silence) =>
      soon(
        inTurn(silence.key, () => store.note(silence)),
        false,
      ),
    drop: (replica) => void inTurn(replica, () => store.forget(replica)),
    read() {
      // What is being written now is known here already; what is being dropped must not be read as if it stood.
      const stored = last.then(store.read).catch((thrown) => {
        logger.warn({ err: thrown }, 'who is silent because of us could not be read');
        return [];
      });
      return soon<readonly StoredSilence[]>(stored, []);
    },
    nowMs: clock.now,
  };
}
