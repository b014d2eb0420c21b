import type { Clock, HookRunner, Leadership, Servers, Store } from '../engine/ports.ts';
import type { Orchestrator } from '../engine/use-cases.ts';
import type { Metrics } from '../outlet/metrics.ts';
import type { Timings, TimingsSettings } from '../outlet/timings.ts';
import { countRecoveries, createDebugVariables, type DebugVariables } from './debug-variables.ts';
import { meteredHooks, meteredServers, meteredStore, meterRecoveries } from './metered.ts';
import { timedServers, timedStore, watchQueues } from './timed.ts';

/** What is counted and timed while the program works; only a program that serves HTTP can show it, so only that one has it. */
export interface Observation {
  readonly metrics: Pick<Metrics, 'render'>;
  readonly timings: Timings;
  readonly variables: Pick<DebugVariables, 'render'>;
  /** The same store, timed; below what else is put over it. */
  timedStore(store: Store): Store;
  meteredStore(store: Store): Store;
  servers(servers: Servers): Servers;
  hooks(runner: HookRunner): HookRunner;
  /** Follows the engine; returns how to stop. */
  follow(orchestrator: Orchestrator, followsQueues: boolean): () => void;
}

export async function createObservation(
  deps: { readonly orchestrator: () => Orchestrator; readonly leadership: Leadership; readonly clock: Clock },
  settings: TimingsSettings,
): Promise<Observation> {
  const [{ createMetrics }, { createTimings }] = await Promise.all([
    import('../outlet/metrics.ts'),
    import('../outlet/timings.ts'),
  ]);
  const { orchestrator, leadership, clock } = deps;
  let countRecovering = (): number => 0;
  const metrics = createMetrics({
    countServers: () => orchestrator().fleet().records.length,
    countClusters: () => orchestrator().fleet().clusters().length,
    isLeader: () => leadership.isLeader(),
    kvStores: () => orchestrator().kv.states(),
    readiness: () => orchestrator().readiness.latest(),
  });
  const timings = createTimings(clock.now, settings);
  const variables = createDebugVariables({
    isLeader: () => leadership.isLeader(),
    queueLength: () => orchestrator().discoveryQueues().healthy.queued,
    recentReadings: () => timings.discoveries(60).length,
    countRecovering: () => countRecovering(),
  });
  return {
    metrics,
    timings,
    variables,
    timedStore: (store) => timedStore(store, timings, variables),
    meteredStore: (store) => meteredStore(store, metrics),
    servers: (servers) => meteredServers(timedServers(servers, timings, variables), metrics),
    hooks: (runner) => meteredHooks(runner, metrics),
    follow(engine, followsQueues) {
      const recovering = countRecoveries(engine, variables);
      countRecovering = recovering.count;
      const stops = [meterRecoveries(engine, metrics), recovering.stop];
      if (followsQueues) stops.push(watchQueues(engine, timings, clock));
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}
