import { messageOf, OrchestratorError } from '../../model/error.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { AgentSeeds, SeedPlan } from '../agent-seeds/agent-seeds.ts';
import type {
  AgentClient,
  AgentOrder,
  AgentRecord,
  AgentStatus,
  AgentStore,
  AuditStore,
  HostAttribute,
  HostAttributeStore,
  Logger,
  SeedFilter,
  SeedRecord,
  SeedState,
} from '../ports.ts';

/** An agent, and what it says now; null when that is not known. */
export interface KnownAgent {
  readonly record: AgentRecord;
  readonly status: AgentStatus | null;
}

/** The agents on the hosts of servers. All but `isServed` fail with `agents-not-served` unless ServeAgentsHttp is set. */
export interface AgentUseCases {
  readonly isServed: boolean;
  list(): Promise<readonly AgentRecord[]>;
  /** Asks the agent, and notes what it told. @throws OrchestratorError `unknown-agent`, `agent-unreachable`, `agent-refused`. */
  ask(hostname: string): Promise<KnownAgent>;
  /** Tells an agent to do something. Its answer, and what it says then. @throws as ask(). */
  order(hostname: string, order: AgentOrder): Promise<{ readonly answer: string; readonly agent: KnownAgent }>;
  /** Begins to copy the data folder of one host to another. The seed's id. @throws OrchestratorError `seed-refused`. */
  seed(targetHost: string, sourceHost: string): Promise<number>;
  /** What seed() would do, and the conditions it depends on; changes nothing. */
  planSeed(targetHost: string, sourceHost: string): Promise<SeedPlan>;
  seeds(filter: SeedFilter): Promise<readonly SeedRecord[]>;
  seedStates(seedId: number): Promise<readonly SeedState[]>;
  /** Closes an open seed as failed, and stops it on both hosts. @throws OrchestratorError `unknown-seed`. */
  abortSeed(seedId: number): Promise<void>;
  /** An agent registers itself. */
  submit(agent: InstanceKey & { readonly token: string }): Promise<void>;
  setAttribute(hostname: string, name: string, value: string): Promise<void>;
  attributes(name: string, valueMatch: RegExp | null): Promise<readonly HostAttribute[]>;
}

const nobody = (): Promise<never> =>
  Promise.reject(new OrchestratorError('agent-unreachable', 'No agents are spoken to from here'));

/** Where no agents are spoken to. */
export const NO_AGENTS: AgentClient = {
  status: nobody,
  order: nobody,
  mysqlDiskUsage: nobody,
  seedCommand: nobody,
  close: async () => undefined,
};

export interface AgentsDeps {
  readonly store: AgentStore;
  readonly attributes: HostAttributeStore;
  readonly client: AgentClient;
  readonly copies: AgentSeeds;
  readonly auditLog: AuditStore;
  readonly logger: Logger;
}

export interface AgentsSettings {
  /** ServeAgentsHttp. */
  readonly isServed: boolean;
  /** AgentPollMinutes, milliseconds. */
  readonly pollMs: number;
  /** UnseenAgentForgetHours. */
  readonly unseenHours: number;
}

export interface Agents extends AgentUseCases {
  /** Asks every agent; called by a tick. */
  poll(): Promise<void>;
  /** Drops agents that have outlived their time and ends stale seeds; called by a tick. */
  expire(): Promise<void>;
  /** Stops the seeds of this process. */
  close(): Promise<void>;
}

export function createAgents(deps: AgentsDeps, settings: AgentsSettings): Agents {
  const { store, client, copies, auditLog, logger } = deps;

  function requireServed(): void {
    if (!settings.isServed) throw new OrchestratorError('agents-not-served', 'Agents not served');
  }

  async function find(hostname: string): Promise<AgentRecord> {
    requireServed();
    const found = (await store.readAgents()).find((agent) => agent.hostname === hostname);
    if (found !== undefined) return found;
    throw new OrchestratorError('unknown-agent', `No agent of ${hostname} has registered; start it there`);
  }

  async function askNow(record: AgentRecord): Promise<KnownAgent> {
    const status = await client.status(record);
    await store.noteAnswer(
      record.hostname,
      status.mysqlPort,
      status.volumes.filter(({ isSnapshot }) => isSnapshot).length,
    );
    return { record, status };
  }

  return {
    isServed: settings.isServed,
    async list() {
      requireServed();
      return store.readAgents();
    },
    ask: async (hostname) => askNow(await find(hostname)),
    async order(hostname, order) {
      const record = await find(hostname);
      await auditLog.write(`agent-${order.kind}`, null, '', `agent of ${hostname}: ${JSON.stringify(order)}`);
      const answer = await client.order(record, order);
      // The order was obeyed; that the agent is slow to tell what is now must not look like a failure.
      const agent = await askNow(record).catch((thrown: unknown) => {
        logger.warn(
          { agent: hostname, error: messageOf(thrown) },
          'an agent obeyed, and did not tell how things stand',
        );
        return { record, status: null };
      });
      return { answer, agent };
    },
    async seeds(filter) {
      requireServed();
      return store.readSeeds(filter);
    },
    async seedStates(seedId) {
      requireServed();
      return store.readSeedStates(seedId);
    },
    async seed(targetHost, sourceHost) {
      requireServed();
      return copies.begin(targetHost, sourceHost);
    },
    async planSeed(targetHost, sourceHost) {
      requireServed();
      return copies.plan(targetHost, sourceHost);
    },
    async abortSeed(seedId) {
      requireServed();
      return copies.abort(seedId);
    },
    async expire() {
      await store.forgetAgents(settings.unseenHours);
      await copies.failStale();
    },
    close: copies.close,
    async poll() {
      for (const record of await store.readAgents()) {
        await askNow(record).catch((thrown: unknown) =>
          logger.warn({ agent: record.hostname, error: messageOf(thrown) }, 'an agent does not answer'),
        );
      }
    },
    async submit(agent) {
      requireServed();
      await store.submit(agent);
      logger.info({ agent: formatKey(agent) }, 'an agent registered');
    },
    async setAttribute(hostname, name, value) {
      requireServed();
      await deps.attributes.putAttribute({ hostname, name, value });
    },
    async attributes(name, valueMatch) {
      requireServed();
      const found = await deps.attributes.readAttributes({ name });
      return valueMatch === null ? found : found.filter(({ value }) => valueMatch.test(value));
    },
  };
}
