import { OrchestratorError } from '../../model/error.ts';
import type { KvChange, KvPair, KvPlace } from '../ports.ts';

export type WriteResult =
  /** `changed`: how many keys were not as they should be. */
  | { readonly kind: 'written'; readonly changed: number }
  /** The pairs are no longer what stands to be published: nothing was written since that was known. */
  | { readonly kind: 'superseded' };

export interface WriteOptions {
  /** Whether the pairs still are what the backend wants published. */
  readonly isCurrent: () => Promise<boolean>;
  /** The claim has not been written here before. */
  readonly isNew: boolean;
  readonly signal: AbortSignal;
}

/** Somebody else changes the same keys all the time. */
const MAX_ROUNDS = 5;

/**
 * Brings the pairs to one place by compare-and-set: read versions → ask whether these pairs still hold → swap against the
 * versions. A writer that was overtaken in between is told by one of the two: either the backend names a newer claim, or the newer
 * claim was written and the versions differ. So what an older epoch wants never goes over what a newer one wrote. For that a new
 * claim writes every key, also one that has the right value: else an older writer, who read it before, could still change it.
 * Rejects with OrchestratorError when the place fails, or `kv-contended`.
 */
export async function writeCompared(
  place: KvPlace,
  pairs: readonly KvPair[],
  { isCurrent, isNew, signal }: WriteOptions,
): Promise<WriteResult> {
  const keys = pairs.map(({ key }) => key);
  let changed = 0;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = await place.read(keys, signal);
    const changes: KvChange[] = pairs
      .filter(({ key, value }) => isNew || found.get(key)?.value !== value)
      .map((pair) => ({ ...pair, version: found.get(pair.key)?.version ?? null }));
    if (changes.length === 0) return { kind: 'written', changed };
    if (!(await isCurrent())) return { kind: 'superseded' };
    changed = Math.max(changed, changes.length);
    if (await place.swap(changes, signal)) return { kind: 'written', changed };
  }
  throw new OrchestratorError(
    'kv-contended',
    `${place.name}: ${keys[0]} is changed by somebody else all the time; find out who writes it besides orchestrator`,
  );
}
