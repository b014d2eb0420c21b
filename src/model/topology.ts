import {
  type AliasPattern,
  type ClusterIntent,
  type ClusterVoice,
  clusterAliasOf,
  clusterDomainOf,
} from './cluster-alias.ts';
import { type ErrantContext, errantGtid } from './errant.ts';
import { OrchestratorError } from './error.ts';
import { type GtidSet, parseGtidSet } from './gtid-set.ts';
import type { Instance } from './instance.ts';
import { compareKeys, formatKey, type InstanceKey } from './instance-key.ts';
import { namesakesIn } from './same-server.ts';
import { isPrimaryRecord, type Position, type ServerRecord } from './server-record.ts';
import { buildEdges, groupPrimaryAbove, sortNames, type TopologyEdges, topsAbove } from './topology-edges.ts';

/** All that positions are derived from. Maps are by `host:port` or by cluster name. */
export interface TopologyInput {
  readonly instances: ReadonlyMap<string, Instance>;
  /** Servers that never answered and still need a place (seeds). Sources known only by name are found by themselves. */
  readonly unseenKeys: readonly InstanceKey[];
  readonly intent: ClusterIntent;
  readonly aliasPatterns: readonly AliasPattern[];
  /** The last positions; keeps the name of a pair of co-primaries stable. */
  readonly previous?: ReadonlyMap<string, Position>;
  /** See errant.ts for which ones are safe to name. */
  readonly formerPrimaryUuids?: readonly string[];
  /**
   * False when the source's reading is older than the server's: their sets cannot be compared and the last known answer stays.
   * Without it every pair is compared.
   */
  readonly canCompareGtid?: (server: Instance, source: Instance) => boolean;
}

/**
 * The place of every server: seen, expected, or known only because another names it as its source. A dead primary that never
 * answered is thereby the top of its replicas' cluster (historically each of them made a cluster of its own).
 *
 * A cluster is named after its top. Two servers that replicate from each other are co-primaries: the name stays with the one that
 * has it, else the smaller key; that one has depth 0, the other 1. Longer rings are opened at the same place, without
 * co-primaries. Detached replicas are tops of their own.
 */
export function derivePositions(input: TopologyInput): ReadonlyMap<string, Position> {
  const edges = buildEdges(input.instances, input.unseenKeys);
  return derive(input, edges, [...edges.keys.keys()]);
}

/**
 * As derivePositions, but only for the clusters to which these servers belong now. A name (`host:port`) that is not known is left out.
 * The work grows with the number of instances given: a large fleet gives just those of the clusters concerned, the one that the
 * changed server was in and the one that its source is in. Members it has left behind must be among the names.
 */
export function deriveClusterPositions(input: TopologyInput, names: readonly string[]): ReadonlyMap<string, Position> {
  const edges = buildEdges(input.instances, input.unseenKeys);
  return derive(
    input,
    edges,
    names.filter((name) => edges.keys.has(name)),
  );
}

function derive(input: TopologyInput, edges: TopologyEdges, names: readonly string[]): Map<string, Position> {
  const positions = new Map<string, Position>();
  const parse = rememberingParse();
  const namesakes = namesakesIn(input.instances);
  for (const name of names) {
    if (positions.has(name)) continue;
    const tops = topsAbove(edges, name);
    placeCluster(input, edges, nameTop(tops, edges, input.previous), parse, namesakes, positions);
  }
  return positions;
}

/** Which of the servers at the top gives the cluster its name. */
function nameTop(
  tops: readonly string[],
  edges: TopologyEdges,
  previous: ReadonlyMap<string, Position> | undefined,
): string {
  const named = new Set(tops.map((top) => previous?.get(top)?.clusterName ?? '').filter((name) => tops.includes(name)));
  const [keeper] = named.size === 1 ? named : sortNames([...tops], edges.keys);
  return keeper ?? '';
}

/** Where a server stands in its cluster, before what the cluster has in common is known. */
interface Place {
  readonly name: string;
  readonly key: InstanceKey;
  readonly depth: number;
  readonly uuids: readonly string[];
  readonly isCoPrimary: boolean;
}

