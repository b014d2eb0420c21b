import { formatGtidSet, isEmptyGtidSet, parseGtidSet, subtractGtidSets } from '../../model/gtid-set.ts';
import type { Instance } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { isOracleFamily } from '../../model/version.ts';
import type { Fleet, FleetChange } from '../fleet/fleet.ts';
import type { AuditStore, Clock, DeposedPrimary, Leadership, Logger, RecoveryStore, Servers } from '../ports.ts';
import { fence } from './fence.ts';
import { hasGivenWay, hasRejoined, isBeforePromotion } from './reinstated.ts';

export interface DeposedWatchDeps {
  readonly servers: Servers;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leadership: Leadership;
  readonly store: Pick<RecoveryStore, 'saveDeposed' | 'readDeposed' | 'removeDeposed' | 'readOpenIntents'>;
  readonly auditLog: Pick<AuditStore, 'write'>;
  /** A deposed primary returned and was fenced, or could not be; one sentence. */
  onReturn(deposed: DeposedPrimary, isFenced: boolean, sentence: string): void;
}

export interface DeposedWatch {
  /** Reads the list anew; call at the start and after a promotion. */
  refresh(): Promise<void>;
  list(): readonly DeposedPrimary[];
  /** A person takes the server back into service: it is not watched any more. */
  pardon(key: InstanceKey): Promise<boolean>;
  /**
   * Nobody has replaced it after all: off the list. Resolves when nothing is being done to it any more.
   */
  reprieve(key: InstanceKey): Promise<Reprieve>;
  close(): void;
}

export interface Reprieve {
  /** It was back, and closed or nearly so, by whomever. */
  readonly hasReturned: boolean;
  /** The one fence that this process put up; null: none, or not known for sure to be the only one. */
  readonly fence: OwnFence | null;
}

/** A fence that this process put up, and what it closed. */
export interface OwnFence {
  /** As read right before. */
  readonly before: Instance;
  /** Of the recovery that had deposed it. */
  readonly epoch: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** See FenceOutcome. */
  readonly hasEndedSemiSync: boolean;
}

/** A supervisor restarts a server within seconds, writable: it is knocked at often at first, so that nobody writes to it. */
const PACES: readonly { readonly untilMs: number; readonly pauseMs: number }[] = [
  { untilMs: 30_000, pauseMs: 5 },
  { untilMs: 120_000, pauseMs: 25 },
  { untilMs: 600_000, pauseMs: 250 },
];
const CALM_PAUSE_MS = 1_000;
const KNOCK_DEADLINE_MS = 1_000;
const READING_DEADLINE_MS = 2_000;
/** A fence does not wait longer for the word of the successor, or of the backend. */
const WORD_DEADLINE_MS = 500;
const REINSTATED = 'the deposed primary was made primary again by hand';

interface Watched {
  deposed: DeposedPrimary;
  sinceMs: number;
  /** Ends the knocking under way; null when there is none. */
  stop: AbortController | null;
  /** A new reason to knock came up meanwhile: what was just read may be out of date. */
  mustLookAgain: boolean;
  /** It is off the list: nothing about it may be stored any more. */
  isOver: boolean;
  /** The last time that somebody answered there, and what was done about it; done, or under way. */
  reception: Promise<unknown>;
  /** What we put up; doubtful: more than once, or not to the end. */
  fence: OwnFence | 'doubtful' | null;
  /** The last trouble that was told, so that a lasting one is told once. */
  told: string;
}

/** settled: nothing more to do now. again: try again soon. another: a different server has the address. */
type Reception = 'settled' | 'again' | 'another';

const takesWrites = ({ isReadOnly, isSuperReadOnly }: Instance): boolean => !isReadOnly || isSuperReadOnly === false;

/**
 * Keeps replaced primaries from taking writes (design §4, "The deposed primary comes back"). A deposed primary is
 * away — knocked at, ever more calmly;
 * returned — it answers: read, to be sure that it is not another member which has the address now (the new primary, if a hook
 * moved it); fenced at once, retried until a reading verifies it;
 * fenced — read by the ordinary polls; when it goes away or is writable again, it starts anew;
 * pardoned — it replicates from somebody else than before, read-only, or a person made it primary again (a takeover, or its
 * successor follows it, read-only) or forgot it: off the list.
 */
