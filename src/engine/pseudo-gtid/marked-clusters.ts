import type { Instance } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { Clock, MarkStore, Servers } from '../ports.ts';
import type { CoordinateMemory } from './coordinate-memory.ts';

/** Which clusters get Pseudo-GTID entries from AutoPseudoGTID, whoever writes them (table cluster_injected_pseudo_gtid). */
export interface MarkedClusters {
  register(clusterName: string): Promise<void>;
  /** As last known; cheap. */
  has(clusterName: string): boolean;
}

/** An entry counts for so long (historic: the table's rows live for an hour). */
export const MARKED_FOR_MS = 60 * 60_000;

export interface SharedMarkedClusters extends MarkedClusters {
  /** Reads what other nodes have written. */
  refresh(): Promise<void>;
}

/** What this process has written itself, and, as of the last refresh, others. */
export function createMarkedClusters(deps: {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly store: MarkStore;
}): SharedMarkedClusters {
  const { clock, store } = deps;
  const markedAtMs = new Map<string, number>();
  let shared: ReadonlySet<string> = new Set();
  return {
    async register(clusterName) {
      markedAtMs.set(clusterName, clock.monotonicMs());
      await store.register(clusterName);
    },
    has: (clusterName) =>
      shared.has(clusterName) ||
      clock.monotonicMs() - (markedAtMs.get(clusterName) ?? Number.NEGATIVE_INFINITY) < MARKED_FOR_MS,
    async refresh() {
      shared = new Set(await store.readSince(MARKED_FOR_MS / 1_000));
    },
  };
}

/**
 * The port to servers, with two additions to every good probe: `pseudoGtid` is true where DetectPseudoGTIDQuery says so or the
 * cluster is marked; and the memory of coordinates sees it.
 */
export function withPseudoGtid(
  servers: Servers,
  deps: {
    readonly marked: Pick<MarkedClusters, 'has'>;
    readonly memory: CoordinateMemory;
    /** '' when the server is not known yet. */
    clusterNameOf(key: Instance['key']): string;
  },
): Servers {
  return {
    ...servers,
    async probe(key, request) {
      const outcome = await servers.probe(key, request);
      if (outcome.kind === 'failed') return outcome;
      const { instance } = outcome;
      deps.memory.observe(instance);
      const isMarked = deps.marked.has(deps.clusterNameOf(key) || formatKey(key));
      return isMarked && !instance.pseudoGtid ? { ...outcome, instance: { ...instance, pseudoGtid: true } } : outcome;
    },
    release(key) {
      deps.memory.forget(key);
      servers.release(key);
    },
  };
}
