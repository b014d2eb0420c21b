import { messageOf } from '../../model/error.ts';
import type { AgentClient, AgentRecord, AgentStore, HostnameResolver } from '../ports.ts';
import type { SeedFacts, SeedSide } from './judge-seed.ts';
import type { TargetServers } from './target-servers.ts';

export interface SeedGathererDeps {
  readonly store: Pick<AgentStore, 'readAgents' | 'readSeeds'>;
  readonly client: AgentClient;
  readonly resolver: Pick<HostnameResolver, 'resolve'>;
  readonly targetServers: TargetServers;
}

/** Asks both agents, the backend and the servers of the target how things stand now. Changes nothing. `ownSeedId`: not another seed. */
export type GatherSeed = (targetHost: string, sourceHost: string, ownSeedId: number | null) => Promise<SeedFacts>;

export function createSeedGatherer({ store, client, resolver, targetServers }: SeedGathererDeps): GatherSeed {
  async function sideOf(record: AgentRecord | undefined): Promise<SeedSide> {
    if (record === undefined) return { kind: 'unknown' };
    try {
      const status = await client.status(record);
      // A name that does not resolve is still a name.
      const address = await resolver.resolve(record.hostname).catch(() => record.hostname);
      return { kind: 'answers', record, status, address };
    } catch (thrown) {
      return { kind: 'silent', message: messageOf(thrown) };
    }
  }

  return async (targetHost, sourceHost, ownSeedId) => {
    const agents = await store.readAgents();
    const agentOf = (host: string): AgentRecord | undefined => agents.find(({ hostname }) => hostname === host);
    const [target, source] = await Promise.all([sideOf(agentOf(targetHost)), sideOf(agentOf(sourceHost))]);
    const open = await Promise.all(
      [targetHost, sourceHost].map((hostname) => store.readSeeds({ hostname, isActive: true })),
    );
    return {
      targetHost,
      sourceHost,
      target,
      source,
      other: open.flat().find(({ seedId }) => seedId !== ownSeedId) ?? null,
      objection:
        target.kind === 'answers'
          ? await targetServers.objection({
              hostname: targetHost,
              address: target.address,
              mysqlPort: target.status.mysqlPort,
            })
          : null,
    };
  };
}
