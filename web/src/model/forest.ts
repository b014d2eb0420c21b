import type { InstanceJson } from '../api/types.ts';
import { nameOf } from './key.ts';
import { isDeposed, isLostInRecovery, sourceNameOf } from './state.ts';

/** One server with the servers that replicate from it, in drawing order. */
export interface TreeNode {
  readonly name: string;
  readonly instance: InstanceJson;
  readonly children: readonly TreeNode[];
}

/** Natural order of names, so that db2 stands before db10. */
const byName = new Intl.Collator('en', { numeric: true }).compare;

const sizeOf = (node: TreeNode): number => node.children.reduce((sum, child) => sum + sizeOf(child), 1);

/** The smaller the more it looks like the head of the cluster. */
function rootRank(node: TreeNode): number {
  if (isLostInRecovery(node.instance) || isDeposed(node.instance)) return 3;
  if (!node.instance.IsLastCheckValid) return 2;
  return node.instance.ReadOnly ? 1 : 0;
}

/**
 * Builds trees out of a flat list, by each server's source address. A server whose source is unknown, detached or itself
 * becomes a root; a ring (co-primaries) is opened at its writable member, or else at the first by name, so that every
 * server appears exactly once. Roots are ordered by how much they look like the cluster's head, children by name with
 * those first that have replicas of their own.
 */
export function buildForest(instances: readonly InstanceJson[]): readonly TreeNode[] {
  const byServer = new Map(instances.map((instance) => [nameOf(instance.Key), instance]));
  const sorted = [...byServer.entries()].sort(([a], [b]) => byName(a, b));
  const replicasOf = new Map<string, string[]>();
  const roots: string[] = [];
  for (const [name, instance] of sorted) {
    const source = instance.IsDetachedMaster ? null : sourceNameOf(instance);
    if (source === null || source === name || !byServer.has(source)) roots.push(name);
    else replicasOf.set(source, [...(replicasOf.get(source) ?? []), name]);
  }
  const drawn = new Set<string>();

  function grow(name: string): TreeNode {
    drawn.add(name);
    const instance = byServer.get(name) as InstanceJson;
    const children = (replicasOf.get(name) ?? []).filter((child) => !drawn.has(child)).map(grow);
    return {
      name,
      instance,
      children: children.sort((a, b) => Number(b.children.length > 0) - Number(a.children.length > 0)),
    };
  }

  const forest = roots.map(grow);
  const ringFirst = [...sorted].sort(([, a], [, b]) => Number(a.ReadOnly) - Number(b.ReadOnly));
  for (const [name, instance] of ringFirst) if (!drawn.has(name) && instance.IsCoMaster) forest.push(grow(name));
  for (const [name] of sorted) if (!drawn.has(name)) forest.push(grow(name));
  return forest.sort((a, b) => rootRank(a) - rootRank(b) || sizeOf(b) - sizeOf(a));
}
