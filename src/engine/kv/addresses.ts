import type { AddressLookup, Clock, HostAddresses, KvStore, Logger } from '../ports.ts';
import { within } from './within.ts';

export interface Addresses {
  /** What is known now, at once: a failover does not wait for the name service. Unknown ones are ''. Never rejects. */
  known(hostname: string): Promise<HostAddresses>;
  /** Asks the name service; when it does not answer, what is known. Never rejects. */
  ask(hostname: string): Promise<HostAddresses>;
  /** The same, and remembers it. Never rejects. */
  refresh(hostname: string): Promise<HostAddresses>;
  /** Refreshes those that were not asked for lately, so that whoever is promoted next has its addresses. Never rejects. */
  warm(hostnames: ReadonlySet<string>): Promise<void>;
}

const LOOKUP_DEADLINE_MS = 2_000;
const WARM_MS = 600_000;
const NONE: HostAddresses = { ipv4: '', ipv6: '' };

/** Addresses of hosts, kept in table hostname_ips. */
export function createAddresses(deps: {
  readonly store: Pick<KvStore, 'readAddresses' | 'saveAddresses'>;
  readonly lookup: AddressLookup;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
}): Addresses {
  const { store, lookup, clock, logger } = deps;
  const remembered = new Map<string, HostAddresses>();
  const askedAtMs = new Map<string, number>();
  let isWarming = false;

  async function known(hostname: string): Promise<HostAddresses> {
    const found = remembered.get(hostname) ?? (await store.readAddresses(hostname).catch(() => null));
    return found ?? NONE;
  }

  async function ask(hostname: string): Promise<HostAddresses> {
    try {
      const late = (): Error => new Error('the name service does not answer');
      return await within(LOOKUP_DEADLINE_MS, () => lookup.addresses(hostname), late);
    } catch (thrown) {
      logger.debug({ err: thrown, hostname }, 'the addresses of a host could not be asked for');
      return known(hostname);
    }
  }

  async function refresh(hostname: string): Promise<HostAddresses> {
    askedAtMs.set(hostname, clock.monotonicMs());
    const [before, found] = await Promise.all([known(hostname), ask(hostname)]);
    remembered.set(hostname, found);
    if (found.ipv4 !== before.ipv4 || found.ipv6 !== before.ipv6)
      await store
        .saveAddresses(hostname, found)
        .catch((thrown) => logger.debug({ err: thrown, hostname }, 'the addresses of a host could not be kept'));
    return found;
  }

  return {
    known,
    ask,
    refresh,
    async warm(hostnames) {
      if (isWarming) return;
      isWarming = true;
      const nowMs = clock.monotonicMs();
      const due = [...hostnames].filter((hostname) => nowMs - (askedAtMs.get(hostname) ?? -WARM_MS) >= WARM_MS);
      // One after another: the name service is asked by others too.
      for (const hostname of due) await refresh(hostname);
      isWarming = false;
    },
  };
}
