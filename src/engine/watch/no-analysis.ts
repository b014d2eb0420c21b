import { formatKey, type InstanceKey } from '../../model/instance-key.ts';

/** Why the analysis has no entry for a known server, and what a person can do: there are these two reasons. */
export const noAnalysisOf = (key: InstanceKey): string =>
  `${formatKey(key)} has no analysis: it is in maintenance (end-maintenance -i ${formatKey(key)} ends that), or RecoveryIgnoreHostnameFilters match it`;
