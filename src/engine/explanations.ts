import type { InstanceKey } from '../model/instance-key.ts';
import type { Clock, Logger } from './ports.ts';
import type { Explanation, LiveEvent } from './use-cases.ts';

export interface Explanations {
  /** Says why something is, or is not, being done about a cluster. Repeating the same sentence tells nobody anew. */
  say(clusterName: string, primary: InstanceKey | null, verdict: Explanation['verdict'], sentence: string): void;
  drop(clusterName: string): void;
  /** null when nothing was said of the cluster yet. */
  verdictOf(clusterName: string): Explanation['verdict'] | null;
  list(): readonly Explanation[];
}

/** One sentence per cluster, the latest; visible in API, page and log (design §3.3). */
export function createExplanations(deps: {
  readonly clock: Clock;
  readonly logger: Logger;
  emit(event: LiveEvent): void;
}): Explanations {
  const latest = new Map<string, Explanation>();
  return {
    say(clusterName, primary, verdict, sentence) {
      const before = latest.get(clusterName);
      if (before?.sentence === sentence && before.verdict === verdict) return;
      const explanation: Explanation = { clusterName, primary, verdict, sentence, atMs: deps.clock.now() };
      latest.set(clusterName, explanation);
      deps.logger.info({ cluster: clusterName, verdict, sentence }, 'decision');
      deps.emit({ kind: 'explanation', explanation });
    },
    drop: (clusterName) => void latest.delete(clusterName),
    verdictOf: (clusterName) => latest.get(clusterName)?.verdict ?? null,
    list: () => [...latest.values()],
  };
}
