import type { Instance } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, isHostName, isUsableKey, sameKey } from '../../model/instance-key.ts';
import { isSameServer, sameUuid, sharesUuid } from '../../model/same-server.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { OtherAddresses } from '../fleet/other-addresses.ts';
import type { Clock, HostnameResolver, Logger, ProbeOutcome, Servers } from '../ports.ts';
import type { IgnoreFilters } from './filters.ts';
import { isHostIgnored, isReplicaIgnored, isReplicationUserIgnored, isSourceIgnored } from './filters.ts';
import { createGuesses } from './guesses.ts';
import type { MysqlHostnameMethod } from './identity.ts';
import { ownKey, resolveKey } from './identity.ts';
import type { DiscoveryQueue, QueueMetrics } from './queue.ts';
import { createDiscoveryQueue } from './queue.ts';
import type { ScheduleSettings } from './schedule.ts';
import { createSchedule } from './schedule.ts';
import { createSeeds } from './seeds.ts';

export interface DiscoverySettings extends ScheduleSettings {
  readonly probeDeadlineMs: number;
  readonly maxConcurrency: number;
  readonly queueCapacity: number;
  /** DeadInstanceDiscoveryMaxConcurrency; 0 = dead servers share the queue of the others. */
  readonly deadMaxConcurrency: number;
  readonly filters: IgnoreFilters;
  /** EnableDiscoveryFiltersLogs: each server that a filter leaves out is told once. */
  readonly logsFilters: boolean;
  readonly mysqlHostnameMethod: MysqlHostnameMethod;
  readonly identityByAddress: boolean;
  /** How long a forgotten server is not taken in again by itself. */
  readonly forgetMs: number;
}

export interface Discovery {
  /** Reads the server, then its source and replicas, and so on; returns at once. */
  enqueue(key: InstanceKey): void;
  /** The same for an address of the configuration: tried at every poll until it answers. */
  seed(key: InstanceKey): void;
  /** Reads one server now and takes it in. Its neighbours follow in the background. */
  readNow(key: InstanceKey, options?: { readonly evenIfForgotten: boolean }): Promise<ReadResult>;
  /** Out of the fleet, and not taken in again by itself for a while. */
  forget(key: InstanceKey): boolean;
  /** Reads all that are due. Called by a tick. */
  tick(): void;
  metrics(): { readonly healthy: QueueMetrics; readonly dead: QueueMetrics };
  close(): Promise<void>;
}

/** Uptimes are told in seconds, and readings take a moment. */
const BOOT_TOLERANCE_MS = 5_000;
/** Where more servers look alike, most of them are copies of one machine; not all are asked. */
const MOST_ALIKE = 5;
/** A read that takes so long hangs (historic). */
const SLOW_READ_MS = 1_000;

export type ReadResult =
  | { readonly kind: 'read'; readonly record: ServerRecord }
  /** `isFiltered`: by a filter of the configuration. */
  | { readonly kind: 'ignored'; readonly reason: string; readonly isFiltered?: boolean }
  | { readonly kind: 'failed'; readonly outcome: Extract<ProbeOutcome, { kind: 'failed' }> };

