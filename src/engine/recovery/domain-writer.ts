import type { AnalysisView } from '../../analysis/analysis-entry.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import { GENERAL_ATTRIBUTE_HOST, type IntentStore } from '../ports.ts';

/**
 * Historic: the general attribute that bears the name of a cluster's domain (of the cluster, where it has none) says which server
 * takes its writes. `which-heuristic-domain-instance` prints it, and scripts read it from host_attributes.
 */
export const noteDomainWriter = (
  intent: Pick<IntentStore, 'putAttribute'>,
  { clusterDomain, clusterName }: Pick<AnalysisView, 'clusterDomain' | 'clusterName'>,
  writer: InstanceKey,
): Promise<void> =>
  intent.putAttribute({
    hostname: GENERAL_ATTRIBUTE_HOST,
    name: clusterDomain || clusterName,
    value: formatKey(writer),
  });
