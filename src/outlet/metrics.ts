import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What the program counts. Names are those that dashboards of existing orchestrators read. */
export interface Metrics {
  discoveryEnded(outcome: 'answered' | 'failed', elapsedMs: number): void;
  recoveryEnded(type: string, result: 'success' | 'failure', elapsedMs: number): void;
  failureDetected(type: string): void;
  hookEnded(list: string, result: 'success' | 'failure', elapsedMs: number): void;
  /** The page of /metrics, and its content type. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
  close(): Promise<void>;
}

/** Read when the page is asked for. */
export interface MetricsSources {
  readonly countServers: () => number;
  readonly countClusters: () => number;
  readonly isLeader: () => boolean;
  /** The key-value stores of the configuration; `problem` is null while all is well. */
  readonly kvStores: () => readonly { readonly name: string; readonly problem: string | null }[];
  /** What would come of the death of each cluster's primary. */
  readonly readiness: () => readonly { readonly clusterName: string; readonly verdict: string }[];
}

/** Discoveries take one to some hundred milliseconds, until their deadline. */
const DISCOVERY_BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
/** Recoveries take some tens of milliseconds, or as long as applying what was received. */
const RECOVERY_BUCKETS_SECONDS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300];

/** Counters, gauges and histograms in a registry of their own (nothing global). */
export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const discoveries = new Counter({
    name: 'orchestrator_discoveries_total',
    help: 'Readings of servers, good and bad.',
    registers,
  });
  const discoveryErrors = new Counter({
    name: 'orchestrator_discovery_errors_total',
    help: 'Readings of servers that failed.',
    registers,
  });
  const discoverySeconds = new Histogram({
    name: 'orchestrator_discovery_duration_seconds',
    help: 'Time of one reading of a server.',
    buckets: DISCOVERY_BUCKETS_SECONDS,
    registers,
  });
  const recoveries = new Counter({
    name: 'orchestrator_recoveries_total',
    help: 'Recoveries that were attempted.',
    labelNames: ['type', 'result'],
    registers,
  });
  const recoverySeconds = new Histogram({
    name: 'orchestrator_recovery_duration_seconds',
    help: 'Time of one recovery.',
    buckets: RECOVERY_BUCKETS_SECONDS,
    registers,
  });
  const detections = new Counter({
    name: 'orchestrator_failure_detections_total',
    help: 'Failures that were detected and registered.',
    labelNames: ['type'],
    registers,
  });
  const hooks = new Counter({
    name: 'orchestrator_hooks_total',
    help: 'Hook lists that were run.',
    labelNames: ['list', 'result'],
    registers,
  });
  const hookSeconds = new Histogram({
    name: 'orchestrator_hook_duration_seconds',
    help: 'Time of one hook list.',
    buckets: RECOVERY_BUCKETS_SECONDS,
    registers,
  });
  gauge('orchestrator_instances_total', 'Servers that are known.', sources.countServers);
  gauge('orchestrator_clusters_total', 'Clusters that are known.', sources.countClusters);
  gauge('orchestrator_is_leader', '1 when this node may act, else 0.', () => (sources.isLeader() ? 1 : 0));

  new Gauge({
    name: 'orchestrator_failover_readiness',
    help: 'If the primary of the cluster died now: 2 it would be replaced, 1 it would, but something is amiss, 0 it would not.',
    labelNames: ['cluster'],
    registers,
    collect() {
      this.reset();
      for (const { clusterName, verdict } of sources.readiness())
        this.set({ cluster: clusterName }, verdict === 'ready' ? 2 : verdict === 'degraded' ? 1 : 0);
    },
  });

  new Gauge({
    name: 'orchestrator_kv_store_failing',
    help: '1 while a key-value store cannot be told who is primary, else 0.',
    labelNames: ['store'],
    registers,
    collect() {
      for (const { name, problem } of sources.kvStores()) this.set({ store: name }, problem === null ? 0 : 1);
    },
  });

  function gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  }

  return {
    discoveryEnded(outcome, elapsedMs) {
      discoveries.inc();
      if (outcome === 'failed') discoveryErrors.inc();
      discoverySeconds.observe(elapsedMs / 1000);
    },
    recoveryEnded(type, result, elapsedMs) {
      recoveries.inc({ type, result });
      recoverySeconds.observe(elapsedMs / 1000);
    },
    failureDetected: (type) => detections.inc({ type }),
    hookEnded(list, result, elapsedMs) {
      hooks.inc({ list, result });
      hookSeconds.observe(elapsedMs / 1000);
    },
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    close() {
      registry.clear();
      return Promise.resolve();
    },
  };
}
