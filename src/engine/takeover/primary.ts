import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { OrchestratorError } from '../../model/error.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { noAnalysisOf } from '../watch/no-analysis.ts';

/**
 * The only server of a cluster that follows nobody.
 * @throws OrchestratorError `no-single-primary`.
 */
export function primaryOf(fleet: Fleet, clusterName: string): InstanceKey {
  const heads = fleet
    .recordsOfCluster(clusterName)
    .filter(({ instance }) => instance !== null && instance.replication === null);
  const [head] = heads;
  if (head !== undefined && heads.length === 1) return head.key;
  const found = heads.length === 0 ? 'none' : heads.map(({ key }) => formatKey(key)).join(', ');
  throw new OrchestratorError(
    'no-single-primary',
    `cluster ${clusterName} must have exactly one server that follows no other, to hand its role over; found: ${found}`,
  );
}

/**
 * Historic: hooks and clients are told of an ordered change of primary as of a dead one.
 * @throws OrchestratorError `no-analysis`.
 */
export async function entryAsDead(
  key: InstanceKey,
  deps: { analyse(key: InstanceKey): Promise<AnalysisEntry | null> },
): Promise<AnalysisEntry> {
  const entry = await deps.analyse(key);
  if (entry !== null) return { ...entry, code: 'DeadMaster' };
  throw new OrchestratorError('no-analysis', noAnalysisOf(key));
}
