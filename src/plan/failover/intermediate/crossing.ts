import type { Instance } from '../../../model/instance.ts';
import { formatKey } from '../../../model/instance-key.ts';

export interface CrossingSettings {
  /** PreventCrossDataCenterMasterFailover. */
  readonly preventCrossDataCenter: boolean;
  /** PreventCrossRegionMasterFailover. */
  readonly preventCrossRegion: boolean;
}

/** Why a server may not take over from another because of where it stands, as the end of a sentence; null when it may. */
export function crossing(failed: Instance, other: Instance, settings: CrossingSettings): string | null {
  const [was, is] = [failed.classification, other.classification];
  if (settings.preventCrossDataCenter && was.dataCenter !== is.dataCenter)
    return `is in data centre "${is.dataCenter}", ${formatKey(failed.key)} was in "${was.dataCenter}" (PreventCrossDataCenterMasterFailover)`;
  if (settings.preventCrossRegion && was.region !== is.region)
    return `is in region "${is.region}", ${formatKey(failed.key)} was in "${was.region}" (PreventCrossRegionMasterFailover)`;
  return null;
}
