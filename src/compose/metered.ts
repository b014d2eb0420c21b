import type { HookRunner, Servers, Store } from '../engine/ports.ts';
import type { Orchestrator } from '../engine/use-cases.ts';
import type { Metrics } from '../outlet/metrics.ts';
import type { RecoveryLabels } from './recovery-labels.ts';

/** The same servers; every full reading is counted with its time. */
export const meteredServers = (servers: Servers, metrics: Metrics): Servers => ({
  ...servers,
  async probe(key, request) {
    const startedMs = performance.now();
    const outcome = await servers.probe(key, request);
    if (request.depth === 'full') metrics.discoveryEnded(outcome.kind, performance.now() - startedMs);
    return outcome;
  },
});

/** The same hooks; every list that was run is counted. */
export const meteredHooks = (runner: HookRunner, metrics: Metrics): HookRunner => ({
  async run(list, context) {
    const startedMs = performance.now();
    const result = await runner.run(list, context);
    const word = result.kind === 'succeeded' ? 'success' : 'failure';
    metrics.hookEnded(context.listName, word, performance.now() - startedMs);
    return result;
  },
});

/** The same store; every new failure detection is counted. */
export const meteredStore = (store: Store, metrics: Metrics): Store => ({
  ...store,
  recoveries: {
    ...store.recoveries,
    async registerDetection(detection) {
      const registered = await store.recoveries.registerDetection(detection);
      if (registered.isNew) metrics.failureDetected(detection.analysis);
      return registered;
    },
  },
});

/** Counts recoveries from the live stream; returns how to stop. */
export function meterRecoveries(orchestrator: Orchestrator, metrics: Metrics, labels: RecoveryLabels): () => void {
  const startedMs = new Map<string, number>();
  return orchestrator.onLiveEvent((event) => {
    if (event.kind !== 'recovery') return;
    if (event.state === 'started') {
      startedMs.set(event.uid, performance.now());
      return;
    }
    const elapsedMs = performance.now() - (startedMs.get(event.uid) ?? performance.now());
    startedMs.delete(event.uid);
    metrics.recoveryEnded(labels.labelOf(event.uid), event.state === 'succeeded' ? 'success' : 'failure', elapsedMs);
  });
}
