import { aliasHolders } from '../../model/alias-holders.ts';
import type { AliasPattern } from '../../model/cluster-alias.ts';
import { compareCoordinates } from '../../model/coordinates.ts';
import type { Instance } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { compareKeys, formatKey, sameKey } from '../../model/instance-key.ts';
import type { CheckState, Intent, PassedPlace, Position, ServerRecord } from '../../model/server-record.ts';
import { ALONE, NO_INTENT } from '../../model/server-record.ts';
import type { Emitter } from '../basis/emitter.ts';
import { createEmitter } from '../basis/emitter.ts';
import { groupBy } from '../basis/group-by.ts';
import { type Clock, type IntentSnapshot, type Logger, NOTHING_DECIDED } from '../ports.ts';
import { type ClosedSpan, createClosedSpans } from './closed-spans.ts';
import { createPairPlaces } from './pair-places.ts';
import { createPlaces, type ServerChange } from './places.ts';
import { isSameValue } from './same-value.ts';
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
  /** The one cluster that an alias means, also where several go by it; null when none does. */
  clusterOfAlias(alias: string): string | null;
  /** All servers that bear this uuid; none for null. */
  recordsOfUuid(uuid: string | null): readonly ServerRecord[];
  /** All servers that look like this one, which has no uuid, its own entry among them; a look proves nothing (same-server.ts). */
  lookalikesOf(instance: Instance): readonly ServerRecord[];
  /** Milliseconds; a server that nobody has seen for longer may have been anything in between. Goes by how often servers are read. */
  outOfSightMs(): number;
  /** For how long this server was seen closed without a break; null: it was open when it was last read, or we never read it. */
  closedSpan(key: InstanceKey): ClosedSpan | null;
  /** Takes over what the store remembers; knows nothing fresher yet. */
  adopt(records: readonly ServerRecord[]): void;
  /** Becomes what the store remembers, for a process that only looks on; what was read here since is kept. */
  mirror(records: readonly ServerRecord[]): void;
  /** A server known by name only. */
  add(key: InstanceKey): void;
  /** A check that began then (epoch) has not ended yet. */
  attempted(key: InstanceKey, beganAtMs: number): void;
  /** `wholeSinceMs`: everything was read just now, also where its own log ends, and that reading began then (monotonic). */
  answered(instance: Instance, wholeSinceMs?: number | null): void;
  /** A sign of life that asked for everything that changes. Only what is known of pairs depends on it (pair-places.ts). */
  pulsed(instance: Instance, sinceMs: number): void;
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
  /** This process has read it; else the backend tells of it. */
  readonly isReadHere: boolean;
  /** See ServerRecord. */
  readonly passed: PassedPlace | null;
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

const DEFAULT_POLL_SECONDS = 5;
/** A server that was not seen for this many polls, and at least so long, is out of sight. */
const OUT_OF_SIGHT_POLLS = 1.5;
const LEAST_OUT_OF_SIGHT_MS = 5_000;

const isSamePlace = (a: PassedPlace | null, b: PassedPlace | null): boolean =>
  a === b || (a !== null && b !== null && sameKey(a.other, b.other) && compareCoordinates(a.at, b.at) === 0);

