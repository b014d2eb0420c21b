import type { AnalysisView } from '../../analysis/analysis-entry.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import type { Succession } from '../kv/incumbent.ts';

/** What a cluster is called. */
export type ClusterIdentity = Pick<AnalysisView, 'clusterName' | 'clusterAlias' | 'clusterDomain'>;

/** Whether an alias is published for another cluster (KvService). */
export type IsOfAnother = (succession: Succession) => Promise<boolean>;

/**
 * The names of a cluster that follow to its new primary. A copy of another cluster's data suggests that one's alias and domain: they
 * stay there. '' for none.
 */
export async function ownIdentity(
  { clusterName, clusterAlias, clusterDomain, key }: ClusterIdentity & Pick<AnalysisView, 'key'>,
  successor: InstanceKey,
  isOfAnother: IsOfAnother,
): Promise<ClusterIdentity> {
  if (clusterAlias === '' || clusterAlias === clusterName) return { clusterName, clusterAlias: '', clusterDomain };
  const isCopied = await isOfAnother({ alias: clusterAlias, clusterName, demoted: key, successor });
  return isCopied ? { clusterName, clusterAlias: '', clusterDomain: '' } : { clusterName, clusterAlias, clusterDomain };
}
