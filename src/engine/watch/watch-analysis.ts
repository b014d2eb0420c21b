import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { formatCoordinates } from '../../model/coordinates.ts';
import { isReplicating } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Clock, ServerStore, StaleCoordinates } from '../ports.ts';
import type { Detections } from '../recovery/detections.ts';
import type { Analyser } from './analyser.ts';
import type { Changelog } from './changelog.ts';
import type { Explanations } from './explanations.ts';

/** A suspicion younger than this is still being investigated: the codes of the moment are not a detection yet. */
const SETTLED_MS = 1_000;

/**
 * The slow side of analysis, once a second: every code that stands is a failure detection (with its hooks), and every change of
 * a server's code goes to the changelog. Dead primaries come here too, when nothing may be done about them.
 */
export function createAnalysisWatch(deps: {
  readonly analyser: Analyser;
  readonly detections: Detections;
  readonly explanations: Explanations;
  readonly changelog: Changelog;
  readonly servers: Pick<ServerStore, 'noteStaleCoordinates'>;
  /** What the backend held of coordinates that stand still when we started. */
  readonly stale: readonly StaleCoordinates[];
  readonly clock: Clock;
  suspectedSinceMs(key: InstanceKey): number | null;
  isBeingRecovered(key: InstanceKey): boolean;
  recordOf(key: InstanceKey): ServerRecord | null;
  recordsOfCluster(clusterName: string): readonly ServerRecord[];
  /** An operation of ours is changing this server just now. */
  isBeingMoved(key: InstanceKey): boolean;
  newUid(): string;
  /** A verdict, before anything is awaited: a closer look may be taken at once. */
  onSeen(entry: AnalysisEntry): void;
  /** A verdict that stands: whoever can mend what it says may begin. */
  onStanding(entry: AnalysisEntry): void;
}): { run(): Promise<void> } {
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

  /** Since when a possibly locked primary stands still is for others to read, and for us after a restart. */
  const noted = new Map(deps.stale.map(({ key, file, position }) => [formatKey(key), `${file}:${position}`]));
  async function noteStillness({ view, code }: AnalysisEntry): Promise<void> {
    const name = formatKey(view.key);
    const isLocked = code === 'LockedSemiSyncMaster' || code === 'LockedSemiSyncMasterHypothesis';
    const now = isLocked && view.ownCoordinates !== null ? formatCoordinates(view.ownCoordinates) : undefined;
    if (now === noted.get(name)) return;
    await deps.servers.noteStaleCoordinates(view.key, now === undefined ? null : view.ownCoordinates);
    if (now === undefined) noted.delete(name);
    else noted.set(name, now);
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

  return {
    async run() {
      deps.explanations.dropGone((clusterName) => deps.recordsOfCluster(clusterName).length > 0);
      const entries = deps.analyser.analyse({ includeDowntimed: true, includeNoProblem: true }).filter(isSettled);
      for (const entry of entries) if (!entry.isSkippableDueToDowntime && !isBeingRearranged(entry)) deps.onSeen(entry);
      for (const entry of entries) {
        const { view, isSkippableDueToDowntime } = entry;
        if (deps.isBeingRecovered(view.key)) continue;
        if (view.isClusterPrimary && view.lastCheckValid) sayHealthy(entry);
        await deps.changelog.note(entry);
        await noteStillness(entry);
        if (!isSkippableDueToDowntime && !isBeingRearranged(entry)) {
          await deps.detections.detect(entry, deps.newUid(), false);
          deps.onStanding(entry);
        }
      }
    },
  };
}
