import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { isReplicating } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Clock } from '../ports.ts';
import type { Analyser } from './analyser.ts';
import type { Explanations } from './explanations.ts';
import { createVerdictHandling, type VerdictDeps, verdictName } from './handle-verdict.ts';

/** A suspicion younger than this is still being investigated: the codes of the moment are not a detection yet. */
const SETTLED_MS = 1_000;

/**
 * The slow side of analysis, once a second: every code that stands is a failure detection (with its hooks), and every change of
 * a server's code goes to the changelog. Dead primaries come here too, when nothing may be done about them.
 */
export function createAnalysisWatch(
  deps: Omit<VerdictDeps, 'newest'> & {
    readonly analyser: Analyser;
    readonly explanations: Explanations;
    readonly clock: Clock;
    suspectedSinceMs(key: InstanceKey): number | null;
    recordOf(key: InstanceKey): ServerRecord | null;
    recordsOfCluster(clusterName: string): readonly ServerRecord[];
    /** An operation of ours is changing this server just now. */
    isBeingMoved(key: InstanceKey): boolean;
    /** A verdict, before anything is awaited: a closer look may be taken at once. */
    onSeen(entry: AnalysisEntry): void;
  },
): {
  /**
   * One pass. It is over at once; what it began (records, hooks) may take long, and whoever waits for that waits for this promise.
   * It never rejects.
   */
  run(): Promise<void>;
} {
  /** What the last pass found, well or ill, that neither a downtime nor an operation excuses. */
  let unexcused: ReadonlyMap<string, AnalysisEntry> = new Map();
  const handling = createVerdictHandling({ ...deps, newest: (name) => unexcused.get(name) ?? null });

  /** A cluster that was never in trouble has its sentence, too. */
  function sayHealthy({ view }: AnalysisEntry): void {
    const name = formatKey(view.key);
    const { countValidReplicatingReplicas: following, countReplicas: all } = view;
    const sentence =
      all === 0
        ? `${name} answers; it has no replicas.`
        : `${name} answers; ${following} of ${all} replicas follow it.`;
    deps.explanations.sayWell(view.clusterName, view.key, sentence);
  }

  /**
   * A server that answers, whose silent replicas are all being moved by an operation, or in maintenance (an operation of another
   * process, or somebody at work). That they are silent is no failure of the server, and no matter for its hooks.
   */
  function isBeingRearranged({ view }: AnalysisEntry): boolean {
    if (!view.lastCheckValid) return false;
    const silent = view.replicas
      .map(deps.recordOf)
      .filter((record) => record?.instance != null && !isReplicating(record.instance));
    return (
      silent.length > 0 &&
      silent.every((record) => record?.intent.inMaintenance || (record !== null && deps.isBeingMoved(record.key)))
    );
  }

  function isSettled({ view: { key } }: AnalysisEntry): boolean {
    const since = deps.suspectedSinceMs(key);
    const suspectedMs = since === null ? null : deps.clock.now() - since;
    // Below zero: the wall clock was set back meanwhile, which must not hold the detection up for as long.
    const isYoung = suspectedMs !== null && suspectedMs >= 0 && suspectedMs < SETTLED_MS;
    return !isYoung && !deps.isBeingRecovered(key);
  }

  const isUnexcused = (entry: AnalysisEntry): boolean => !entry.isSkippableDueToDowntime && !isBeingRearranged(entry);

  return {
    run() {
      deps.explanations.dropGone((clusterName) => deps.recordsOfCluster(clusterName).length > 0);
      const entries = deps.analyser.analyse({ includeDowntimed: true, includeNoProblem: true }).filter(isSettled);
      unexcused = new Map(entries.filter(isUnexcused).map((entry) => [verdictName(entry), entry]));
      for (const entry of unexcused.values()) deps.onSeen(entry);
      for (const entry of entries) if (entry.view.isClusterPrimary && entry.view.lastCheckValid) sayHealthy(entry);
      return Promise.all(entries.map(handling.handle)).then(() => undefined);
    },
  };
}