export function createFleet(
  deps: { readonly clock: Clock; readonly logger: Logger },
  /** Alias patterns may be replaced while we run; positions follow. */
  settings: {
    readonly aliasPatterns: readonly AliasPattern[];
    readonly analysis?: { readonly instancePollSeconds: number };
  },
): Fleet {
  const { clock, logger } = deps;
  const entries = new Map<string, Entry>();
  let derivedWith = settings.aliasPatterns;
  let intent: IntentSnapshot = NOTHING_DECIDED;
  const built = new Map<string, Built>();
  const uuids = createUuidIndex();
  const places = createPlaces({
    uuids,
    names: () => entries.keys(),
    serverAt: (name) => entries.get(name) ?? null,
    intent: () => intent,
    aliasPatterns: () => settings.aliasPatterns,
    canCompareGtid,
  });
  const outOfSightMs = (): number => {
    const pollSeconds = settings.analysis?.instancePollSeconds ?? DEFAULT_POLL_SECONDS;
    return Math.max(LEAST_OUT_OF_SIGHT_MS, OUT_OF_SIGHT_POLLS * 1000 * pollSeconds);
  };
  const closed = createClosedSpans({ clock }, { outOfSightMs });
  const pairs = createPairPlaces(
    {
      closed,
      nowMs: clock.monotonicMs,
      instanceAt: (key) => entries.get(formatKey(key))?.instance ?? null,
      tell(key, passed) {
        const entry = entries.get(formatKey(key));
        if (entry === undefined || isSamePlace(entry.passed, passed)) return;
        entries.set(formatKey(key), { ...entry, passed });
        version += 1;
        cached = null;
      },
    },
    { outOfSightMs },
  );
  let version = 0;
  let cached: Snapshot | null = null;
  let holders: { readonly of: Snapshot; readonly byAlias: ReadonlyMap<string, string> } | null = null;
  /** The names of all servers in the order of their keys; null when one has come or gone. */
  let order: readonly string[] | null = null;
  const changes: Emitter<FleetChange> = createEmitter((thrown) =>
    logger.error({ err: thrown }, 'a listener of the fleet failed'),
  );

  /**
   * What a replica executed may be missing in an older reading of its source without being errant. Of readings by others the backend
   * tells what is errant (historic; scripts write that column, too).
   */
  function canCompareGtid(server: Instance, source: Instance): boolean {
    const [below, above] = [server, source].map(({ key }) => entries.get(formatKey(key)));
    if (below?.isReadHere !== true || above?.isReadHere !== true) return false;
    return (above.check.lastSeenAtMs ?? 0) >= (below.check.lastSeenAtMs ?? 0);
  }

  /** Applies one update and tells about it. */
  function update(key: InstanceKey, what: FleetChange['what'], next: Entry | null): void {
    const name = formatKey(key);
    const before = entries.get(name) ?? null;
    const clusterBefore = places.clusterOf(name);
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
    if (!isSameStructure)
      places.deriveAround([{ key, before: before?.instance ?? null, after: next?.instance ?? null }]);
    else if (what === 'answered') places.refresh(key, clock.monotonicMs());
    if (what === 'answered' && next?.instance != null) places.judgeReplicasOf(next.instance);
    changes.emit({ key, what, clusters: [...new Set([clusterBefore, places.clusterOf(name)])] });
  }

  function intentOf(key: InstanceKey, name: string): Intent {
    const downtime = intent.downtimes.get(name) ?? null;
    const rule = intent.candidates.get(name);
    return {
      ...NO_INTENT,
      downtime: downtime !== null && downtime.endAtMs > clock.now() ? downtime : null,
      inMaintenance: intent.maintenance.has(name),
      promotionRule: rule ?? 'neutral',
      isCandidate: rule === 'must' || rule === 'prefer',
      tags: intent.tags.get(name) ?? {},
      unresolvedHostname: intent.unresolves.get(key.hostname) ?? '',
    };
  }

  const loneCluster = (name: string): Position => ({ ...ALONE, clusterName: name, clusterAlias: name });

  function recordOfEntry(name: string, entry: Entry): ServerRecord {
    const position = places.of(name) ?? loneCluster(name);
    const last = built.get(name);
    const isStill = last?.entry === entry && last.position === position && last.intent === intent;
    if (isStill && !hasEnded(last.record.intent.downtime)) return last.record;
    const { key, instance, check, passed } = entry;
    const known = passed === null ? {} : { passed };
    const countSnapshots = intent.snapshotCounts.get(key.hostname);
    const snapshots = countSnapshots === undefined ? {} : { countSnapshots };
    const record = { key, instance, check, position, intent: intentOf(key, name), ...known, ...snapshots };
    built.set(name, { entry, position, intent, record });
    return record;
  }

  /**
   * These servers are by now what the backend tells of them; whose reading is the same keeps it, so that what was made of it stays good.
   * @returns those that must be placed anew: the others stand where they stood.
   */
  function takeOver(records: readonly ServerRecord[]): readonly ServerChange[] {
    const moved: ServerChange[] = [];
    for (const { key, instance, check } of records) {
      const name = formatKey(key);
      const known = entries.get(name);
      const before = known?.instance ?? null;
      const after = isSameValue(before, instance) ? before : instance;
      uuids.replace(before, after);
      entries.set(name, { key, instance: after, check, isReadHere: false, passed: null });
      if (known === undefined) order = null;
      const isSame = known !== undefined && (before === after || structureOf(before) === structureOf(after));
      if (!isSame) moved.push({ key, before, after });
    }
    version += 1;
    cached = null;
    return moved;
  }

  function deriveAll(): void {
    derivedWith = settings.aliasPatterns;
    places.deriveAll();
  }

  function followAliasPatterns(): void {
    if (settings.aliasPatterns === derivedWith) return;
    deriveAll();
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
    clusterOfAlias(alias) {
      const of = snapshot();
      if (holders?.of !== of)
        holders = { of, byAlias: aliasHolders(of.records, intent.aliasOverrides, intent.published) };
      return holders.byAlias.get(alias) ?? null;
    },
    recordsOfUuid: (uuid) => recordsNamed(uuids.bearersOf(uuid)),
    lookalikesOf: (instance) => recordsNamed(uuids.lookalikesOf(instance)),
    outOfSightMs,
    closedSpan: closed.of,
    adopt(records) {
      const unknown = records.filter(({ key }) => !entries.has(formatKey(key)));
      takeOver(unknown);
      places.takeOverErrants(unknown);
      deriveAll();
    },
    mirror(records) {
      const remembered = new Set(records.map(({ key }) => formatKey(key)));
      for (const [name, { key }] of [...entries]) if (!remembered.has(name)) update(key, 'dropped', null);
      const newer = records.filter(({ key, check }) => {
        const before = entries.get(formatKey(key));
        return (before?.check.lastCheckedAtMs ?? 0) <= (check.lastCheckedAtMs ?? 0);
      });
      const changed = newer.filter(({ key, instance, check }) => {
        const known = entries.get(formatKey(key));
        return known === undefined || !isSameValue(known.check, check) || !isSameValue(known.instance, instance);
      });
      const before = changed.map(({ key }) => ({ key, cluster: places.clusterOf(formatKey(key)) }));
      const moved = changed.length === 0 ? [] : takeOver(changed);
      const judged = places.takeOverErrants(newer).map((key) => {
        const instance = entries.get(formatKey(key))?.instance ?? null;
        return { key, before: instance, after: instance };
      });
      if (changed.length === 0 && judged.length === 0) return;
      if (moved.length > 0 || judged.length > 0) {
        places.deriveAround([...moved, ...judged]);
        version += 1;
        cached = null;
      }
      for (const { key, cluster } of before) {
        const clusters = [...new Set([cluster, places.clusterOf(formatKey(key))])];
        changes.emit({ key, what: 'mirrored', clusters });
      }
    },
    add(key) {
      if (!entries.has(formatKey(key)))
        update(key, 'added', { key, instance: null, check: NEVER_CHECKED, isReadHere: false, passed: null });
    },
    attempted(key, beganAtMs) {
      // Not a change anybody acts upon by itself: an attempt that hangs ends in failed().
      const entry = entries.get(formatKey(key));
      if (entry === undefined) return;
      const lastAttemptAtMs = Math.max(entry.check.lastAttemptAtMs ?? 0, beganAtMs);
      entries.set(formatKey(key), { ...entry, check: { ...entry.check, lastAttemptAtMs } });
    },
    answered(instance, wholeSinceMs = null) {
      const now = clock.now();
      const check: CheckState = {
        lastAttemptAtMs: now,
        lastCheckedAtMs: now,
        lastSeenAtMs: now,
        lastCheckPartialSuccess: true,
        failure: null,
      };
      const { key } = instance;
      const passed = entries.get(formatKey(key))?.passed ?? null;
      update(key, 'answered', { key, instance, check, isReadHere: true, passed });
      pairs.sighted(instance, wholeSinceMs, wholeSinceMs !== null);
    },
    pulsed(instance, sinceMs) {
      if (entries.has(formatKey(instance.key))) pairs.sighted(instance, sinceMs, false);
    },
    failed(key, failure, isPartial) {
      const entry = entries.get(formatKey(key));
      if (entry === undefined) return;
      const now = clock.now();
      pairs.failed(key);
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
      pairs.forget(key);
      update(key, 'forgotten', null);
      return true;
    },
    setIntent(next) {
      intent = next;
      version += 1;
      cached = null;
      deriveAll();
      for (const [clusterName, records] of snapshot().byCluster) {
        const first = records[0];
        if (first !== undefined) changes.emit({ key: first.key, what: 'intent', clusters: [clusterName] });
      }
    },
    onChange: changes.listen,
  };
}
