import type { InstanceJson, KeyJson, RecoveryJson } from '../api/types.ts';
import { isNamed, nameOf } from '../model/key.ts';
import { isLostInRecovery, isReplica } from '../model/state.ts';

/**
 * A cluster bears its primary's name, so a failover renames it, and the old name stays with the dead server. These rules
 * let a page that was opened under the old name stay with the servers it showed.
 */

/** The cluster still has a head that serves, so servers that left were moved by somebody. */
const hasLivingHead = (now: readonly InstanceJson[]): boolean =>
  now.some((instance) => !isReplica(instance) && instance.IsLastCheckValid && !isLostInRecovery(instance));

/** A former member to ask for its cluster, when most of those shown before have left a headless cluster; null: stay. */
export function leaverToFollow(before: readonly InstanceJson[], now: readonly InstanceJson[]): KeyJson | null {
  if (before.length < 2 || hasLivingHead(now)) return null;
  const present = new Set(now.map((instance) => nameOf(instance.Key)));
  const gone = before.filter((instance) => !present.has(nameOf(instance.Key)) && !isLostInRecovery(instance));
  const isMostGone = gone.length * 2 >= before.length - 1 && now.length < before.length;
  return isMostGone ? (gone.find((instance) => instance.IsLastCheckValid)?.Key ?? gone[0]?.Key ?? null) : null;
}

/** The successor to follow when only servers lost in a recovery answer to a name; null when there is none. */
export function successorToFollow(now: readonly InstanceJson[], recoveries: readonly RecoveryJson[]): KeyJson | null {
  if (now.length === 0 || !now.every(isLostInRecovery)) return null;
  const lost = new Set(now.map((instance) => nameOf(instance.Key)));
  const recovery = recoveries.find(
    ({ AnalysisEntry, SuccessorKey }) => isNamed(SuccessorKey) && lost.has(nameOf(AnalysisEntry.AnalyzedInstanceKey)),
  );
  return recovery?.SuccessorKey ?? null;
}

/** The recoveries that concern these servers: of a name the cluster has or had, or by which one of them was promoted. Newest first. */
export function recoveriesOf(
  all: readonly RecoveryJson[],
  names: ReadonlySet<string>,
  members: ReadonlySet<string>,
): readonly RecoveryJson[] {
  const found = new Map<number, RecoveryJson>();
  for (const recovery of all) {
    const { AnalysisEntry, SuccessorKey } = recovery;
    const isOfName = names.has(AnalysisEntry.ClusterDetails.ClusterName);
    const isOfMember =
      members.has(nameOf(AnalysisEntry.AnalyzedInstanceKey)) ||
      (isNamed(SuccessorKey) && members.has(nameOf(SuccessorKey)));
    if (isOfName || isOfMember) found.set(recovery.Id, recovery);
  }
  return [...found.values()].sort((a, b) => b.Id - a.Id);
}

/** Failed servers of those recoveries that are not among the members: shown beside the tree while they are lost. */
export function relicKeys(recoveries: readonly RecoveryJson[], members: ReadonlySet<string>): readonly KeyJson[] {
  const keys = new Map<string, KeyJson>();
  for (const { AnalysisEntry } of recoveries) {
    const key = AnalysisEntry.AnalyzedInstanceKey;
    if (isNamed(key) && !members.has(nameOf(key))) keys.set(nameOf(key), key);
  }
  return [...keys.values()].slice(0, 5);
}
