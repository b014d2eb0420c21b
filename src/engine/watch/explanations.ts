import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { Clock, Logger } from '../ports.ts';
import type { Explanation, LiveEvent } from '../use-cases.ts';

export interface Explanations {
  /** Says why something is, or is not, being done about a cluster. Repeating the same sentence tells nobody anew. */
  say(clusterName: string, primary: InstanceKey | null, verdict: Explanation['verdict'], sentence: string): void;
  /** The same about another server of the cluster than its primary. */
  sayOf(clusterName: string, server: InstanceKey, verdict: Explanation['verdict'], sentence: string): void;
  dropOf(clusterName: string, server: InstanceKey): void;
  drop(clusterName: string): void;
  /**
   * Of a cluster of which nothing else is to be said. A sentence of that kind is kept up to date (how many replicas follow changes all
   * the time), and only the first goes to the log; whatever else was said stays.
   */
  sayWell(clusterName: string, primary: InstanceKey, sentence: string): void;
  /** null when nothing was said of the cluster yet. */
  verdictOf(clusterName: string): Explanation['verdict'] | null;
  /** Clusters that are no more need no sentence that all is well, nor, after a while, how it became so. */
  dropGone(isThere: (clusterName: string) => boolean): void;
  list(): readonly Explanation[];
}

/** That a primary was replaced is said under the name of its cluster to come, before the successor was read. */
const RECOVERED_MS = 60_000;

/** One sentence per cluster, and one per server that is not its primary and in trouble, the latest; visible in API, page and log (design §3.3). */
export function createExplanations(deps: {
  readonly clock: Clock;
  readonly logger: Logger;
  emit(event: LiveEvent): void;
}): Explanations {
  const latest = new Map<string, Explanation>();
  function keep(name: string, explanation: Explanation): void {
    const { clusterName, verdict, sentence } = explanation;
    const before = latest.get(name);
    if (before?.sentence === sentence && before.verdict === verdict) return;
    latest.set(name, explanation);
    deps.logger.info({ cluster: clusterName, verdict, sentence }, 'decision');
    deps.emit({ kind: 'explanation', explanation });
  }
  function keepUp(explanation: Explanation): void {
    const before = latest.get(explanation.clusterName);
    if (before === undefined) keep(explanation.clusterName, explanation);
    else if (before.verdict === 'healthy' && before.sentence !== explanation.sentence) {
      latest.set(explanation.clusterName, explanation);
      deps.emit({ kind: 'explanation', explanation });
    }
  }
  const nameOf = (clusterName: string, server: InstanceKey): string => `${clusterName} ${formatKey(server)}`;
  return {
    say: (clusterName, primary, verdict, sentence) =>
      keep(clusterName, { clusterName, primary, verdict, sentence, atMs: deps.clock.now() }),
    sayOf: (clusterName, server, verdict, sentence) =>
      keep(nameOf(clusterName, server), {
        clusterName,
        primary: null,
        server,
        verdict,
        sentence,
        atMs: deps.clock.now(),
      }),
    dropOf: (clusterName, server) => void latest.delete(nameOf(clusterName, server)),
    drop: (clusterName) => void latest.delete(clusterName),
    sayWell: (clusterName, primary, sentence) =>
      keepUp({ clusterName, primary, verdict: 'healthy', sentence, atMs: deps.clock.now() }),
    verdictOf: (clusterName) => latest.get(clusterName)?.verdict ?? null,
    dropGone(isThere) {
      const now = deps.clock.now();
      for (const [name, { clusterName, verdict, atMs }] of [...latest]) {
        const isPast = verdict === 'healthy' || (verdict === 'recovered' && now - atMs > RECOVERED_MS);
        if (isPast && !isThere(clusterName)) latest.delete(name);
      }
    },
    list: () => [...latest.values()],
  };
}
