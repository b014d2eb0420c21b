import { compareKeys, formatKey } from '../model/instance-key.ts';
import { LOST_IN_RECOVERY } from '../model/lost-in-recovery.ts';
import type { ServerRecord } from '../model/server-record.ts';

/** Order of a cluster's listing: host name, port. */
export const byKey = (a: ServerRecord, b: ServerRecord): number => compareKeys(a.key, b.key);

/** Order of listings over all clusters: depth, most replicas first, cluster, host name, port. */
export function byDepth(a: ServerRecord, b: ServerRecord): number {
  return (
    a.position.depth - b.position.depth ||
    b.position.replicas.length - a.position.replicas.length ||
    compareText(a.position.clusterName, b.position.clusterName) ||
    byKey(a, b)
  );
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Substring search over host name, host:port, cluster and its alias, version, server id; '' finds everything. In `byDepth` order. */
export function searchRecords(records: readonly ServerRecord[], text: string): readonly ServerRecord[] {
  const found = records.filter((record) => text === '' || searchable(record).some((value) => value.includes(text)));
  return found.sort(byDepth);
}

function searchable(record: ServerRecord): readonly string[] {
  const { instance } = record;
  const known = instance === null ? [] : [instance.version.text, instance.version.comment, String(instance.serverId)];
  const { clusterName, clusterAlias } = record.position;
  return [formatKey(record.key), clusterName, clusterAlias, ...known];
}

/** Writable heads: one per cluster, in order of cluster name. */
export function writablePrimaries(records: readonly ServerRecord[]): readonly ServerRecord[] {
  const byCluster = groupByCluster(records);
  return [...byCluster.keys()]
    .sort()
    .map((clusterName) => clusterPrimary(byCluster.get(clusterName) ?? []))
    .filter((record) => record !== null)
    .filter(isWritable);
}

function groupByCluster(records: readonly ServerRecord[]): Map<string, ServerRecord[]> {
  const groups = new Map<string, ServerRecord[]>();
  for (const record of records) {
    const group = groups.get(record.position.clusterName);
    if (group === undefined) groups.set(record.position.clusterName, [record]);
    else group.push(record);
  }
  return groups;
}

/**
 * The head of one cluster; of several a writable one, one that answers, the highest. null when none was ever read. One that is read-only
 * counts as well (historic): operators of Kubernetes ask for it in order to open it.
 */
export function clusterPrimary(records: readonly ServerRecord[]): ServerRecord | null {
  const heads = records
    .filter((record) => record.instance !== null && (record.position.depth === 0 || record.position.isCoPrimary))
    .sort(
      (a, b) =>
        Number(isWritable(b)) - Number(isWritable(a)) ||
        failures(a) - failures(b) ||
        a.position.depth - b.position.depth ||
        byKey(a, b),
    );
  return heads[0] ?? null;
}

const isWritable = ({ instance }: ServerRecord): boolean => instance !== null && !instance.isReadOnly;
const failures = (record: ServerRecord): number => (record.check.failure === null ? 0 : 1);

/** Servers in downtime now, in order of their keys. */
export const downtimedRecords = (records: readonly ServerRecord[], nowMs: number): readonly ServerRecord[] =>
  records.filter((record) => (record.intent.downtime?.endAtMs ?? 0) > nowMs).sort(byKey);

/** Servers that a recovery left behind. */
export const lostInRecovery = (records: readonly ServerRecord[], nowMs: number): readonly ServerRecord[] =>
  downtimedRecords(records, nowMs).filter((record) => record.intent.downtime?.reason === LOST_IN_RECOVERY);
