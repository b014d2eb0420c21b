import { formatGtidSet, isEmptyGtidSet, parseGtidSet, subtractGtidSets } from '../../model/gtid-set.ts';
import type { Instance } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import { isOracleFamily } from '../../model/version.ts';
import type { Fleet, FleetChange } from '../fleet.ts';
import type { AuditStore, Clock, DeposedPrimary, Leadership, Logger, RecoveryStore, Servers } from '../ports.ts';
import { fence } from './fence.ts';

export interface DeposedWatchDeps {
  readonly servers: Servers;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leadership: Leadership;
  readonly store: RecoveryStore;
  readonly auditLog: AuditStore;
  /** A deposed primary returned and was fenced, or could not be; one sentence. */
  onReturn(deposed: DeposedPrimary, isFenced: boolean, sentence: string): void;
}

export interface DeposedWatch {
  /** Reads the list anew; call at the start and after a promotion. */
  refresh(): Promise<void>;
  list(): readonly DeposedPrimary[];
  /** A person takes the server back into service: it is not watched any more. */
  pardon(key: InstanceKey): Promise<boolean>;
  close(): void;
}

/** A supervisor restarts a server within seconds, writable: it is knocked at often at first, so that nobody writes to it. */
const PACES: readonly { readonly untilMs: number; readonly pauseMs: number }[] = [
  { untilMs: 120_000, pauseMs: 25 },
  { untilMs: 600_000, pauseMs: 250 },
];
const CALM_PAUSE_MS = 1_000;
const KNOCK_DEADLINE_MS = 1_000;
const READING_DEADLINE_MS = 2_000;

/**
 * Keeps replaced primaries from taking writes (design §4, "The deposed primary comes back"). A deposed primary is
 * away — knocked at, ever more calmly;
 * returned — it answers: fenced at once, retried until a reading verifies it;
 * fenced — read by the ordinary polls; when it goes away or is writable again, it starts anew;
 * pardoned — it replicates from somebody again, read-only, or a person forgot it: off the list.
 */
