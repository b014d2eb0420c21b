import { namelessSentences, resolveInstance } from '../discovery/identity.ts';
import type { HostnameResolver, Servers } from '../ports.ts';
import { withKnownGroup } from './known-group.ts';
import { type KnownServers, withKnownSource } from './known-source.ts';

/**
 * The same servers, but every address that a reading mentions is resolved, and a source or member of a group is the server that we know, so that
 * nobody above compares unlike names. `known` is null where each address counts as a server (IdentityByAddress).
 */
export const withResolvedNames = (
  servers: Servers,
  resolver: HostnameResolver,
  known: KnownServers | null,
): Servers => ({
  ...servers,
  async probe(key, request) {
    const outcome = await servers.probe(key, request);
    if (outcome.kind === 'failed') return outcome;
    const instance = await resolveInstance(resolver, outcome.instance);
    return {
      ...outcome,
      warnings: [...outcome.warnings, ...namelessSentences(outcome.instance)],
      instance: known === null ? instance : withKnownGroup(withKnownSource(instance, known), known),
    };
  },
});
