import { analyse } from '../../analysis/analyse.ts';
import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import type { AnalysisSettings } from '../../analysis/analysis-settings.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { isPrimaryRecord } from '../../model/server-record.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Clock, StaleCoordinates } from '../ports.ts';
import type { AnalyseOptions } from '../use-cases.ts';

export interface AnalyserSettings extends AnalysisSettings {
  /** How long a primary's coordinates must stand still before a locked semi-sync primary is certain. */
  readonly lockedSemiSyncMs: number;
}

export interface Analyser {
  analyse(options: AnalyseOptions): readonly AnalysisEntry[];
  /** Takes over what the backend knows of coordinates that stand still, from an earlier process or from other programs. */
  remember(stale: readonly StaleCoordinates[]): void;
}

interface Stillness {
  readonly file: string;
  readonly position: number;
  /** Of the monotonic clock. */
  readonly sinceMs: number;
}

/** A semi-sync primary with too few replicas for a commit: only then does it count that coordinates stand still. */
function isShortOfSemiSync(record: ServerRecord): boolean {
  const semiSync = record.instance?.semiSync;
  return (
    semiSync !== undefined &&
    isPrimaryRecord(record) &&
    semiSync.sourceEnabled &&
    semiSync.sourceActive &&
    semiSync.connectedReplicas < semiSync.waitForReplicaCount
  );
}

/** Where a log stands that nobody was told of. */
const UNTOLD = { file: '', position: 0 };

/** The rules over the live model; remembers since when the coordinates of possibly locked primaries stand still. */
export function createAnalyser(
  deps: { readonly fleet: Fleet; readonly clock: Clock },
  settings: AnalyserSettings,
): Analyser {
  const { fleet, clock } = deps;
  const still = new Map<string, Stillness>();

  function staleCoordinates(): ReadonlySet<string> {
    const stale = new Set<string>();
    for (const record of fleet.records()) {
      const name = formatKey(record.key);
      if (!isShortOfSemiSync(record)) {
        still.delete(name);
        continue;
      }
      const known = still.get(name);
      // A MariaDB server does not tell while commits wait; nothing is added to its log then.
      const own = record.instance?.ownCoordinates ?? known ?? UNTOLD;
      if (known?.file !== own.file || known.position !== own.position)
        still.set(name, { file: own.file, position: own.position, sinceMs: clock.monotonicMs() });
      else if (clock.monotonicMs() - known.sinceMs >= settings.lockedSemiSyncMs) stale.add(name);
    }
    return stale;
  }

  return {
    analyse: (options) =>
      analyse(fleet.records(), { ...options, nowMs: clock.now(), settings, staleCoordinates: staleCoordinates() }),
    remember(stale) {
      for (const { key, file, position, firstSeenAtMs } of stale) {
        const sinceMs = clock.monotonicMs() - (clock.now() - firstSeenAtMs);
        still.set(formatKey(key), { file, position, sinceMs });
      }
    },
  };
}
