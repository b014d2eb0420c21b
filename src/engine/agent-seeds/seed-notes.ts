import { messageOf } from '../../model/error.ts';
import type { AgentClient, AgentRecord, Logger, SeedStore } from '../ports.ts';
import { SEED_WORDS } from './seed-words.ts';

/** What is noted with a seed, or done for it, whatever else fails. Nothing here rejects. */
export interface SeedNotes {
  /** What went wrong in a state. */
  error(stateId: number, message: string): Promise<void>;
  /** Something done for a seed that has failed, or is closed already: written down, and what goes wrong in it too. */
  afterwards(seedId: number, action: string, work: () => Promise<unknown>): Promise<void>;
  /** Tells agents to end what they still receive or send. */
  abortOnHosts(seedId: number, agents: readonly AgentRecord[]): Promise<void>;
}

export function createSeedNotes(deps: {
  readonly store: Pick<SeedStore, 'addSeedState' | 'noteSeedError'>;
  readonly client: Pick<AgentClient, 'order'>;
  readonly logger: Logger;
}): SeedNotes {
  const { store, client, logger } = deps;

  async function error(stateId: number, message: string): Promise<void> {
    try {
      await store.noteSeedError(stateId, message);
    } catch (thrown) {
      logger.warn(
        { stateId, message, error: messageOf(thrown) },
        'what went wrong in a seed could not be written down',
      );
    }
  }

  async function afterwards(seedId: number, action: string, work: () => Promise<unknown>): Promise<void> {
    // Done also without a backend: hosts must not go on copying because of that.
    const stateId = await store.addSeedState(seedId, action, { evenIfClosed: true }).catch(() => null);
    try {
      await work();
    } catch (thrown) {
      logger.warn({ seedId, action, error: messageOf(thrown) }, 'a seed left something behind');
      if (stateId !== null) await error(stateId, messageOf(thrown));
    }
  }

  return {
    error,
    afterwards,
    async abortOnHosts(seedId, agents) {
      await Promise.all(
        agents.map((agent) =>
          afterwards(seedId, SEED_WORDS.abort(agent.hostname), () =>
            client.order(agent, { kind: 'abort-seed', seedId }),
          ),
        ),
      );
    },
  };
}
