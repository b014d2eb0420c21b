import type { LoadedConfig } from '../config/load.ts';
import type { Clock, HookRunner, Leadership, Logger, Servers, Store } from '../engine/ports.ts';
import type { Orchestrator } from '../engine/use-cases.ts';
import type { Metrics } from '../outlet/metrics.ts';
import type { Timings } from '../outlet/timings.ts';
import { countRecoveries, createDebugVariables, type DebugVariables } from './debug-variables.ts';
import { openGraphite } from './graphite.ts';
import { meteredHooks, meteredServers, meteredStore, meterRecoveries } from './metered.ts';
import { createRecoveryLabels } from './recovery-labels.ts';
import { timedServers, timedStore, watchHealth, watchQueues } from './timed.ts';

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
  /** Follows the engine, and tells Graphite where one is configured; returns how to stop. */
  follow(orchestrator: Orchestrator, isContinuous: boolean): Promise<() => Promise<void>>;
}

export async function createObservation(
  deps: {
    readonly orchestrator: () => Orchestrator;
    readonly leadership: Leadership;
    readonly clock: Clock;
    readonly logger: Logger;
  },
  loaded: LoadedConfig,
): Promise<Observation> {
  const [{ createMetrics }, { createTimings }] = await Promise.all([
    import('../outlet/metrics.ts'),
    import('../outlet/timings.ts'),
  ]);
  const { orchestrator, leadership, clock } = deps;
  const { config } = loaded;
  let countRecovering = (): number => 0;
  let isHealthy = (): boolean => true;
  const metrics = createMetrics({
    countServers: () => orchestrator().fleet().records.length,
    countClusters: () => orchestrator().fleet().clusters().length,
    isLeader: () => leadership.isLeader(),
    kvStores: () => orchestrator().kv.states(),
    readiness: () => orchestrator().readiness.latest(),
  });
  const timings = createTimings(clock.now, {
    retentionSeconds: config.DiscoveryCollectionRetentionSeconds,
    queueSamples: config.DiscoveryQueueMaxStatisticsSize,
  });
  const variables = createDebugVariables({
    isLeader: () => leadership.isLeader(),
    isHealthy: () => isHealthy(),
    queueLength: () => orchestrator().discoveryQueues().healthy.queued,
    deadQueueLength: () => orchestrator().discoveryQueues().dead?.queued ?? 0,
    recentReadings: () => timings.discoveries(60).length,
    countRecovering: () => countRecovering(),
  });
  const labels = createRecoveryLabels();
  const pollMs = config.InstancePollSeconds * 1000;
  return {
    metrics,
    timings,
    variables,
    timedStore: (store) => timedStore(store, timings, variables),
    meteredStore: (store) => labels.listening(meteredStore(store, metrics)),
    servers: (servers) => meteredServers(timedServers(servers, timings, variables, pollMs), metrics),
    hooks: (runner) => meteredHooks(runner, metrics),
    async follow(engine, isContinuous) {
      const recovering = countRecoveries(engine, variables, labels);
      countRecovering = recovering.count;
      const health = watchHealth(engine, clock);
      isHealthy = health.isHealthy;
      const stops = [meterRecoveries(engine, metrics, labels), recovering.stop, health.stop];
      if (isContinuous) stops.push(watchQueues(engine, timings, clock));
      const graphite = isContinuous ? await openGraphite(loaded, { ...deps, ...variables }) : null;
      return async () => {
        await graphite?.close();
        for (const stop of stops) stop();
      };
    },
  };
}
