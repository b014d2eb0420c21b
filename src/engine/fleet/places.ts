import type { AliasPattern } from '../../model/cluster-alias.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import type { Position, ServerRecord } from '../../model/server-record.ts';
import {
  deriveClusterPositions,
  derivePositions,
  judgeBelow,
  placeBelow,
  type TopologyInput,
} from '../../model/topology.ts';
import { parentKeyOf } from '../../model/topology-edges.ts';
import type { IntentSnapshot } from '../ports.ts';
import { keepUnchanged } from './same-position.ts';
import type { UuidIndex } from './uuid-index.ts';

/**
 * Where every server stands among the others. A change of one server places anew only the clusters it touches, so that the work of
 * discovering a fleet grows with its servers and not with their square.
 */
export interface Places {
  /** By `host:port`; also of servers that are known only because others name them as their source. */
  of(name: string): Position | undefined;
  /** The cluster of a server, which is its own name while it has no place. */
  clusterOf(name: string): string;
  /** Places the whole fleet, as after a change of what people decided. */
  deriveAll(): void;
  /** Places what changes of these servers touch: the clusters they were in, come into, or share a uuid with. */
  deriveAround(changes: readonly ServerChange[]): void;
  /** Places the cluster of a server that was read, at most once in a while: aliases may follow, and sets of GTIDs grow. */
  refresh(key: InstanceKey, nowMs: number): void;
  /**
   * Each reading of a source judges what is below it: right then its set is the newer one. Were it left to refresh, a replica that is
   * always read after its source and before the next look would never be judged.
   */
  judgeReplicasOf(source: Instance): void;
  /**
   * The store's word on errant transactions counts until both readings it takes are here and the source's is the newer one. Of a server
   * whose source was never read nothing can be errant. Whole clusters must be placed anew afterwards. @returns of whom it has changed.
   */
  takeOverErrants(records: readonly ServerRecord[]): readonly InstanceKey[];
}

/** One server, as it was known and as it is known now; null: not at all, or never read. */
export interface ServerChange {
  readonly key: InstanceKey;
  readonly before: Instance | null;
  readonly after: Instance | null;
}

/** What places are derived from; it is the fleet's. */
export interface PlacesDeps {
  readonly uuids: UuidIndex;
  /** Names of all servers. */
  names(): Iterable<string>;
  /** null for one that is not among them. */
  serverAt(name: string): { readonly key: InstanceKey; readonly instance: Instance | null } | null;
  intent(): IntentSnapshot;
  aliasPatterns(): readonly AliasPattern[];
  /** False when the source's reading is older than the server's. */
  canCompareGtid(server: Instance, source: Instance): boolean;
}

const REFRESH_MS = 1_000;

