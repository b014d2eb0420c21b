import { messageOf, OrchestratorError } from '../../model/error.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { Clock, KvClaim, KvOutlet, KvPair, KvPlace, Logger } from '../ports.ts';
import { within } from './within.ts';
import { writeCompared } from './write-compared.ts';

/** How a store outside is doing. */
export interface KvStoreState {
  readonly name: string;
  /** null while all is well. */
  readonly problem: string | null;
  /** Epoch milliseconds since when; null while all is well. */
  readonly sinceMs: number | null;
  /** Aliases whose primary the store has yet to be told. */
  readonly pending: readonly string[];
}

/** new: nobody wrote this claim before. check: what a store is known to hold is left alone. order: a person wants it written. */
export type PushReason = 'new' | 'check' | 'order';

export interface Pushing {
  /**
   * Brings the pairs of a claim to every store, all at once. Never rejects: gives one sentence per store that failed, which is tried
   * again by the next call for the alias.
   */
  push(claim: KvClaim, pairs: readonly KvPair[], reason: PushReason): Promise<readonly string[]>;
  /** True when some store has yet to be told of something. */
  hasPending(): boolean;
  states(): readonly KvStoreState[];
}

export interface PushingDeps {
  readonly outlets: readonly KvOutlet[];
  readonly clock: Clock;
  readonly logger: Logger;
  isCurrent(claim: KvClaim): Promise<boolean>;
}

const PUSH_DEADLINE_MS = 5_000;
/** Historic: what was written is looked at again after ten minutes, whoever may have changed it since. */
const TRUSTED_MS = 600_000;

export function createPushing(deps: PushingDeps): Pushing {
  const pushers = deps.outlets.map((outlet) => createPusher(outlet, deps));
  return {
    async push(claim, pairs, reason) {
      const results = await Promise.all(pushers.map((pusher) => pusher.push(claim, pairs, reason)));
      return results.filter((sentence) => sentence !== null);
    },
    hasPending: () => pushers.some((pusher) => pusher.state().pending.length > 0),
    states: () => pushers.map((pusher) => pusher.state()),
  };
}

interface Task {
  readonly claim: KvClaim;
  readonly pairs: readonly KvPair[];
  /** This store has not been told of the claim. */
  readonly isNew: boolean;
}

/** One store with what is known of it: what it was told last, and what is wrong. */
function createPusher(outlet: KvOutlet, { clock, logger, isCurrent }: PushingDeps) {
  const known = new Map<string, { readonly values: string; readonly atMs: number }>();
  const pending = new Set<string>();
  /** Aliases with a claim that this store has not been told of. */
  const unheard = new Set<string>();
  let problem: { readonly sentence: string; readonly sinceMs: number } | null = null;

  const valuesOf = (pairs: readonly KvPair[]): string => JSON.stringify(pairs);
  const isKnown = (claim: KvClaim, pairs: readonly KvPair[]): boolean => {
    const last = known.get(claim.alias);
    return last?.values === valuesOf(pairs) && clock.monotonicMs() - last.atMs < TRUSTED_MS;
  };

  /** False when a newer claim came in between. */
  async function write(place: KvPlace, { claim, pairs, isNew }: Task, signal: AbortSignal): Promise<boolean> {
    const result = await writeCompared(place, pairs, { isCurrent: () => isCurrent(claim), isNew, signal });
    if (result.kind === 'written' && result.changed > 0)
      logger.info({ store: place.name, alias: claim.alias, primary: formatKey(claim.primary) }, 'primary published');
    return result.kind === 'written';
  }

  async function writeEverywhere(task: Task, signal: AbortSignal): Promise<boolean> {
    if (!(await write(outlet, task, signal))) return false;
    const results = await Promise.allSettled(
      (await outlet.elsewhere(signal)).map((place) => write(place, task, signal)),
    );
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    return true;
  }

  const late = (): Error =>
    new OrchestratorError(
      'kv-unreachable',
      `${outlet.name} did not answer within ${PUSH_DEADLINE_MS / 1_000} s; check that it runs and can be reached`,
    );

  function failed(alias: string, isNew: boolean, thrown: unknown): void {
    const sentence = messageOf(thrown);
    known.delete(alias);
    pending.add(alias);
    if (isNew) unheard.add(alias);
    if (problem?.sentence !== sentence)
      logger.error(
        { err: thrown, store: outlet.name, alias },
        'a key-value store cannot be told who is primary; it is tried again until it can',
      );
    problem = { sentence, sinceMs: problem?.sinceMs ?? clock.now() };
  }

  return {
    async push(claim: KvClaim, pairs: readonly KvPair[], reason: PushReason): Promise<string | null> {
      const { alias } = claim;
      if (reason === 'check' && isKnown(claim, pairs)) return null;
      const isNew = reason === 'new' || unheard.has(alias);
      try {
        // Where it was overtaken, whoever has the newer claim brings it here. Asked at the end as well: a store that answered late may have
        // failed to take the newer one meanwhile, and must not pass for told.
        const isStill = await within(
          PUSH_DEADLINE_MS,
          async (signal) => (await writeEverywhere({ claim, pairs, isNew }, signal)) && (await isCurrent(claim)),
          late,
        );
        if (!isStill) {
          known.delete(alias);
          return null;
        }
      } catch (thrown) {
        failed(alias, isNew, thrown);
        return messageOf(thrown);
      }
      pending.delete(alias);
      unheard.delete(alias);
      known.set(alias, { values: valuesOf(pairs), atMs: clock.monotonicMs() });
      if (problem !== null && pending.size === 0) {
        logger.info({ store: outlet.name }, 'a key-value store is told who is primary again');
        problem = null;
      }
      return null;
    },
    state: (): KvStoreState => ({
      name: outlet.name,
      problem: problem?.sentence ?? null,
      sinceMs: problem?.sinceMs ?? null,
      pending: [...pending].sort(),
    }),
  };
}