/** Derives one cluster from its top down and puts its members into `positions`. */
function placeCluster(
  input: TopologyInput,
  edges: TopologyEdges,
  clusterName: string,
  parse: (text: string) => GtidSet,
  namesakes: ReadonlyMap<string, readonly InstanceKey[]>,
  positions: Map<string, Position>,
): void {
  const places = placesBelow(input, edges, clusterName);
  const replicasOf = new Map(places.map(({ name }) => [name, replicaKeys(input, edges, name)]));
  const voices: ClusterVoice[] = [];
  for (const { name, depth } of places) {
    const instance = input.instances.get(name);
    if (instance !== undefined) voices.push({ instance, depth, countReplicas: replicasOf.get(name)?.length ?? 0 });
  }
  const clusterAlias = clusterAliasOf(clusterName, voices, input.intent, input.aliasPatterns);
  const clusterDomain = clusterDomainOf(clusterName, voices, input.intent);
  for (const place of places) {
    const sharesUuidWith = namesakes.get(place.name);
    positions.set(place.name, {
      ...(sharesUuidWith === undefined ? {} : { sharesUuidWith }),
      clusterName,
      clusterAlias,
      clusterDomain,
      depth: place.depth,
      isCoPrimary: place.isCoPrimary,
      ancestryUuid: place.uuids.join(','),
      errantGtid: errantOf(input, edges, place, parse),
      replicas: replicasOf.get(place.name) ?? [],
    });
  }
}

/** All servers of a cluster, the top first, each behind its parent. Depth first without recursion: chains may be long. */
function placesBelow(input: TopologyInput, edges: TopologyEdges, top: string): readonly Place[] {
  const places = new Map<string, Place>();
  const waiting: { readonly name: string; readonly above: Place | null }[] = [{ name: top, above: null }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { name, above } = next;
    const key = edges.keys.get(name);
    // The edge that closes a ring leads to the top again.
    if (key === undefined || places.has(name)) continue;
    const isCoPrimary = followsBack(input, edges, name);
    const uuids = ancestryOf(input, edges, name, isCoPrimary ? null : above);
    const place: Place = { name, key, depth: above === null ? 0 : above.depth + 1, uuids, isCoPrimary };
    places.set(name, place);
    for (const child of edges.children.get(name)?.toReversed() ?? []) waiting.push({ name: child, above: place });
  }
  return [...places.values()];
}

/** True when the server's source is also its replica, both by replication (members of one group are no co-primaries). */
function followsBack(input: TopologyInput, edges: TopologyEdges, name: string): boolean {
  const parent = edges.parents.get(name);
  if (parent === undefined || edges.parents.get(parent) !== name) return false;
  return [name, parent].every((end) => {
    const instance = input.instances.get(end);
    return instance === undefined || groupPrimaryAbove(instance) === null;
  });
}

/**
 * Uuids from the top down to this server, then its group's name (group transactions carry it); servers without uuid, as all of
 * MariaDB, are left out. For a source that never answered its replica tells the uuid. Co-primaries: the other's, then the own one.
 */
function ancestryOf(input: TopologyInput, edges: TopologyEdges, name: string, above: Place | null): readonly string[] {
  const instance = input.instances.get(name);
  const parent = edges.parents.get(name);
  const source = parent === undefined ? undefined : input.instances.get(parent);
  const uuids = [...(above?.uuids ?? [])];
  if (parent !== undefined && (above === null || source === undefined)) {
    uuids.push(source?.serverUuid ?? instance?.replication?.sourceUuid ?? '');
  }
  uuids.push(instance?.serverUuid ?? '', instance?.group?.groupName ?? '');
  return [...new Set(uuids)].filter((uuid) => uuid !== '');
}

/** Direct replicas by replication, sorted; group secondaries stand below their primary but do not replicate from it. */
function replicaKeys(input: TopologyInput, edges: TopologyEdges, name: string): readonly InstanceKey[] {
  const keys: InstanceKey[] = [];
  for (const child of edges.children.get(name) ?? []) {
    const instance = input.instances.get(child);
    if (instance?.replication != null && formatKey(instance.replication.source) === name) keys.push(instance.key);
  }
  return keys;
}

function errantOf(input: TopologyInput, edges: TopologyEdges, place: Place, parse: (text: string) => GtidSet): string {
  const server = input.instances.get(place.name);
  const source = input.instances.get(edges.parents.get(place.name) ?? '');
  if (server === undefined || source === undefined) return '';
  const lastKnown = input.previous?.get(place.name)?.errantGtid ?? '';
  if (input.canCompareGtid?.(server, source) === false) return lastKnown;
  const context: ErrantContext = {
    ancestryUuids: place.uuids,
    formerPrimaryUuids: input.formerPrimaryUuids ?? [],
    isCoPrimary: place.isCoPrimary,
    parse,
  };
  return errantOrLastKnown(server, source, context, lastKnown);
}