export function createPlaces(deps: PlacesDeps): Places {
  const { uuids } = deps;
  const positions = new Map<string, Position>();
  const members = new Map<string, Set<string>>();
  const refreshedAtMs = new Map<string, number>();
  /** Readings in which nothing was errant, and by which source: nor is it by any later reading of that one, whose set only grows. */
  const foundHarmless = new WeakMap<Instance, string>();

  function put(name: string, position: Position): void {
    remove(name);
    positions.set(name, position);
    const mates = members.get(position.clusterName);
    if (mates === undefined) members.set(position.clusterName, new Set([name]));
    else mates.add(name);
  }

  function remove(name: string): void {
    const clusterName = positions.get(name)?.clusterName;
    if (clusterName === undefined) return;
    positions.delete(name);
    const mates = members.get(clusterName);
    mates?.delete(name);
    if (mates?.size === 0) {
      members.delete(clusterName);
      refreshedAtMs.delete(clusterName);
    }
  }

  function inputOf(names: Iterable<string>): TopologyInput {
    const instances = new Map<string, Instance>();
    const unseenKeys: InstanceKey[] = [];
    for (const name of names) {
      const server = deps.serverAt(name);
      if (server === null) continue;
      if (server.instance === null) unseenKeys.push(server.key);
      else instances.set(name, server.instance);
    }
    return {
      instances,
      unseenKeys,
      intent: deps.intent(),
      aliasPatterns: deps.aliasPatterns(),
      previous: positions,
      canCompareGtid: deps.canCompareGtid,
    };
  }

  /** `names` must be whole clusters; those that turn out to be no part of the fleet any more lose their place. */
  function placeAnew(names: ReadonlySet<string>): void {
    const bearers = [...names].flatMap((name) => uuids.bearersOf(deps.serverAt(name)?.instance?.serverUuid ?? null));
    const derived = deriveClusterPositions(inputOf(new Set([...names, ...bearers])), [...names]);
    for (const name of names) if (!derived.has(name)) remove(name);
    for (const [name, position] of keepUnchanged(positions, derived))
      if (positions.get(name) !== position) put(name, position);
  }

  function isSourceRead(instance: Instance | null): boolean {
    const source = instance === null ? null : parentKeyOf(instance);
    return source !== null && deps.serverAt(formatKey(source))?.instance != null;
  }

  const clusterOf = (name: string): string => positions.get(name)?.clusterName ?? name;

  /**
   * A server that is read for the first time, below one that has its place, and has nothing below itself: the usual case while a cluster
   * is discovered, in which nobody else's place changes. False when it is not so simple, and nothing was done.
   */
  function placeNewcomer({ key, before, after }: ServerChange): boolean {
    const parent = before !== null || after === null || after.group !== null ? null : parentKeyOf(after);
    if (after === null || parent === null) return false;
    const [name, parentName] = [formatKey(key), formatKey(parent)];
    const [source, above] = [deps.serverAt(parentName)?.instance ?? null, positions.get(parentName)];
    const isAlone = (members.get(clusterOf(name))?.size ?? 0) <= (positions.has(name) ? 1 : 0);
    const isOnlyBearer = uuids.bearersOf(after.serverUuid).every((bearer) => bearer === name);
    if (source === null || above === undefined || !isAlone || !isOnlyBearer) return false;
    const placed = placeBelow(after, source, above, { previous: positions, canCompareGtid: deps.canCompareGtid });
    if (placed === null) return false;
    put(name, placed.server);
    put(parentName, placed.source);
    return true;
  }

  return {
    of: (name) => positions.get(name),
    clusterOf,
    deriveAll() {
      const derived = derivePositions(inputOf(deps.names()));
      const kept = keepUnchanged(positions, derived);
      positions.clear();
      members.clear();
      refreshedAtMs.clear();
      for (const [name, position] of kept) put(name, position);
    },
    deriveAround(changes) {
      const [only] = changes;
      if (changes.length === 1 && only !== undefined && placeNewcomer(only)) return;
      const touched = new Set<string>();
      for (const { key, before, after } of changes) {
        touched.add(formatKey(key));
        for (const instance of [before, after]) {
          const parent = instance === null ? null : parentKeyOf(instance);
          if (parent !== null) touched.add(formatKey(parent));
          for (const bearer of uuids.bearersOf(instance?.serverUuid ?? null)) touched.add(bearer);
        }
      }
      const names = new Set(touched);
      for (const cluster of new Set([...touched].map(clusterOf)))
        for (const mate of members.get(cluster) ?? []) names.add(mate);
      placeAnew(names);
    },
    refresh(key, nowMs) {
      const clusterName = clusterOf(formatKey(key));
      if (nowMs - (refreshedAtMs.get(clusterName) ?? 0) < REFRESH_MS) return;
      placeAnew(new Set(members.get(clusterName)));
      refreshedAtMs.set(clusterName, nowMs);
    },
    judgeReplicasOf(source) {
      const judge = formatKey(source.key);
      const position = positions.get(judge);
      const errantOf = ({ key }: Instance): string => positions.get(formatKey(key))?.errantGtid ?? '';
      if (position === undefined || (position.replicas.length === 0 && source.group === null)) return;
      const below = [...(members.get(position.clusterName) ?? [])].flatMap((name) => {
        const instance = deps.serverAt(name)?.instance ?? null;
        if (instance === null || (foundHarmless.get(instance) === judge && errantOf(instance) === '')) return [];
        const parent = parentKeyOf(instance);
        return parent !== null && sameKey(parent, source.key) ? [instance] : [];
      });
      for (const [name, judged] of judgeBelow(source, below, positions)) put(name, judged);
      for (const instance of below) if (errantOf(instance) === '') foundHarmless.set(instance, judge);
    },
    takeOverErrants(records) {
      const changed: InstanceKey[] = [];
      for (const { key, instance, position } of records) {
        const name = formatKey(key);
        const known = positions.get(name);
        if ((known?.errantGtid ?? '') === position.errantGtid || !isSourceRead(instance)) continue;
        put(name, known === undefined ? position : { ...known, errantGtid: position.errantGtid });
        changed.push(key);
      }
      return changed;
    },
  };
}
