import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { Logger } from '../ports.ts';

/** What of the reading of a server matters for a seed. */
export type SeedResult =
  | { readonly kind: 'read' }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'failed'; readonly outcome: { readonly failure: { readonly message: string } } };

/**
 * Addresses given by the configuration (DiscoverySeeds) that have not answered yet. A seed is
 * pending   tried every poll interval; each new reason of a failure is logged once, since nobody else tells of it;
 * done      read, ignored by a filter, or forgotten by a person: an ordinary server from now on, or none.
 */
export interface Seeds {
  add(key: InstanceKey, nowMs: number): void;
  /** Pending seeds that are to be tried now; each is due again one poll later. Monotonic milliseconds. */
  takeDue(nowMs: number): readonly InstanceKey[];
  /** What came of reading a server, which may have been a seed. */
  tried(key: InstanceKey, result: SeedResult): void;
  remove(key: InstanceKey): void;
}

export function createSeeds(deps: { readonly logger: Logger }, settings: { readonly pollMs: number }): Seeds {
  const pending = new Map<string, { readonly key: InstanceKey; dueAtMs: number; lastReason: string }>();
  return {
    add: (key, nowMs) => void pending.set(formatKey(key), { key, dueAtMs: nowMs, lastReason: '' }),
    takeDue(nowMs) {
      const due = [...pending.values()].filter(({ dueAtMs }) => dueAtMs <= nowMs);
      for (const seed of due) seed.dueAtMs = nowMs + settings.pollMs;
      return due.map(({ key }) => key);
    },
    tried(key, result) {
      const name = formatKey(key);
      const seed = pending.get(name);
      if (seed === undefined) return;
      if (result.kind !== 'failed') pending.delete(name);
      if (result.kind === 'ignored') deps.logger.warn({ server: name, reason: result.reason }, 'a seed is left out');
      if (result.kind !== 'failed') return;
      const { message } = result.outcome.failure;
      if (message !== seed.lastReason)
        deps.logger.warn({ server: name, failure: message }, 'a seed cannot be read; it is tried again at every poll');
      seed.lastReason = message;
    },
    remove: (key) => void pending.delete(formatKey(key)),
  };
}