/**
 * A server that comes in directly below one that has its place, and has nothing below itself, no group, and a uuid of its own: the
 * positions of both, as derivePositions would have them; nobody else's changes. null where the alias of the cluster may change by what
 * the newcomer suggests, or by its source having one replica more.
 */
export function placeBelow(
  server: Instance,
  source: Instance,
  above: Position,
  input: Pick<TopologyInput, 'previous' | 'canCompareGtid'>,
): { readonly server: Position; readonly source: Position } | null {
  const mayRename = ({ classification: { suggestedClusterAlias: alias } }: Instance): boolean =>
    alias !== '' && alias !== above.clusterAlias;
  if (mayRename(server) || mayRename(source)) return null;
  const uuids = [...above.ancestryUuid.split(','), server.serverUuid ?? ''].filter((uuid) => uuid !== '');
  const lastKnown = input.previous?.get(formatKey(server.key))?.errantGtid ?? '';
  const context: ErrantContext = { ancestryUuids: uuids, formerPrimaryUuids: [], isCoPrimary: false };
  const isComparable = input.canCompareGtid?.(server, source) !== false;
  const { clusterName, clusterAlias, clusterDomain } = above;
  return {
    server: {
      clusterName,
      clusterAlias,
      clusterDomain,
      depth: above.depth + 1,
      isCoPrimary: false,
      ancestryUuid: [...new Set(uuids)].join(','),
      errantGtid: isComparable ? errantOrLastKnown(server, source, context, lastKnown) : lastKnown,
      replicas: [],
    },
    source: { ...above, replicas: [...above.replicas, server.key].sort(compareKeys) },
  };
}

/** One server's unreadable set must not keep a whole cluster from being placed. */
function errantOrLastKnown(server: Instance, source: Instance, context: ErrantContext, lastKnown: string): string {
  try {
    return errantGtid(server, source, context);
  } catch (error) {
    if (error instanceof OrchestratorError) return lastKnown;
    throw error;
  }
}

/**
 * The positions of the servers directly below a source, judged anew by its reading, which must be newer than theirs; those that
 * have not changed are left out.
 */
export function judgeBelow(
  source: Instance,
  below: readonly Instance[],
  positions: ReadonlyMap<string, Position>,
): Map<string, Position> {
  const parse = rememberingParse();
  const changed = new Map<string, Position>();
  for (const server of below) {
    const name = formatKey(server.key);
    const known = positions.get(name);
    if (known === undefined) continue;
    const ancestryUuids = known.ancestryUuid.split(',').filter((uuid) => uuid !== '');
    const context: ErrantContext = { ancestryUuids, formerPrimaryUuids: [], isCoPrimary: known.isCoPrimary, parse };
    const errant = errantOrLastKnown(server, source, context, known.errantGtid);
    if (errant !== known.errantGtid) changed.set(name, { ...known, errantGtid: errant });
  }
  return changed;
}

/** Replicas share their source: its set is read once per derivation. */
function rememberingParse(): (text: string) => GtidSet {
  const known = new Map<string, GtidSet>();
  return (text) => {
    const set = known.get(text) ?? parseGtidSet(text);
    known.set(text, set);
    return set;
  };
}

/** The servers of a cluster, the top first: by depth, then by key. */
export const effectiveMembers = (records: readonly ServerRecord[], clusterName: string): ServerRecord[] =>
  records
    .filter((record) => record.position.clusterName === clusterName)
    .sort((a, b) => a.position.depth - b.position.depth || compareKeys(a.key, b.key));

/**
 * The cluster's writable head: of the tops and co-primaries the one that is not read-only, else the one whose name the cluster
 * bears, else the first. It may be one that never answered; null when the cluster has no such server.
 */
export function primaryOf(records: readonly ServerRecord[], clusterName: string): ServerRecord | null {
  const heads = effectiveMembers(records, clusterName).filter(
    (record) =>
      record.position.isCoPrimary ||
      record.position.depth === 0 ||
      (record.instance !== null && isPrimaryRecord(record)),
  );
  const writable = heads.filter((record) => record.instance !== null && !record.instance.isReadOnly);
  if (writable.length === 1) return writable[0] ?? null;
  return heads.find((record) => formatKey(record.key) === clusterName) ?? heads[0] ?? null;
}
