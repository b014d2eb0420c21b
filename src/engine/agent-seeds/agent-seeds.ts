import { OrchestratorError } from '../../model/error.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import type { AgentClient, AgentStore, AuditStore, Clock, Logger, SeedRecord } from '../ports.ts';
import type { GatherSeed } from './gather-seed.ts';
import { judgeSeed, type SeedVerdict } from './judge-seed.ts';
import { runSeed, type SeedRun } from './run-seed.ts';
import { createSeedNotes } from './seed-notes.ts';
import { plannedSteps } from './seed-plan.ts';
import type { SeedStepsSettings } from './seed-steps.ts';
import { SEED_WORDS } from './seed-words.ts';

/** Who asks to stop waits at most so long until the hosts have been told; a program that ends as well. */
const ENOUGH_MS = 10_000;

const STOPPED = 'orchestrator was stopped, and nobody would watch the copy any more';

export interface SeedPlan {
  /** Conditions that hold, in the order they are looked at. */
  readonly held: readonly string[];
  /** The first that does not; null: all hold. */
  readonly refusal: string | null;
  /** What would be done, as the states would say; none when refused. */
  readonly steps: readonly string[];
}

export interface AgentSeedsDeps {
  readonly store: AgentStore;
  readonly client: AgentClient;
  readonly gather: GatherSeed;
  readonly auditLog: AuditStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A server has got new data and was started. */
  onSeeded(server: InstanceKey): void;
}

export interface AgentSeedsSettings extends SeedStepsSettings {
  /** StaleSeedFailMinutes. */
  readonly staleSeedMinutes: number;
}

/** Copies the data folder of one host to another by their agents, in the background. */
export interface AgentSeeds {
  /** What begin() would do; changes nothing. */
  plan(targetHost: string, sourceHost: string): Promise<SeedPlan>;
  /** The id of the seed, which goes on by itself. @throws OrchestratorError `seed-refused` with the condition that does not hold. */
  begin(targetHost: string, sourceHost: string): Promise<number>;
  /** Closes an open seed as failed and stops it on both hosts, whoever began it. @throws OrchestratorError `unknown-seed`. */
  abort(seedId: number): Promise<void>;
  /** Ends seeds without news for too long, also those of a process that died. Called by a tick. */
  failStale(): Promise<void>;
  /** Stops what this process copies, on the hosts as well; within a bound, for a program that ends. */
  close(): Promise<void>;
}

export function createAgentSeeds(deps: AgentSeedsDeps, settings: AgentSeedsSettings): AgentSeeds {
  const { store, client, gather, auditLog, clock, logger } = deps;
  const notes = createSeedNotes({ store, client, logger });
  const running = new Map<number, SeedRun>();
  let isClosed = false;

  const refuse = (refusal: string): never => {
    throw new OrchestratorError('seed-refused', `${refusal}; nothing was done`);
  };

  async function judge(targetHost: string, sourceHost: string, ownSeedId: number | null): Promise<SeedVerdict> {
    return judgeSeed(await gather(targetHost, sourceHost, ownSeedId));
  }

  /** Of another process, or of one that died: both hosts are told, as far as they are known. */
  async function stopElsewhere({ seedId, targetHostname, sourceHostname }: SeedRecord): Promise<void> {
    const hostnames = [targetHostname, sourceHostname];
    const agents = (await store.readAgents()).filter(({ hostname }) => hostnames.includes(hostname));
    await notes.abortOnHosts(seedId, agents);
  }

  async function atMostEnough(work: Promise<unknown>): Promise<void> {
    const timer = new AbortController();
    await Promise.race([work, clock.sleep(ENOUGH_MS, timer.signal)]);
    timer.abort();
  }

  /** A seed goes on, and is told, also while the audit cannot be written. */
  const audit = (message: string): Promise<void> =>
    auditLog
      .write('agent-seed', null, '', message)
      .catch((thrown: unknown) => logger.error({ err: thrown, message }, 'a seed could not be audited'));

  async function stop(seed: SeedRecord, reason: OrchestratorError): Promise<void> {
    const run = running.get(seed.seedId);
    if (run === undefined) return stopElsewhere(seed);
    run.stop(reason);
    await atMostEnough(run.ended);
  }

  async function follow(run: SeedRun, what: string, server: InstanceKey): Promise<void> {
    const isSuccessful = await run.ended;
    running.delete(run.seedId);
    if (isSuccessful && server.port > 0) deps.onSeeded(server);
    await audit(`seed ${run.seedId}, ${what}: ${isSuccessful ? 'completed' : 'failed'}`);
  }

  return {
    async plan(targetHost, sourceHost) {
      const verdict = await judge(targetHost, sourceHost, null);
      if (verdict.kind === 'refused') return { held: verdict.held, refusal: verdict.refusal, steps: [] };
      return { held: verdict.held, refusal: null, steps: plannedSteps(verdict, settings) };
    },

    async begin(targetHost, sourceHost) {
      const verdict = await judge(targetHost, sourceHost, null);
      if (verdict.kind === 'refused') return refuse(verdict.refusal);
      const hostnames = [targetHost, sourceHost];
      const ending = [...running.values()].find((run) => run.hostnames.some((name) => hostnames.includes(name)));
      if (ending !== undefined) return refuse(`seed ${ending.seedId} is still being ended on its hosts; try again`);
      const begun = await store.beginSeed(targetHost, sourceHost);
      if (begun.kind === 'busy') return refuse(`seed ${begun.other.seedId} began on one of the hosts just now`);
      const { seedId } = begun;
      if (isClosed) {
        await store.failSeed(seedId, SEED_WORDS.failed, STOPPED);
        return refuse(STOPPED);
      }
      const what = `${targetHost} from ${sourceHost}`;
      logger.info({ seedId, target: targetHost, source: sourceHost }, 'a seed begins');
      const judgeAgain = (): Promise<SeedVerdict> => judge(targetHost, sourceHost, seedId);
      const run = runSeed({ store, client, clock, logger, notes, judgeAgain }, settings, { seedId, ...verdict });
      running.set(seedId, run);
      const server = { hostname: verdict.target.address, port: verdict.target.status.mysqlPort };
      void follow(run, what, server);
      await audit(`seed ${seedId}, ${what}: begun`);
      return seedId;
    },

    async abort(seedId) {
      const [seed] = await store.readSeeds({ seedId });
      if (seed === undefined || !(await store.failSeed(seedId, 'Aborted', 'by request')))
        throw new OrchestratorError('unknown-seed', `No seed ${seedId} is under way`);
      await auditLog.write('abort-seed', null, '', `seed ${seedId}`);
      await stop(seed, new OrchestratorError('seed-stopped', `seed ${seedId} was aborted by request`));
    },

    async failStale() {
      for (const seed of await store.failStaleSeeds(settings.staleSeedMinutes)) {
        const { seedId } = seed;
        logger.warn({ seedId }, 'a seed had no news for too long and has failed');
        await stop(seed, new OrchestratorError('seed-stopped', `seed ${seedId} had no news for too long`));
      }
    },

    async close() {
      isClosed = true;
      const runs = [...running.values()];
      if (runs.length === 0) return;
      for (const run of runs) run.stop(new OrchestratorError('seed-stopped', STOPPED));
      await atMostEnough(Promise.all(runs.map(({ ended }) => ended)));
      // Closed also when its hosts kept us waiting; of one that has ended this does nothing.
      for (const { seedId } of runs) await store.failSeed(seedId, SEED_WORDS.failed, STOPPED);
    },
  };
}
