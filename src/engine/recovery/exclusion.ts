import { type InstanceKey, sameKey } from '../../model/instance-key.ts';

/** The turn of one recovery in its cluster. */
export interface Turn {
  /** From here on nothing but hooks is left of the recovery with this UID: another one of the cluster may begin. */
  release(uid: string): void;
  /** Waits for hooks before which nothing was done; null, with the hooks left to themselves, when it is to give way meanwhile. */
  unlessWanted<T>(work: Promise<T>): Promise<T | null>;
}

/** What a recovery is about. */
export interface Concern {
  readonly clusterName: string;
  readonly failed: InstanceKey;
  /** The servers of the cluster that it may change. */
  readonly members: readonly InstanceKey[];
}

/**
 * One recovery per cluster in this process; between processes the store decides. A cluster may go by another name when it is looked at anew (two
 * co-primaries after our restart), so that a failed server which another recovery counts among its members belongs to it as well.
 */
export interface Exclusion {
  /** Does it when no other recovery holds the cluster, else gives `otherwise`. */
  run<T>(concern: Concern, work: (turn: Turn) => Promise<T>, otherwise: T): Promise<T>;
  /** Whoever holds the cluster and waits for its first hooks gives way; resolves when it has. */
  giveWay(concern: Concern): Promise<void>;
  /** Whether a recovery has the cluster now, and would give way to that of a dead primary. */
  standingIn(concern: Concern): 'free' | 'gives-way' | 'held';
  isHeld(failed: InstanceKey): boolean;
  /** Held, and not by one that would give way. */
  isHeldFirmly(failed: InstanceKey): boolean;
  isFinishing(uid: string): boolean;
  /** Nothing begins any more; resolves when all is done. */
  close(): Promise<void>;
  isClosed(): boolean;
}

interface Holder {
  readonly concern: Concern;
  readonly wanted: AbortController;
  readonly freed: Promise<void>;
  isWaiting: boolean;
}

const has = ({ members }: Concern, failed: InstanceKey): boolean => members.some((key) => sameKey(key, failed));
const overlap = (one: Concern, other: Concern): boolean =>
  one.clusterName === other.clusterName || has(one, other.failed) || has(other, one.failed);

export function createExclusion(): Exclusion {
  const holders = new Set<Holder>();
  const finishing = new Set<string>();
  const underWay = new Set<Promise<unknown>>();
  let isClosed = false;

  const holdersOf = (failed: InstanceKey): Holder[] =>
    [...holders].filter(({ concern }) => sameKey(concern.failed, failed));
  const inTheWayOf = (concern: Concern): Holder | undefined =>
    [...holders].find((holder) => overlap(holder.concern, concern));

  return {
    async run(concern, work, otherwise) {
      if (isClosed || inTheWayOf(concern) !== undefined) return otherwise;
      let free = (): void => undefined;
      const freed = new Promise<void>((resolve) => {
        free = resolve;
      });
      const holder: Holder = { concern, wanted: new AbortController(), freed, isWaiting: false };
      const leave = (): void => {
        holders.delete(holder);
        free();
      };
      const released = new Set<string>();
      holders.add(holder);
      const done = work({
        release(uid) {
          released.add(uid);
          finishing.add(uid);
          leave();
        },
        unlessWanted: (hooks) => unlessWanted(hooks, holder),
      });
      underWay.add(done);
      try {
        return await done;
      } finally {
        leave();
        underWay.delete(done);
        for (const uid of released) finishing.delete(uid);
      }
    },
    async giveWay(concern) {
      const holder = inTheWayOf(concern);
      if (holder?.isWaiting !== true) return;
      holder.wanted.abort();
      await holder.freed;
    },
    standingIn(concern) {
      const holder = inTheWayOf(concern);
      if (holder === undefined) return 'free';
      return holder.isWaiting ? 'gives-way' : 'held';
    },
    isHeld: (failed) => holdersOf(failed).length > 0,
    isHeldFirmly: (failed) => holdersOf(failed).some(({ isWaiting }) => !isWaiting),
    isFinishing: (uid) => finishing.has(uid),
    async close() {
      isClosed = true;
      await Promise.allSettled([...underWay]);
    },
    isClosed: () => isClosed,
  };
}

async function unlessWanted<T>(work: Promise<T>, holder: Holder): Promise<T | null> {
  const { signal } = holder.wanted;
  // Left to itself it may fail with nobody listening.
  work.catch(() => undefined);
  let tell = (): void => undefined;
  const wanted = new Promise<null>((resolve) => {
    tell = () => resolve(null);
    signal.addEventListener('abort', tell, { once: true });
  });
  holder.isWaiting = true;
  try {
    const result = await Promise.race([work, wanted]);
    return signal.aborted ? null : result;
  } finally {
    signal.removeEventListener('abort', tell);
    holder.isWaiting = false;
  }
}
