import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { OtherAddresses } from '../fleet/other-addresses.ts';
import type { Clock } from '../ports.ts';

/** An address that led nowhere is not asked again for so long. */
const PAUSE_MS = 60_000;

/** Which of the addresses where replicas without a reported host may be are worth asking now (Instance.guessedReplicas). */
export interface Guesses {
  /** @param before the previous reading of the same server. */
  due(instance: Instance, before: Instance | null): readonly InstanceKey[];
  /** The server whose replica is looked for there, once; null where it is no guess. */
  take(key: InstanceKey): InstanceKey | null;
}

export function createGuesses(
  deps: { readonly clock: Clock; readonly fleet: Pick<Fleet, 'recordOf'>; readonly addresses: OtherAddresses },
  settings: { readonly identityByAddress: boolean },
): Guesses {
  const { clock, fleet, addresses } = deps;
  const askedAtMs = new Map<string, number>();
  const pending = new Map<string, InstanceKey>();

  /** The session is that of a replica which is known by another address. */
  function isExplained(guess: InstanceKey, source: InstanceKey): boolean {
    const met = addresses.knownAs(guess);
    const replication = met === null ? null : (fleet.recordOf(met)?.instance?.replication ?? null);
    return replication !== null && sameKey(replication.source, source);
  }

  function isDue(guess: InstanceKey): boolean {
    const name = formatKey(guess);
    const lastMs = askedAtMs.get(name);
    if (lastMs !== undefined && clock.monotonicMs() - lastMs < PAUSE_MS) return false;
    askedAtMs.set(name, clock.monotonicMs());
    return true;
  }

  return {
    due({ key, guessedReplicas = [] }, before) {
      // Where each address counts as a server, every replica would be there twice.
      if (settings.identityByAddress) return [];
      // Not at the first sight: a replica that has told its name shall be known by it.
      const wasThere = (guess: InstanceKey): boolean =>
        before?.guessedReplicas?.some((known) => sameKey(known, guess)) === true;
      const due = guessedReplicas.filter((guess) => wasThere(guess) && !isExplained(guess, key) && isDue(guess));
      for (const guess of due) pending.set(formatKey(guess), key);
      return due;
    },
    take(key) {
      const name = formatKey(key);
      const source = pending.get(name) ?? null;
      pending.delete(name);
      return source;
    },
  };
}
