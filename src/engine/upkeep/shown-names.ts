import { formatKey } from '../../model/instance-key.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Clock, IntentStore, Leadership } from '../ports.ts';
import { RENEW_MS } from './detected-rules.ts';

/**
 * What SQL readers of the backend find of the clusters' names (facts of discovery §4): each alias at the cluster that holds it, and the
 * domain that DetectClusterDomainQuery answers on a primary. Of those the former only mirrors, the latter is remembered, and expires.
 */
export function createShownNames(deps: {
  readonly fleet: Pick<Fleet, 'records' | 'clusterOfAlias'>;
  readonly intent: Pick<IntentStore, 'showClusterAliases' | 'registerClusterDomains'>;
  readonly leadership: Pick<Leadership, 'isLeader'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}): { run(): Promise<void> } {
  const { fleet, intent, leadership, clock } = deps;
  let registered: ReadonlyMap<string, string> = new Map();
  let renewedAtMs = 0;

  function namesOf(): { readonly aliases: Map<string, string>; readonly domains: Map<string, string> } {
    const aliases = new Map<string, string>();
    const domains = new Map<string, string>();
    for (const { key, instance, check, position } of fleet.records()) {
      const { clusterName, clusterAlias } = position;
      if (!aliases.has(clusterName) && fleet.clusterOfAlias(clusterAlias) === clusterName)
        aliases.set(clusterName, clusterAlias);
      // Its own answer: what is remembered for it (position.clusterDomain) would never expire.
      const domain = check.failure === null ? (instance?.classification.clusterDomain ?? '') : '';
      if (domain !== '' && formatKey(key) === clusterName) domains.set(clusterName, domain);
    }
    return { aliases, domains };
  }

  return {
    async run() {
      // Nobody known: what others found stays, rather than being swept away by a process that has yet to look.
      if (!leadership.isLeader() || fleet.records().length === 0) return;
      const { aliases, domains } = namesOf();
      await intent.showClusterAliases(aliases);
      const isDue = clock.monotonicMs() - renewedAtMs >= RENEW_MS;
      const isChanged = [...domains].some(([name, domain]) => registered.get(name) !== domain);
      if (domains.size > 0 && (isDue || isChanged)) {
        await intent.registerClusterDomains(domains);
        renewedAtMs = clock.monotonicMs();
      }
      registered = domains;
    },
  };
}
