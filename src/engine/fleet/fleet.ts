import type { AliasPattern } from '../../model/cluster-alias.ts';
import type { Instance } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { compareKeys, formatKey } from '../../model/instance-key.ts';
import type { CheckState, Intent, Position, ServerRecord } from '../../model/server-record.ts';
import { ALONE, NO_INTENT } from '../../model/server-record.ts';
import type { TopologyInput } from '../../model/topology.ts';
import { deriveClusterPositions, derivePositions } from '../../model/topology.ts';
import type { Emitter } from '../basis/emitter.ts';
import { createEmitter } from '../basis/emitter.ts';
import { groupBy } from '../basis/group-by.ts';
import { type Clock, type IntentSnapshot, type Logger, NOTHING_DECIDED } from '../ports.ts';
import { keepUnchanged } from './same-position.ts';
import { createUuidIndex } from './uuid-index.ts';

/** What another process found out or forgot, as the backend tells: nobody here writes it back. */
export type MirroredChange = 'mirrored' | 'dropped';

/** What changed in one update: the server, and the clusters it touches (two when it moved). */
export interface FleetChange {
  readonly key: InstanceKey;
  readonly clusters: readonly string[];
  readonly what: 'answered' | 'failed' | 'forgotten' | 'added' | 'intent' | MirroredChange;
}

/**
 * The live model: the latest good reading of every server and how we know it. One update touches one server, is atomic, and
 * tells at once which clusters it concerns; nothing waits for a tick. A failed probe never blanks what was known.
 */
export interface Fleet {
  /** Grows with every update. */
  version(): number;
  records(): readonly ServerRecord[];
  recordOf(key: InstanceKey): ServerRecord | null;
  recordsOfCluster(clusterName: string): readonly ServerRecord[];
  /** All servers that bear this uuid; none for null. */
  recordsOfUuid(uuid: string | null): readonly ServerRecord[];
  /** Takes over what the store remembers; knows nothing fresher yet. */
  adopt(records: readonly ServerRecord[]): void;
  /** Becomes what the store remembers, for a process that only looks on; what was read here since is kept. */
  mirror(records: readonly ServerRecord[]): void;
  /** A server known by name only. */
  add(key: InstanceKey): void;
  attempted(key: InstanceKey): void;
  answered(instance: Instance): void;
  /** A check failed. Of a server that is not known (any more) nothing is noted: a late failure must not bring it back. */
  failed(key: InstanceKey, failure: string, isPartial: boolean): void;
  forget(key: InstanceKey): boolean;
  setIntent(intent: IntentSnapshot): void;
  onChange(listener: (change: FleetChange) => void): () => void;
}

interface Entry {
  readonly key: InstanceKey;
  readonly instance: Instance | null;
  readonly check: CheckState;
}

/** A record, and what it was made of. While that is the same, the record is the same object. */
interface Built {
  readonly entry: Entry;
  readonly position: Position;
  readonly intent: IntentSnapshot;
  readonly record: ServerRecord;
}

/** All servers at one version. */
interface Snapshot {
  readonly version: number;
  readonly records: readonly ServerRecord[];
  readonly byCluster: ReadonlyMap<string, readonly ServerRecord[]>;
}

const ERRANT_REFRESH_MS = 1_000;

const NEVER_CHECKED: CheckState = {
  lastAttemptAtMs: null,
  lastCheckedAtMs: null,
  lastSeenAtMs: null,
  lastCheckPartialSuccess: false,
  failure: null,
};

/** What the place of a server among the others depends on; while it stays, positions need no new derivation. */
function structureOf(instance: Instance | null): string {
  if (instance === null) return '';
  const { replication, group, classification } = instance;
  return JSON.stringify([
    replication === null ? null : [replication.source, replication.sourceUuid],
    instance.serverUuid,
    instance.serverId,
    instance.ownPort ?? null,
    group === null ? null : [group.groupName, group.memberRole, group.primary],
    classification.suggestedClusterAlias,
    classification.clusterDomain,
    instance.executedGtid === '' ? '' : 'gtid',
  ]);
}