export function createDeposedWatch(deps: DeposedWatchDeps): DeposedWatch {
  const { servers, fleet, clock, logger, leadership, store, auditLog } = deps;
  const watched = new Map<string, { deposed: DeposedPrimary; sinceMs: number; stop: AbortController | null }>();

  function startKnocking(name: string): void {
    const entry = watched.get(name);
    if (entry === undefined || entry.stop !== null) return;
    entry.stop = new AbortController();
    entry.sinceMs = clock.monotonicMs();
    knockUntilFenced(name, entry.stop.signal)
      .catch((thrown) => logger.error({ err: thrown, server: name }, 'watching a deposed primary failed'))
      .finally(() => {
        entry.stop = null;
      });
  }

  async function knockUntilFenced(name: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const entry = watched.get(name);
      if (entry === undefined) return;
      if (leadership.isLeader()) {
        const knock = await servers.knock(entry.deposed.key, KNOCK_DEADLINE_MS);
        if (signal.aborted) return;
        if (knock.kind === 'answered' && (await handleReturn(name))) return;
      }
      const elapsedMs = clock.monotonicMs() - entry.sinceMs;
      await clock.sleep(PACES.find(({ untilMs }) => elapsedMs < untilMs)?.pauseMs ?? CALM_PAUSE_MS, signal);
    }
  }

  /** True when nothing more is to be done: fenced, or pardoned. */
  async function handleReturn(name: string): Promise<boolean> {
    const entry = watched.get(name);
    if (entry === undefined) return true;
    const { deposed } = entry;
    const known = fleet.recordOf(deposed.key)?.instance ?? null;
    const instance = known ?? (await readFully(deposed.key));
    if (instance === null) return false;
    const outcome = await fence(deps, instance);
    if (outcome.kind === 'not-fenced') {
      logger.error({ server: name, reason: outcome.reason }, 'a deposed primary is back and could NOT be fenced');
      deps.onReturn(deposed, false, `The former primary ${name} is back and could not be fenced: ${outcome.reason}.`);
      return false;
    }
    if (!isSameServer(outcome.instance, deposed)) {
      logger.warn(
        { server: name },
        'another server answers at the address of a deposed primary; it was made read-only as well',
      );
    }
    fleet.answered(outcome.instance);
    const next = { ...deposed, fencedAtMs: clock.now() };
    entry.deposed = next;
    await store.saveDeposed(next);
    const tail = localOnly(outcome.instance, deposed);
    const sentence = `returned and was fenced (deposed at epoch ${deposed.epoch}): ${outcome.statements.join('; ')}${tail}`;
    logger.warn({ server: name }, sentence);
    deps.onReturn(next, true, `The former primary ${name} returned and was fenced${tail}.`);
    await auditLog.write('fence-deposed-primary', deposed.key, deposed.clusterName, sentence);
    return true;
  }

  async function readFully(key: InstanceKey): Promise<Instance | null> {
    const outcome = await servers.probe(key, { deadlineMs: READING_DEADLINE_MS, depth: 'full', previous: null });
    return outcome.kind === 'answered' ? outcome.instance : null;
  }

  const isSameServer = (instance: Instance, deposed: DeposedPrimary): boolean =>
    deposed.serverUuid === null ? instance.serverId === deposed.serverId : instance.serverUuid === deposed.serverUuid;

  /** What only the deposed primary has: rows that no surviving server received, for a person to look at. */
  function localOnly(instance: Instance, deposed: DeposedPrimary): string {
    const successor = deposed.successor === null ? null : (fleet.recordOf(deposed.successor)?.instance ?? null);
    if (successor === null || !isOracleFamily(instance.version) || instance.executedGtid === '') return '';
    const only = subtractGtidSets(parseGtidSet(instance.executedGtid), parseGtidSet(successor.executedGtid));
    return isEmptyGtidSet(only)
      ? '; it has nothing that the new primary lacks'
      : `; only it has ${formatGtidSet(only)}: do not rejoin it as it is`;
  }

  async function pardonByTopology(name: string, deposed: DeposedPrimary, instance: Instance): Promise<void> {
    const successor = deposed.successor === null ? null : (fleet.recordOf(deposed.successor)?.instance ?? null);
    const followsAgain = instance.replication !== null && instance.isReadOnly;
    const isFollowed =
      successor?.replication != null && sameKey(successor.replication.source, deposed.key) && successor.isReadOnly;
    if (!followsAgain && !isFollowed) return;
    watched.get(name)?.stop?.abort();
    watched.delete(name);
    await store.removeDeposed(deposed.key);
    logger.info(
      { server: name },
      followsAgain ? 'the deposed primary replicates again' : 'the deposed primary was made primary again by hand',
    );
  }

  /** Ordinary polls see it too, and may see it under another address. */
  function onFleet({ key, what }: FleetChange): void {
    if (what !== 'answered' && what !== 'failed') return;
    const name = formatKey(key);
    const instance = fleet.recordOf(key)?.instance ?? null;
    const entry = watched.get(name);
    if (what === 'failed') {
      if (entry !== undefined) startKnocking(name);
      return;
    }
    if (instance === null) return;
    if (entry === undefined) {
      adoptOtherAddress(key, instance);
      return;
    }
    pardonByTopology(name, entry.deposed, instance).catch((thrown) =>
      logger.error({ err: thrown, server: name }, 'a pardon could not be stored'),
    );
    if (!instance.isReadOnly && instance.replication === null) startKnocking(name);
  }

  function adoptOtherAddress(key: InstanceKey, instance: Instance): void {
    if (instance.serverUuid === null || instance.serverUuid === '') return;
    const twin = [...watched.values()].find(({ deposed }) => deposed.serverUuid === instance.serverUuid);
    if (twin === undefined || instance.isReadOnly) return;
    watched.set(formatKey(key), {
      deposed: { ...twin.deposed, key, fencedAtMs: null },
      sinceMs: clock.monotonicMs(),
      stop: null,
    });
    startKnocking(formatKey(key));
  }

  const stopFleet = fleet.onChange(onFleet);
  return {
    async refresh() {
      const stored = await store.readDeposed();
      const names = new Set(stored.map(({ key }) => formatKey(key)));
      for (const [name, entry] of watched) {
        if (names.has(name)) continue;
        entry.stop?.abort();
        watched.delete(name);
      }
      for (const deposed of stored) {
        const name = formatKey(deposed.key);
        const entry = watched.get(name);
        if (entry === undefined) watched.set(name, { deposed, sinceMs: clock.monotonicMs(), stop: null });
        else entry.deposed = deposed;
        startKnocking(name);
      }
    },
    list: () => [...watched.values()].map(({ deposed }) => deposed),
    async pardon(key) {
      const name = formatKey(key);
      watched.get(name)?.stop?.abort();
      const wasWatched = watched.delete(name);
      if (wasWatched) await store.removeDeposed(key);
      return wasWatched;
    },
    close() {
      stopFleet();
      for (const { stop } of watched.values()) stop?.abort();
      watched.clear();
    },
  };
}
