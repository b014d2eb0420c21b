import { resolveInstance } from '../discovery/identity.ts';
import type { HostnameResolver, Servers } from '../ports.ts';

/** The same servers, but every address that a reading mentions is resolved, so that nobody above compares unlike names. */
export const withResolvedNames = (servers: Servers, resolver: HostnameResolver): Servers => ({
  ...servers,
  async probe(key, request) {
    const outcome = await servers.probe(key, request);
    return outcome.kind === 'failed'
      ? outcome
      : { ...outcome, instance: await resolveInstance(resolver, outcome.instance) };
  },
});