interface DiscoveryDeps {
  readonly servers: Servers;
  readonly fleet: Fleet;
  readonly resolver: HostnameResolver;
  readonly addresses: OtherAddresses;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** From any server up and down its tree, and round again each poll interval (facts of discovery, polling). */
export function createDiscovery(deps: DiscoveryDeps, settings: DiscoverySettings): Discovery {
  const { servers, fleet, resolver, addresses, clock, logger } = deps;
  const schedule = createSchedule(settings);
  const seeds = createSeeds({ logger }, settings);
  const guesses = createGuesses({ clock, fleet, addresses }, settings);
  const forgotten = new Map<string, number>();
  const told = new Set<string>();
  const queueSettings = { maxConcurrency: settings.maxConcurrency, capacity: settings.queueCapacity };
  const work = async (key: InstanceKey): Promise<void> => {
    try {
      seeds.tried(key, await read(key, false, guesses.take(key)));
    } catch (thrown) {
      logger.error({ err: thrown, server: formatKey(key) }, 'discovery of a server failed');
    }
  };
  const healthyQueue = createDiscoveryQueue(queueSettings, work);
  const deadQueue: DiscoveryQueue =
    settings.deadMaxConcurrency > 0
      ? createDiscoveryQueue({ ...queueSettings, maxConcurrency: settings.deadMaxConcurrency }, work)
      : healthyQueue;

  const filtered = (key: InstanceKey, filter: string): ReadResult => ({
    kind: 'ignored',
    reason: `${formatKey(key)} matches ${filter}`,
    isFiltered: true,
  });
  const isForgotten = (key: InstanceKey): boolean => (forgotten.get(formatKey(key)) ?? 0) > clock.monotonicMs();

  /** `below`: whose replica may be there, where that is no more than a guess. */
  async function read(
    asked: InstanceKey,
    evenIfForgotten: boolean,
    below: InstanceKey | null = null,
  ): Promise<ReadResult> {
    const key = await resolveKey(resolver, asked);
    if (!evenIfForgotten && isForgotten(key)) return { kind: 'ignored', reason: `${formatKey(key)} was forgotten` };
    if (isLeftOut(key, 'DiscoveryIgnoreHostnameFilters', isHostIgnored))
      return filtered(key, 'DiscoveryIgnoreHostnameFilters');
    forgotten.delete(formatKey(key));
    const sinceMs = clock.monotonicMs();
    const outcome = await probeAsAttempt(key);
    if (isForgotten(key)) return { kind: 'ignored', reason: `${formatKey(key)} was forgotten` };
    if (outcome.kind === 'failed') return takeFailure(key, outcome);
    if (below !== null && isStranger(outcome.instance, below))
      return {
        kind: 'ignored',
        reason: `${formatKey(key)} is not the replica of ${formatKey(below)} that was looked for`,
      };
    for (const warning of outcome.warnings) tellRefused(key, warning);
    return takeAnswer(outcome.instance, sinceMs);
  }

  /** Whoever answers where a replica was guessed to be, and is none, or is to be left out by a name of its own. */
  function isStranger(instance: Instance, below: InstanceKey): boolean {
    const { key, replication, reportHost, mysqlHostname } = instance;
    if (fleet.recordOf(key) !== null || twinOf(instance) !== undefined) return false;
    if (replication === null || !sameKey(replication.source, below)) return true;
    return [reportHost, mysqlHostname, key.hostname]
      .filter((hostname) => hostname !== '')
      .map((hostname) => ({ hostname, port: key.port }))
      .some(
        (one) =>
          isLeftOut(one, 'DiscoveryIgnoreReplicaHostnameFilters', isReplicaIgnored) ||
          isLeftOut(one, 'DiscoveryIgnoreHostnameFilters', isHostIgnored),
      );
  }

  /** An attempt that hangs is noted as such; what ends soon says itself how it ended, and one that comes late speaks against nobody. */
  async function probeAsAttempt(key: InstanceKey): Promise<ProbeOutcome> {
    const beganAtMs = clock.now();
    const stop = clock.every(SLOW_READ_MS, () => {
      stop();
      fleet.attempted(key, beganAtMs);
    });
    try {
      return await servers.probe(key, { deadlineMs: settings.probeDeadlineMs, depth: 'full', previous: null });
    } finally {
      stop();
    }
  }

  /** Mostly a right that the account lacks, without which servers are not found or not recovered: told once, then only to who looks closely. */
  function tellRefused(key: InstanceKey, warning: string): void {
    const matter = `${formatKey(key)} ${warning}`;
    const fields = { server: formatKey(key), warning };
    if (told.has(matter)) logger.debug(fields, 'part of a probe was refused');
    else logger.warn(fields, 'part of a probe was refused');
    told.add(matter);
  }

  function takeFailure(key: InstanceKey, outcome: Extract<ProbeOutcome, { kind: 'failed' }>): ReadResult {
    schedule.failed(key, clock.monotonicMs());
    // A name that never answered is not a server: it stays out of the fleet unless somebody knows it already.
    if (fleet.recordOf(key) !== null) fleet.failed(key, outcome.failure.message, outcome.isPartial);
    return { kind: 'failed', outcome };
  }

  async function takeAnswer(read: Instance, sinceMs: number): Promise<ReadResult> {
    const wished = ownKey(read, settings.mysqlHostnameMethod);
    const isRenamed = !sameKey(wished, read.key) && (await resolver.learn(read.key.hostname, wished.hostname));
    const key = isRenamed ? wished : read.key;
    const instance = sameKey(key, read.key) ? read : servers.renamed(read, key);
    const isUserIgnored = (filters: IgnoreFilters): boolean => isReplicationUserIgnored(filters, instance);
    if (isLeftOut(key, 'DiscoveryIgnoreReplicationUsernameFilters', isUserIgnored)) {
      return filtered(key, 'DiscoveryIgnoreReplicationUsernameFilters');
    }
    if (isRenamed) adoptOwnName(read.key, key);
    const met = settings.identityByAddress ? undefined : (twinOf(instance) ?? (await provenTwinOf(instance)));
    // Meanwhile the other address may have been read, and found this one: one of the two must stay.
    const twin = met === undefined ? undefined : (fleet.recordOf(met.key) ?? undefined);
    if (isForgotten(key)) return { kind: 'ignored', reason: `${formatKey(key)} was forgotten` };
    if (twin !== undefined && isAlive(twin)) {
      const sentence = `${formatKey(key)} and ${formatKey(twin.key)} are the same server${instance.serverUuid ? ` (uuid ${instance.serverUuid})` : ''}; only the second is shown`;
      sayOnce(key, twin.key, sentence);
      addresses.learn(key, twin.key);
      fleet.forget(key);
      schedule.remove(key);
      return { kind: 'ignored', reason: sentence };
    }
    if (twin !== undefined) {
      logger.info({ from: formatKey(twin.key), to: formatKey(key) }, 'a server has changed its address');
      drop(twin.key);
    }
    if (!settings.identityByAddress) tellNamesakes(instance);
    const before = fleet.recordOf(key)?.instance ?? null;
    fleet.answered(instance, sinceMs);
    schedule.add(key, clock.monotonicMs());
    schedule.answered(key, clock.monotonicMs());
    followEdges(instance, guesses.due(instance, before));
    const record = fleet.recordOf(key);
    return record === null ? { kind: 'ignored', reason: `${formatKey(key)} was forgotten` } : { kind: 'read', record };
  }

  /** The server calls itself otherwise than we did: one entry, under its own name. */
  function adoptOwnName(asked: InstanceKey, own: InstanceKey): void {
    if (fleet.recordOf(asked) !== null) drop(asked);
    logger.debug({ asked: formatKey(asked), own: formatKey(own) }, 'a server goes by another name');
  }

  /**
   * The entry of the same server under another address; one that does not answer any more may have changed its port or its name,
   * but not its server_id.
   */
  const twinOf = (instance: Instance): ServerRecord | undefined =>
    fleet.recordsOfUuid(instance.serverUuid).find((record) => {
      if (record.instance === null) return false;
      return isAlive(record)
        ? isSameServer(record.instance, instance)
        : sameUuid(record.instance, instance) && record.instance.serverId === instance.serverId;
    });

  /** The same of a server that has no uuid (MariaDB): those that look alike, and were started together, are asked to prove it. */
  async function provenTwinOf(instance: Instance): Promise<ServerRecord | undefined> {
    const bootedAtMs = ({ uptimeSeconds }: Instance, atMs: number): number => atMs - uptimeSeconds * 1000;
    const ownMs = bootedAtMs(instance, clock.now());
    const alike = fleet.lookalikesOf(instance).filter(({ key, instance: other, check: { lastSeenAtMs } }) => {
      if (sameKey(key, instance.key) || other === null || lastSeenAtMs === null) return false;
      return Math.abs(bootedAtMs(other, lastSeenAtMs) - ownMs) <= BOOT_TOLERANCE_MS;
    });
    for (const record of alike.filter(isAlive).slice(0, MOST_ALIKE)) {
      const options = { deadlineMs: settings.probeDeadlineMs, other: record.key };
      const outcome = await servers.inquire(instance, 'is-also-at', options);
      if (outcome.kind === 'answered' && outcome.answer === true) return record;
    }
    return undefined;
  }

  function tellNamesakes(instance: Instance): void {
    for (const { key, instance: other } of fleet.recordsOfUuid(instance.serverUuid))
      if (other !== null && sharesUuid(other, instance)) sayOnce(instance.key, key, namesakesSentence(instance, key));
  }

  function isLeftOut(
    key: InstanceKey,
    list: string,
    isIgnored: (filters: IgnoreFilters, key: InstanceKey) => boolean,
  ): boolean {
    if (!isIgnored(settings.filters, key)) return false;
    const matter = `${formatKey(key)} ${list}`;
    if (settings.logsFilters && !told.has(matter))
      logger.info({ server: formatKey(key), list }, 'a filter leaves a server out');
    told.add(matter);
    return true;
  }

  /** A matter of a pair of addresses is told once, not at every poll. */
  function sayOnce(one: InstanceKey, other: InstanceKey, sentence: string): void {
    const pair = [formatKey(one), formatKey(other)].sort().join(' ');
    if (told.has(pair)) return;
    told.add(pair);
    logger.warn({ server: formatKey(one), twin: formatKey(other) }, sentence);
  }

  const isAlive = ({ check }: ServerRecord): boolean =>
    check.failure === null && check.lastSeenAtMs !== null && clock.now() - check.lastSeenAtMs <= 2 * settings.pollMs;

  function drop(key: InstanceKey): void {
    fleet.forget(key);
    schedule.remove(key);
    servers.release(key);
  }

  /** Up to the source, down to the replicas, across a replication group. */
  function followEdges(instance: Instance, guessed: readonly InstanceKey[]): void {
    const { replication, group, attachedReplicas } = instance;
    const up = (replication === null ? [] : [replication.source]).filter(
      (key) => !isLeftOut(key, 'DiscoveryIgnoreMasterHostnameFilters', isSourceIgnored),
    );
    const down = [...attachedReplicas, ...guessed, ...(group?.members ?? [])].filter(
      (key) => !isLeftOut(key, 'DiscoveryIgnoreReplicaHostnameFilters', isReplicaIgnored),
    );
    for (const key of [...up, ...down]) {
      if (!isUsableKey(key) || !isHostName(key.hostname) || schedule.has(key) || isForgotten(key)) continue;
      if (isLeftOut(key, 'DiscoveryIgnoreHostnameFilters', isHostIgnored)) continue;
      if (up.includes(key)) {
        // A source is a server even while it does not answer: its replicas are its witnesses.
        fleet.add(key);
        schedule.add(key, clock.monotonicMs());
      }
      healthyQueue.push(key);
    }
  }

  return {
    enqueue(key) {
      healthyQueue.push(key);
    },
    seed: (key) => seeds.add(key, clock.monotonicMs()),
    readNow: (key, { evenIfForgotten } = { evenIfForgotten: false }) => read(key, evenIfForgotten),
    forget(key) {
      forgotten.set(formatKey(key), clock.monotonicMs() + settings.forgetMs);
      seeds.remove(key);
      const known = fleet.forget(key);
      schedule.remove(key);
      servers.release(key);
      return known;
    },
    tick() {
      const now = clock.monotonicMs();
      for (const { key } of fleet.records()) schedule.add(key, now);
      for (const { key, isDead } of schedule.takeDue(now)) (isDead ? deadQueue : healthyQueue).push(key);
      for (const key of seeds.takeDue(now)) healthyQueue.push(key);
    },
    metrics: () => ({ healthy: healthyQueue.metrics(), dead: deadQueue.metrics() }),
    async close() {
      await Promise.all([healthyQueue.close(), deadQueue.close()]);
    },
  };
}

const namesakesSentence = ({ key, serverUuid }: Instance, other: InstanceKey): string =>
  `${formatKey(key)} and ${formatKey(other)} are two servers with one uuid (${serverUuid}), as after copying a data folder; stop one of them, remove its auto.cnf and start it again`;
