import type { Clock, Servers, Store } from '../engine/ports.ts';
import type { Orchestrator } from '../engine/use-cases.ts';
import type { Timings } from '../outlet/timings.ts';
import type { DebugVariables } from './debug-variables.ts';

const SAMPLE_MS = 1_000;
const HEALTH_MS = 10_000;

/** Runs the work, and tells how long it took and whether it failed. */
async function timed<T>(work: () => Promise<T>, told: (elapsedMs: number, hasFailed: boolean) => void): Promise<T> {
  const startedMs = performance.now();
  let hasFailed = true;
  try {
    const result = await work();
    hasFailed = false;
    return result;
  } finally {
    told(performance.now() - startedMs, hasFailed);
  }
}

/** The same servers; the time of every full reading is kept for a while, and those that took longer than a poll are counted. */
export const timedServers = (
  servers: Servers,
  timings: Timings,
  variables: DebugVariables,
  pollMs: number,
): Servers => ({
  ...servers,
  async probe(key, request) {
    const startedMs = performance.now();
    const outcome = await servers.probe(key, request);
    if (request.depth === 'full') {
      const hasFailed = outcome.kind === 'failed';
      const elapsedMs = performance.now() - startedMs;
      timings.discovered({ ...key, elapsedMs, hasFailed });
      variables.count('discoveries.attempt');
      if (elapsedMs > pollMs) variables.count('discoveries.instance_poll_seconds_exceeded');
      variables.count(hasFailed ? 'discoveries.fail' : 'instance.read_topology');
    }
    return outcome;
  },
});

/** The same store; the times of writing servers and audit are kept for a while. */
export function timedStore(store: Store, timings: Timings, variables: DebugVariables): Store {
  const written = <T>(work: () => Promise<T>): Promise<T> =>
    timed(work, (elapsedMs, hasFailed) => timings.backendWritten({ elapsedMs, hasFailed }));
  const flushed = <T>(countServers: number, work: () => Promise<T>): Promise<T> =>
    timed(work, (elapsedMs, hasFailed) => {
      timings.backendWritten({ elapsedMs, hasFailed });
      timings.flushed({ countServers, elapsedMs });
      variables.count('instance.write');
    });
  return {
    ...store,
    servers: {
      ...store.servers,
      loadServers() {
        variables.count('instance.read');
        return store.servers.loadServers();
      },
      saveServers: (records) => flushed(records.length, () => store.servers.saveServers(records)),
      touchServers: (records) => flushed(records.length, () => store.servers.touchServers(records)),
    },
    audit: {
      ...store.audit,
      write(...entry) {
        variables.count('audit.write');
        return written(() => store.audit.write(...entry));
      },
    },
  };
}

/** Looks at the queues once a second; returns how to stop. */
export const watchQueues = (orchestrator: Orchestrator, timings: Timings, clock: Clock): (() => void) =>
  clock.every(SAMPLE_MS, () => {
    const { healthy, dead } = orchestrator.discoveryQueues();
    timings.queueSeen('DEFAULT', healthy);
    timings.queueSeen('DEADINSTANCES', dead ?? { active: 0, queued: 0 });
  });

/** Asks every ten seconds whether this node is healthy; true until it has been asked. */
export function watchHealth(orchestrator: Pick<Orchestrator, 'health'>, clock: Clock) {
  let isHealthy = true;
  const look = async (): Promise<void> => {
    isHealthy = await orchestrator.health().then(
      (report) => report.isHealthy,
      () => false,
    );
  };
  return { isHealthy: () => isHealthy, stop: clock.every(HEALTH_MS, () => void look()) };
}