export function createDeposedWatch(deps: DeposedWatchDeps): DeposedWatch {
  const { servers, fleet, clock, logger, leadership, store, auditLog } = deps;
  const watched = new Map<string, Watched>();
  let isClosed = false;

  const watchedOf = (deposed: DeposedPrimary): Watched => ({
    deposed,
    sinceMs: clock.monotonicMs(),
    stop: null,
    mustLookAgain: false,
    isOver: false,
    reception: Promise.resolve(),
    fence: null,
    told: '',
  });

  function end(name: string, entry: Watched): void {
    entry.isOver = true;
    entry.stop?.abort();
    watched.delete(name);
  }

  function startKnocking(name: string): void {
    const entry = watched.get(name);
    if (entry === undefined) return;
    if (entry.stop !== null) {
      entry.mustLookAgain = true;
      return;
    }
    entry.mustLookAgain = false;
    entry.stop = new AbortController();
    entry.sinceMs = clock.monotonicMs();
    knockUntilFenced(name, entry.stop.signal)
      .catch((thrown) => logger.error({ err: thrown, server: name }, 'watching a deposed primary failed'))
      .finally(() => {
        entry.stop = null;
        if (entry.mustLookAgain && watched.get(name) === entry) startKnocking(name);
      });
  }

  async function knockUntilFenced(name: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const entry = watched.get(name);
      if (entry === undefined) return;
      let reception: Reception = 'again';
      if (leadership.isLeader()) {
        const knock = await servers.knock(entry.deposed.key, KNOCK_DEADLINE_MS);
        if (signal.aborted) return;
        if (knock.kind === 'answered') {
          const receiving = receive(name, entry);
          entry.reception = receiving.catch(() => undefined);
          reception = await receiving;
        }
        if (reception === 'settled') return;
      }
      const elapsedMs = clock.monotonicMs() - entry.sinceMs;
      const pace = PACES.find(({ untilMs }) => elapsedMs < untilMs)?.pauseMs ?? CALM_PAUSE_MS;
      await clock.sleep(reception === 'another' ? CALM_PAUSE_MS : pace, signal);
    }
  }

  /** Somebody answers at the address of a deposed primary. */
  async function receive(name: string, entry: Watched): Promise<Reception> {
    const { deposed } = entry;
    const [instance, successor, isPardoned] = await Promise.all([
      read(deposed.key, READING_DEADLINE_MS),
      deposed.successor === null ? null : read(deposed.successor, WORD_DEADLINE_MS),
      isPardonedElsewhere(deposed),
    ]);
    if (instance === null || watched.get(name) !== entry) return 'again';
    if (isPardoned) {
      end(name, entry);
      logger.info({ server: name }, 'the deposed primary was pardoned by another process');
      return 'settled';
    }
    const member = isSameServer(instance, deposed) ? null : memberLike(instance, deposed);
    if (member !== null) {
      tellOnce(entry, name, `its address leads to ${formatKey(member)} now, which is left alone`);
      return 'another';
    }
    if (!takesWrites(instance)) {
      if (deposed.fencedAtMs === null) await noteReturn(name, entry, instance, 'it was read-only already');
      return 'settled';
    }
    if (await isReinstated(deposed, successor)) {
      await pardonAs(REINSTATED, name, entry);
      return 'settled';
    }
    const outcome = await fence(deps, instance);
    if (outcome.kind === 'not-fenced') {
      entry.fence = 'doubtful';
      tellOnce(entry, name, `it is back and could NOT be fenced: ${outcome.reason}`);
      deps.onReturn(deposed, false, `The former primary ${name} is back and could not be fenced: ${outcome.reason}.`);
      return 'again';
    }
    if (!isSameServer(instance, deposed)) tellOnce(entry, name, 'another server answers there; it was made read-only');
    else {
      const { hasEndedSemiSync } = outcome;
      const put = { before: instance, epoch: deposed.epoch, atMs: clock.now(), hasEndedSemiSync };
      entry.fence = entry.fence === null ? put : 'doubtful';
    }
    const doubt = outcome.doubt === null ? '' : `; a client may have been told OK: ${outcome.doubt}`;
    await noteReturn(name, entry, outcome.instance, `${outcome.statements.join('; ')}${doubt}`);
    return 'settled';
  }

  function tellOnce(entry: Watched, name: string, what: string): void {
    if (entry.told === what) return;
    entry.told = what;
    logger.error({ server: name, what }, 'a deposed primary needs attention');
  }

  /** True when the backend says in time that the row is gone: a person may take it back by a command of its own. */
  async function isPardonedElsewhere({ key, epoch, serverUuid, serverId }: DeposedPrimary): Promise<boolean> {
    const patience = new AbortController();
    const inTime = clock.sleep(WORD_DEADLINE_MS, patience.signal).then(() => null);
    const rows = await Promise.race([store.readDeposed().catch(() => null), inTime]);
    patience.abort();
    // One that was met at another address is known to the backend by its first.
    const isOf = (row: DeposedPrimary): boolean =>
      sameKey(row.key, key) || (row.epoch === epoch && row.serverUuid === serverUuid && row.serverId === serverId);
    return rows !== null && !rows.some(isOf);
  }

  async function noteReturn(name: string, entry: Watched, instance: Instance, how: string): Promise<void> {
    const next = { ...entry.deposed, fencedAtMs: clock.now() };
    entry.deposed = next;
    entry.told = '';
    // Before anybody hears of it, and may pardon it for what is heard: the row must not outlive the pardon.
    await remember(next, entry);
    fleet.answered(instance);
    const tail = localOnly(instance, next);
    const sentence = `returned and was fenced (deposed at epoch ${next.epoch}): ${how}${tail}`;
    logger.warn({ server: name }, sentence);
    deps.onReturn(next, true, `The former primary ${name} returned and was fenced${tail}.`);
    await auditLog.write('fence-deposed-primary', next.key, next.clusterName, sentence);
  }

  async function remember(next: DeposedPrimary, entry: Watched): Promise<void> {
    try {
      await store.saveDeposed(next);
      if (entry.isOver) await store.removeDeposed(next.key);
    } catch (thrown) {
      logger.error({ err: thrown, server: formatKey(next.key) }, 'the return of a deposed primary could not be stored');
    }
  }

  async function read(key: InstanceKey, deadlineMs: number): Promise<Instance | null> {
    const previous = fleet.recordOf(key)?.instance ?? null;
    // A MariaDB whose commits wait for acknowledgements does not tell where its log ends, and must be fenced all the more.
    const outcome = await servers.probe(key, { deadlineMs, depth: 'replication', previous, withoutLogEnd: true });
    return outcome.kind === 'answered' ? outcome.instance : null;
  }

  const isSameServer = (instance: Instance, deposed: DeposedPrimary): boolean =>
    deposed.serverUuid === null ? instance.serverId === deposed.serverId : instance.serverUuid === deposed.serverUuid;

  /** The member of the deposed primary's cluster, known under another address, that this reading is of; null: none. */
  function memberLike(instance: Instance, { key, successor }: DeposedPrimary): InstanceKey | null {
    const clusterName = successor === null ? null : fleet.recordOf(successor)?.position.clusterName;
    const isLike = ({ instance: other, position }: ServerRecord): boolean =>
      other !== null &&
      (instance.serverUuid === null
        ? other.serverUuid === null && other.serverId === instance.serverId && position.clusterName === clusterName
        : other.serverUuid === instance.serverUuid);
    return fleet.records().find((record) => !sameKey(record.key, key) && isLike(record))?.key ?? null;
  }

  /** What only the deposed primary has: rows that no surviving server received, for a person to look at. */
  function localOnly(instance: Instance, deposed: DeposedPrimary): string {
    const successor = deposed.successor === null ? null : (fleet.recordOf(deposed.successor)?.instance ?? null);
    if (successor === null || !isOracleFamily(instance.version) || instance.executedGtid === '') return '';
    const only = subtractGtidSets(parseGtidSet(instance.executedGtid), parseGtidSet(successor.executedGtid));
    return isEmptyGtidSet(only)
      ? '; it has nothing that the new primary lacks'
      : `; only it has ${formatGtidSet(only)}: do not rejoin it as it is`;
  }

  /** True when a person made the deposed primary the primary again, and no recovery of it is on its way. */
  async function isReinstated({ key }: DeposedPrimary, successor: Instance | null): Promise<boolean> {
    if (!hasGivenWay(successor, key)) return false;
    const open = await store.readOpenIntents();
    return !open.some((intent) => sameKey(intent.failed, key) && isBeforePromotion(intent));
  }

  async function pardonAs(why: string, name: string, entry: Watched): Promise<void> {
    if (watched.get(name) !== entry) return;
    end(name, entry);
    logger.info({ server: name }, why);
    await store.removeDeposed(entry.deposed.key);
  }

  async function pardonByTopology(name: string, entry: Watched, instance: Instance): Promise<void> {
    const { successor, deposedAtMs } = entry.deposed;
    if (hasRejoined(instance, entry.deposed)) return pardonAs('the deposed primary replicates again', name, entry);
    const record = successor === null ? null : fleet.recordOf(successor);
    // What the backend remembers after our own restart may show how it was before the failover.
    if ((record?.check.lastSeenAtMs ?? 0) <= deposedAtMs) return;
    if (await isReinstated(entry.deposed, record?.instance ?? null)) await pardonAs(REINSTATED, name, entry);
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
    pardonByTopology(name, entry, instance).catch((thrown) =>
      logger.error({ err: thrown, server: name }, 'a pardon could not be stored'),
    );
    if (takesWrites(instance)) startKnocking(name);
  }

  function adoptOtherAddress(key: InstanceKey, instance: Instance): void {
    if (instance.serverUuid === null || instance.serverUuid === '') return;
    // A copy of its data folder bears its uuid, too, but is another server.
    const twin = [...watched.values()].find(
      ({ deposed }) => deposed.serverUuid === instance.serverUuid && deposed.serverId === instance.serverId,
    );
    if (twin === undefined || instance.isReadOnly) return;
    watched.set(formatKey(key), watchedOf({ ...twin.deposed, key, fencedAtMs: null }));
    startKnocking(formatKey(key));
  }

  const stopFleet = fleet.onChange(onFleet);
  return {
    async refresh() {
      const stored = await store.readDeposed();
      if (isClosed) return;
      const names = new Set(stored.map(({ key }) => formatKey(key)));
      for (const [name, entry] of watched) {
        if (!names.has(name)) end(name, entry);
      }
      for (const deposed of stored) {
        const name = formatKey(deposed.key);
        const entry = watched.get(name);
        if (entry === undefined) watched.set(name, watchedOf(deposed));
        else entry.deposed = deposed;
        startKnocking(name);
      }
    },
    list: () => [...watched.values()].map(({ deposed }) => deposed),
    async pardon(key) {
      const name = formatKey(key);
      const entry = watched.get(name);
      if (entry !== undefined) end(name, entry);
      // A single command watches nobody, but its pardon holds for those who do.
      await store.removeDeposed(key);
      return entry !== undefined;
    },
    async reprieve(key) {
      const name = formatKey(key);
      const entry = watched.get(name);
      if (entry !== undefined) end(name, entry);
      await entry?.reception;
      await store.removeDeposed(key);
      const fence = entry?.fence ?? null;
      const hasReturned = fence !== null || (entry?.deposed.fencedAtMs ?? null) !== null;
      return { hasReturned, fence: fence === 'doubtful' ? null : fence };
    },
    close() {
      isClosed = true;
      stopFleet();
      for (const { stop } of watched.values()) stop?.abort();
      watched.clear();
    },
  };
}
