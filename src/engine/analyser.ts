import { analyse } from '../analysis/analyse.ts';
import type { AnalysisEntry } from '../analysis/analysis-entry.ts';
import type { AnalysisSettings } from '../analysis/analysis-settings.ts';
import type { BinlogCoordinates } from '../model/coordinates.ts';
import { compareCoordinates } from '../model/coordinates.ts';
import { formatKey } from '../model/instance-key.ts';
import type { Fleet } from './fleet.ts';
import type { Clock } from './ports.ts';
import type { AnalyseOptions } from './use-cases.ts';

export interface AnalyserSettings extends AnalysisSettings {
  /** How long a primary's coordinates must stand still before a locked semi-sync primary is certain. */
  readonly lockedSemiSyncMs: number;
}

export interface Analyser {
  analyse(options: AnalyseOptions): readonly AnalysisEntry[];
}

/** The rules over the live model; remembers since when coordinates stand still. */
export function createAnalyser(
  deps: { readonly fleet: Fleet; readonly clock: Clock },
  settings: AnalyserSettings,
): Analyser {
  const { fleet, clock } = deps;
  const still = new Map<string, { readonly coordinates: BinlogCoordinates; readonly sinceMs: number }>();

  function staleCoordinates(): ReadonlySet<string> {
    const stale = new Set<string>();
    for (const { key, instance } of fleet.records()) {
      const name = formatKey(key);
      const own = instance?.ownCoordinates ?? null;
      const known = still.get(name);
      if (own === null) still.delete(name);
      else if (known === undefined || compareCoordinates(known.coordinates, own) !== 0)
        still.set(name, { coordinates: own, sinceMs: clock.monotonicMs() });
      else if (clock.monotonicMs() - known.sinceMs >= settings.lockedSemiSyncMs) stale.add(name);
    }
    return stale;
  }

  return {
    analyse: (options) =>
      analyse(fleet.records(), { ...options, nowMs: clock.now(), settings, staleCoordinates: staleCoordinates() }),
  };
}
