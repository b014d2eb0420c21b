import type { Instance } from './instance.ts';
import { compareKeys, formatKey, type InstanceKey, isUsableKey, sameKey } from './instance-key.ts';

/** Who hangs below whom, by names (`host:port`). Every server has at most one parent, so the graph is trees and rings with trees. */
export interface TopologyEdges {
  /** All servers: seen, expected, and those known only because others name them as their source. */
  readonly keys: ReadonlyMap<string, InstanceKey>;
  readonly parents: ReadonlyMap<string, string>;
  /** Sorted by key; servers without children are not in it. */
  readonly children: ReadonlyMap<string, readonly string[]>;
}

/**
 * The primary of its group that this server stands below, whatever the group calls it: one that was expelled has no role. null for
 * the primary, and outside of groups.
 */
export function groupPrimaryAbove({ key, group }: Instance): InstanceKey | null {
  if (group === null || group.primary === null || group.memberRole === 'PRIMARY') return null;
  return sameKey(group.primary, key) ? null : group.primary;
}

/**
 * The server that this one stands below in the tree: its group's primary for another member, else its source. null for the
 * top of a tree, for a detached replica (source `//host`: a top of its own, historic) and for one that follows itself.
 */
export function parentKeyOf(instance: Instance): InstanceKey | null {
  const parent = groupPrimaryAbove(instance) ?? instance.replication?.source ?? null;
  return parent !== null && isUsableKey(parent) && !sameKey(parent, instance.key) ? parent : null;
}

/** Builds the edges among the instances. `unseenKeys` are servers that never answered but shall have a place as well. */
export function buildEdges(
  instances: ReadonlyMap<string, Instance>,
  unseenKeys: readonly InstanceKey[],
): TopologyEdges {
  const keys = new Map<string, InstanceKey>();
  const parents = new Map<string, string>();
  const children = new Map<string, string[]>();
  for (const key of unseenKeys) keys.set(formatKey(key), key);
  for (const instance of instances.values()) keys.set(formatKey(instance.key), instance.key);
  for (const instance of instances.values()) {
    const parent = parentKeyOf(instance);
    if (parent === null) continue;
    const [name, parentName] = [formatKey(instance.key), formatKey(parent)];
    if (!keys.has(parentName)) keys.set(parentName, parent);
    parents.set(name, parentName);
    const siblings = children.get(parentName);
    if (siblings === undefined) children.set(parentName, [name]);
    else siblings.push(name);
  }
  for (const siblings of children.values()) sortNames(siblings, keys);
  return { keys, parents, children };
}

/** Sorts names in place by hostname, then port. */
export function sortNames(names: string[], keys: ReadonlyMap<string, InstanceKey>): string[] {
  return names.sort((a, b) => {
    const [keyA, keyB] = [keys.get(a), keys.get(b)];
    return keyA === undefined || keyB === undefined ? 0 : compareKeys(keyA, keyB);
  });
}

/**
 * Walks up from a server. Out: the names at the top, one for a tree, all members of the ring (two for co-primaries) where the
 * walk comes back to itself.
 */
export function topsAbove(edges: TopologyEdges, name: string): readonly string[] {
  const path: string[] = [];
  const placeOf = new Map<string, number>();
  let current = name;
  while (true) {
    const place = placeOf.get(current);
    if (place !== undefined) return path.slice(place);
    placeOf.set(current, path.length);
    path.push(current);
    const parent = edges.parents.get(current);
    if (parent === undefined) return [current];
    current = parent;
  }
}