export function createFleet(
  deps: { readonly clock: Clock; readonly logger: Logger },
  /** Alias patterns may be replaced while we run; positions follow. */
  settings: { readonly aliasPatterns: readonly AliasPattern[] },
): Fleet {
  const { clock, logger } = deps;
  const entries = new Map<string, Entry>();
  let derivedWith = settings.aliasPatterns;
  let positions: ReadonlyMap<string, Position> = new Map();
  let intent: IntentSnapshot = NOTHING_DECIDED;
  const derivedAt = new Map<string, number>();
  const built = new Map<string, Built>();
  const uuids = createUuidIndex();
  let version = 0;
  let cached: Snapshot | null = null;
  /** The names of all servers in the order of their keys; null when one has come or gone. */
  let order: readonly string[] | null = null;
  let membersOf: ReadonlyMap<string, readonly string[]> | null = null;
  const changes: Emitter<FleetChange> = createEmitter((thrown) =>
    logger.error({ err: thrown }, 'a listener of the fleet failed'),
  );

  function topologyInput(names: Iterable<string>): TopologyInput {
    const instances = new Map<string, Instance>();
    const unseenKeys: InstanceKey[] = [];
    for (const name of names) {
      const entry = entries.get(name);
      if (entry === undefined) continue;
      if (entry.instance === null) unseenKeys.push(entry.key);
      else instances.set(name, entry.instance);
    }
    return {
      instances,
      unseenKeys,
      intent,
      aliasPatterns: settings.aliasPatterns,
      previous: positions,
      canCompareGtid,
    };
  }

  /** What a replica executed may be missing in an older reading of its source without being errant. */
  function canCompareGtid(server: Instance, source: Instance): boolean {
    const seenAt = (instance: Instance) => entries.get(formatKey(instance.key))?.check.lastSeenAtMs ?? 0;
    return seenAt(source) >= seenAt(server);
  }

  function derive(): void {
    derivedWith = settings.aliasPatterns;
    positions = keepUnchanged(positions, derivePositions(topologyInput(entries.keys())));
    membersOf = null;
    derivedAt.clear();
  }

  /** The servers of a cluster, and those elsewhere that bear a uuid of one of them: all that its positions depend on. */
  function concernedBy(clusterName: string): Iterable<string> {
    membersOf ??= groupBy([...positions.keys()], clusterOf);
    const members = membersOf.get(clusterName) ?? [];
    return new Set([
      ...members,
      ...members.flatMap((name) => uuids.bearersOf(entries.get(name)?.instance?.serverUuid ?? null)),
    ]);
  }

  /** Sets grow with every reading, so errant transactions are looked for again now and then. */
  function refreshErrant(key: InstanceKey): void {
    const clusterName = clusterOf(formatKey(key));
    const now = clock.monotonicMs();
    if (now - (derivedAt.get(clusterName) ?? 0) < ERRANT_REFRESH_MS) return;
    derivedAt.set(clusterName, now);
    const derived = deriveClusterPositions(topologyInput(concernedBy(clusterName)), [key]);
    positions = new Map([...positions, ...keepUnchanged(positions, derived)]);
  }

  const clusterOf = (name: string): string => positions.get(name)?.clusterName ?? name;

  /** Applies one update and tells about it. */
  function update(key: InstanceKey, what: FleetChange['what'], next: Entry | null): void {
    const name = formatKey(key);
    const before = entries.get(name) ?? null;
    const clusterBefore = clusterOf(name);
    uuids.replace(before?.instance ?? null, next?.instance ?? null);
    if (next === null) {
      entries.delete(name);
      built.delete(name);
    } else entries.set(name, next);
    if (before === null || next === null) order = null;
    version += 1;
    cached = null;
    const isSameStructure =
      before !== null && next !== null && structureOf(before.instance) === structureOf(next.instance);
    if (!isSameStructure) derive();
    else if (what === 'answered') refreshErrant(key);
    changes.emit({ key, what, clusters: [...new Set([clusterBefore, clusterOf(name)])] });
  }

  function intentOf(name: string): Intent {
    const downtime = intent.downtimes.get(name) ?? null;
    const rule = intent.candidates.get(name);
    return {
      ...NO_INTENT,
      downtime: downtime !== null && downtime.endAtMs > clock.now() ? downtime : null,
      inMaintenance: intent.maintenance.has(name),
      promotionRule: rule ?? 'neutral',
      isCandidate: rule === 'must' || rule === 'prefer',
      tags: intent.tags.get(name) ?? {},
      unresolvedHostname: intent.unresolves.get(name.slice(0, name.lastIndexOf(':'))) ?? '',
    };
  }

  const loneCluster = (name: string): Position => ({ ...ALONE, clusterName: name, clusterAlias: name });

  function recordOfEntry(name: string, entry: Entry): ServerRecord {
    const position = positions.get(name) ?? loneCluster(name);
    const known = built.get(name);
    const isStill = known?.entry === entry && known.position === position && known.intent === intent;
    if (isStill && !hasEnded(known.record.intent.downtime)) return known.record;
    const record = { ...entry, position, intent: intentOf(name) };
    built.set(name, { entry, position, intent, record });
    return record;
  }

  function followAliasPatterns(): void {
    if (settings.aliasPatterns === derivedWith) return;
    derive();
    version += 1;
    cached = null;
  }

  const hasEnded = (downtime: Intent['downtime']): boolean => downtime !== null && downtime.endAtMs <= clock.now();

  const recordsNamed = (names: readonly string[]): ServerRecord[] =>
    names.flatMap((name) => {
      const entry = entries.get(name);
      return entry === undefined ? [] : [recordOfEntry(name, entry)];
    });

  function snapshot(): Snapshot {
    followAliasPatterns();
    if (cached?.version === version) return cached;
    order ??= [...entries.values()]
      .map(({ key }) => key)
      .sort(compareKeys)
      .map(formatKey);
    const records = recordsNamed(order);
    const byCluster = groupBy(records, ({ position }) => position.clusterName);
    cached = { version, records, byCluster };
    return cached;
  }

  return {
    version() {
      followAliasPatterns();
      return version;
    },
    records: () => snapshot().records,
    recordOf(key) {
      followAliasPatterns();
      const name = formatKey(key);
      const entry = entries.get(name);
      return entry === undefined ? null : recordOfEntry(name, entry);
    },
    recordsOfCluster: (clusterName) => snapshot().byCluster.get(clusterName) ?? [],
    recordsOfUuid: (uuid) => recordsNamed(uuids.bearersOf(uuid)),
    adopt(records) {
      for (const { key, instance, check } of records) {
        const name = formatKey(key);
        if (entries.has(name)) continue;
        entries.set(name, { key, instance, check });
        uuids.replace(null, instance);
      }
      version += 1;
      order = null;
      cached = null;
      derive();
    },
    mirror(records) {
      const remembered = new Set(records.map(({ key }) => formatKey(key)));
      for (const [name, { key }] of [...entries]) if (!remembered.has(name)) update(key, 'dropped', null);
      for (const { key, instance, check } of records) {
        const before = entries.get(formatKey(key));
        const isNewer = (before?.check.lastCheckedAtMs ?? 0) > (check.lastCheckedAtMs ?? 0);
        const entry: Entry = { key, instance, check };
        if (before === undefined || !(isNewer || JSON.stringify(before) === JSON.stringify(entry)))
          update(key, 'mirrored', entry);
      }
    },
    add(key) {
      if (!entries.has(formatKey(key))) update(key, 'added', { key, instance: null, check: NEVER_CHECKED });
    },
    attempted(key) {
      // Not a change anybody acts upon by itself: an attempt that hangs ends in failed().
      const entry = entries.get(formatKey(key));
      if (entry !== undefined)
        entries.set(formatKey(key), { ...entry, check: { ...entry.check, lastAttemptAtMs: clock.now() } });
    },
    answered(instance) {
      const now = clock.now();
      const check: CheckState = {
        lastAttemptAtMs: now,
        lastCheckedAtMs: now,
        lastSeenAtMs: now,
        lastCheckPartialSuccess: true,
        failure: null,
      };
      update(instance.key, 'answered', { key: instance.key, instance, check });
    },
    failed(key, failure, isPartial) {
      const entry = entries.get(formatKey(key));
      if (entry === undefined) return;
      const now = clock.now();
      update(key, 'failed', {
        ...entry,
        check: {
          ...entry.check,
          lastAttemptAtMs: now,
          lastCheckedAtMs: Math.max(now, (entry.check.lastSeenAtMs ?? 0) + 1),
          lastCheckPartialSuccess: isPartial,
          failure,
        },
      });
    },
    forget(key) {
      if (!entries.has(formatKey(key))) return false;
      update(key, 'forgotten', null);
      return true;
    },
    setIntent(next) {
      intent = next;
      version += 1;
      cached = null;
      derive();
      for (const [clusterName, records] of snapshot().byCluster) {
        const first = records[0];
        if (first !== undefined) changes.emit({ key: first.key, what: 'intent', clusters: [clusterName] });
      }
    },
    onChange: changes.listen,
  };
}
