import type { Store } from '../../src/engine/ports.ts';
import type { ServerCommand } from '../../src/model/command.ts';
import { sameKey } from '../../src/model/instance-key.ts';
import type { RecoveryRecord } from '../../src/model/recovery-record.ts';
import { hasWritten, KNOWN_AFTER_MS } from './pair.ts';
import type { Oddities, Scenario } from './scenario.ts';
import { logged } from './sim-log.ts';
import type { SimServer } from './sim-server.ts';
import { nameOf } from './transactions.ts';
import { keyOf, type World } from './world.ts';

/** Looks at every command before it is obeyed, and at the whole world in the end. */
export interface Judge {
  inspect(server: SimServer, command: ServerCommand): Promise<void>;
  /** The old primary answers again from now on. */
  primaryReturned(): void;
  /** A server that met with a fault is excused: it may lack, and be left behind. */
  excuse(number: number): void;
  /** Call when nothing is under way any more. */
  judgeEnd(oddities: Oddities): Promise<void>;
}

/** A returned primary has answered a knock by then. */
const ANSWER_MS = 100;

/** What became of our process. */
export interface Fate {
  /** It was killed and another goes on; what is written down then has times of its own. */
  hasDied(): boolean;
  /** What it knew of a pair does not count any more, or was not written down. */
  hasForgotten(): boolean;
}

export function createJudge(scenario: Scenario, world: World, store: Store, { hasDied, hasForgotten }: Fate): Judge {
  let returnedAtMs: number | null = null;
  /** From the first destructive command on, a recovery goes forward only. */
  let isPastReturn = false;
  const excused = new Set<number>(scenario.alsoDies === null ? [] : [scenario.alsoDies]);
  const accuse = (what: string): void => {
    world.violations.push(what);
    world.tell(`VIOLATION ${what}`);
  };
  const family = (): SimServer[] => [...world.servers.values()].filter(({ number }) => number !== 1);
  const received = (server: SimServer): string[] => [
    ...(server.isBinlogServer ? logged(server.log).map(nameOf) : server.executed),
    ...(server.replication?.relay.map(nameOf) ?? []),
  ];

  async function judgeDestructive(server: SimServer, command: ServerCommand): Promise<void> {
    const isDestructive = command.kind === 'forget-source' || (command.kind === 'set-read-only' && !command.readOnly);
    if (!isDestructive || server.number === 1) return;
    const [underway] = (await store.recoveries.readRecoveries({})).filter(({ endedAt }) => endedAt === '');
    const failed = underway?.key ?? keyOf(1);
    const deposed = await store.recoveries.readDeposed();
    const row = deposed.find(({ key }) => sameKey(key, failed));
    if (row === undefined)
      return accuse(`${command.kind} on ${server.number} before the failed primary was recorded as deposed`);
    // The other co-primary failed, too: whether server 1 is back decides nothing.
    if (!sameKey(failed, keyOf(1))) return;
    const { isUp, isHung } = world.server(1);
    const wasBack = isUp && !isHung && returnedAtMs !== null && row.deposedAtMs > returnedAtMs + ANSWER_MS;
    if (wasBack && !isPastReturn && !hasDied())
      accuse(`${server.number} was promoted although the primary was back before`);
    isPastReturn = true;
  }

  /** What a healthy replica had received must be at the successor before it takes writes (design, rank and drain). */
  function judgeLoss(server: SimServer, command: ServerCommand): void {
    // One that takes writes already is promoted when it forgets its source.
    const isOpened = command.kind === 'set-read-only' && !command.readOnly;
    const isPromoted = isOpened || (command.kind === 'forget-source' && isOpenPair(server));
    if (!isPromoted || server.number === 1) return;
    for (const other of family()) {
      if (other === server || excused.has(other.number) || !other.isUp || other.isHung || other.answersAfterMs > 300)
        continue;
      if (hasDied() && other.replication !== null && !isKnownBelow(other.replication.source)) continue;
      if (isBelowLost(other)) continue;
      const lost = received(other).filter((name) => !server.executed.has(name));
      if (lost.length > 0)
        accuse(`${server.number} becomes writable without ${lost.join(' ')}, which ${other.number} had received`);
    }
  }

  /** The other co-primary, which took writes before anything failed. */
  const isOpenPair = ({ number }: SimServer): boolean => number === 2 && scenario.pair?.isOtherWritable === true;

  /** It follows the other co-primary, and is made to look again when that is suspected: our death may leave it stopped. */
  const isBelowPair = ({ number }: SimServer): boolean => number === scenario.pair?.below;

  /** It followed the other co-primary, and something happened to that. */
  const isBelowLost = (server: SimServer): boolean => isBelowPair(server) && excused.has(2);

  async function judgeClosed(): Promise<void> {
    const open = await store.recoveries.readOpenIntents();
    if (open.length > 0) accuse(`the intent of recovery ${open.map(({ uid }) => uid)} is still open`);
    for (const record of await store.recoveries.readRecoveries({}))
      if (record.endedAt === '') accuse(`recovery ${record.recoveryId} has no end`);
  }

  async function judgeFollowing(successor: SimServer, oddities: Oddities): Promise<void> {
    const lost = (await store.recoveries.readRecoveries({})).flatMap(({ lostReplicas }) => lostReplicas);
    const isLost = ({ key }: SimServer): boolean => lost.some((one) => sameKey(one, key));
    if (successor.replication !== null || successor.isReadOnly)
      accuse(`the successor ${successor.number} does not take writes`);
    for (const server of family()) {
      const { replication, number } = server;
      if (server === successor || !server.isUp || server.isHung) continue;
      if (isBelowPair(server) && (excused.has(2) || isLost(world.server(2)))) continue;
      const isReported = isLost(server);
      if (isReported) {
        // Without GTIDs of any kind nobody can tell where it would go on.
        const isBehind = [...successor.executed].some((name) => isOfFailed(name) && !server.executed.has(name));
        // In a pair that both wrote the same rows stand in another order in every log.
        const isOrdered = scenario.pair === null || !hasWritten(scenario.pair);
        const isFound = scenario.knowsPseudoGtid && server.logsReplicaUpdates && isOrdered;
        if (scenario.isByPlace && !isFound && isBehind && !isHeldFor(successor)) continue;
        if (scenario.isByPlace && mayHaveOwnRows(server, successor)) continue;
        if (scenario.isByPlace && [number, successor.number].includes(2) && isShort(server)) continue;
        // Its own rows come round, and until it has passed them its place is behind that of others.
        if (scenario.isByPlace && number === 2 && !isOrdered) continue;
        if (hasLostItsServer(server)) continue;
        // It serves a log that the successor does not continue.
        if (server.isBinlogServer && (successor.logsReplicaUpdates || isBehind)) continue;
        if (!excused.has(number) && !oddities.hindered.has(number) && !oddities.applierStopped.has(number))
          accuse(`${number} is reported lost, though nothing was wrong with it`);
        continue;
      }
      const above = replication === null ? null : sourceOf(server, successor);
      if (replication !== null && hasDied() && !isKnownBelow(replication.source)) continue;
      if (replication === null || above === null) {
        accuse(`${number} neither follows ${successor.number} nor is reported lost`);
        continue;
      }
      if (!oddities.receiverStopped.has(number) && !replication.receiverConnected)
        accuse(`${number} has ${successor.number} as its source, does not receive, and is not reported lost`);
      // A binlog server applies nothing: a person who stopped its receiver stopped it.
      const isStopped = oddities.applierStopped.has(number) || (server.isBinlogServer && !replication.receiverStarted);
      if (!replication.applierStarted && !isStopped && replication.applierError === 0)
        accuse(`the applier of ${number} was left stopped`);
      const errant = received(server).filter((name) => !successor.executed.has(name));
      // It has read the successor's log to the end: what it has not got by now it never gets.
      const isLevel = isLevelWith(server, successor);
      const own = new Set(received(server));
      const missed = isLevel ? [...successor.executed].filter((name) => !own.has(name)) : [];
      if (missed.length > 0) accuse(`${number} follows ${successor.number} and will never have ${missed.join(' ')}`);
      if (errant.length > 0) accuse(`${number} follows ${successor.number} but has ${errant.join(' ')} beside it`);
    }
  }

  /** It stands in the log of server 1: its own, or what that had from the other co-primary. */
  const isOfFailed = (name: string): boolean =>
    name.startsWith('1:') || (scenario.pair !== null && world.server(1).executed.has(name));

  /** The other co-primary failed, too, and was replaced: that one is deposed, and no ring is left. */
  async function judgeOtherReplaced(successor: SimServer): Promise<void> {
    const other = world.server(2);
    const deposed = await store.recoveries.readDeposed();
    if (!deposed.some(({ key }) => sameKey(key, other.key))) accuse('the other co-primary is not recorded as deposed');
    if (successor.isUp && !successor.isHung && (successor.isReadOnly || successor.replication !== null))
      accuse(`${successor.number} has replaced the other co-primary and does not take writes, or follows it still`);
    for (const former of [world.server(1), other])
      if (former !== successor && former.isUp && !former.isHung && !former.isReadOnly)
        accuse(`co-primary ${former.number} came back and is not fenced`);
  }

  /** One of these is the other co-primary, with rows that nobody can tell by their place in the log of the failed one. */
  function mayHaveOwnRows(...servers: readonly SimServer[]): boolean {
    const { pair } = scenario;
    if (pair === null) return false;
    const isKnown = !pair.isOtherWritable && pair.lagging === null && pair.quietMs >= KNOWN_AFTER_MS;
    const mayHave = !isKnown || hasForgotten();
    return mayHave && servers.some(({ number }) => number === 2);
  }

  /**
   * It lacks what stood in the log of server 1 when we last looked: rows of the other co-primary, for all that is known; that one itself
   * has them, and nobody knows after which others.
   */
  function isShort(server: SimServer): boolean {
    const seen = logged(world.server(1).log).slice(0, world.read.get(1) ?? 0);
    const has = new Set(received(server));
    return scenario.pair !== null && seen.some((one) => !has.has(nameOf(one)));
  }

  /** Its source, where that is the successor or a binlog server that follows it; else null. */
  function sourceOf(server: SimServer, successor: SimServer): SimServer | null {
    const above = world.servers.get(server.replication?.source ?? 0) ?? null;
    if (above === null || above === successor) return above;
    const isPassedOn = above.isBinlogServer || (isBelowPair(server) && above.number === 2);
    return isPassedOn && sourceOf(above, successor) !== null ? above : null;
  }

  /** The heir of a process that died never saw a binlog server that died with the primary, and does not know its replicas for readers. */
  const isKnownBelow = (source: number): boolean => {
    const above = world.servers.get(source);
    if (above?.isBinlogServer !== true) return true;
    return above.isUp && (above.replication === null || isKnownBelow(above.replication.source));
  };

  /** It has read its source's log to the end, and so has every binlog server above it. */
  function isLevelWith(server: SimServer, successor: SimServer): boolean {
    const above = sourceOf(server, successor);
    if (above === null || server.replication === null) return false;
    const isLevel = server.replication.receiverConnected && server.replication.levelWith === above.log.version;
    // What the other co-primary has yet to execute it has yet to pass on.
    const isPassedOn = above.isBinlogServer || above.replication?.relay.length === 0;
    return isLevel && (above === successor || (isPassedOn && isLevelWith(above, successor)));
  }

  /** Something happened to the binlog server below which it began, or to one above that: perhaps only when that had moved already. */
  function hasLostItsServer({ number }: SimServer): boolean {
    const specOf = (one: number) => scenario.tree?.specs.find((spec) => spec.number === one);
    const above = specOf(specOf(number)?.source ?? 0);
    if (above?.isBinlogServer !== true) return false;
    return excused.has(above.number) || hasLostItsServer(world.server(above.number));
  }

  /** A binlog server that nothing is wrong with holds everything that the failed primary gave the successor: replicas read on there. */
  const isHeldFor = (successor: SimServer): boolean =>
    family().some((server) => {
      if (!server.isBinlogServer || !server.isUp || server.isHung || excused.has(server.number)) return false;
      const held = new Set(received(server));
      return [...successor.executed].every((name) => !name.startsWith('1:') || held.has(name));
    });

  /** Nothing was promoted: whoever listened to the primary listens again, also if it met with a fault, and was away for a time. */
  function judgeRestored(oddities: Oddities): void {
    for (const server of family()) {
      const { replication, number } = server;
      if (!server.isUp || server.isHung || number === scenario.alsoDies || replication === null) continue;
      const isApplying = replication.applierStarted || replication.applierError !== 0;
      const mayApplierRest = oddities.applierStopped.has(number);
      if (!isApplying && !mayApplierRest) accuse(`nothing was promoted, but the applier of ${number} was left stopped`);
      // By GTID its relay log would be thrown away beside a resting applier.
      const isHeldBack =
        server.flavour === 'mariadb-10.11' &&
        (mayApplierRest || (replication.applierError !== 0 && !scenario.isByPlace));
      const mayRest = oddities.receiverStopped.has(number) || isHeldBack || replication.receiverError === 1236;
      if (!replication.receiverStarted && !mayRest)
        accuse(`nothing was promoted, but the receiver of ${number} was left stopped`);
    }
  }

  /** Nothing was promoted: a primary that is back takes writes, or whoever reads of the recovery is told that it does not. */
  function judgePrimary(records: readonly RecoveryRecord[]): void {
    const { isUp, isHung, isReadOnly } = world.server(1);
    const isTold = records.some(({ errors }) => errors.some((error) => error.includes('read-only since')));
    if (isUp && !isHung && isReadOnly && !isTold && !hasDied())
      accuse('the old primary is back, closed, and nobody is told');
  }

  return {
    async inspect(server, command) {
      await judgeDestructive(server, command);
      judgeLoss(server, command);
    },
    primaryReturned() {
      returnedAtMs = world.clock.now();
    },
    excuse: (number) => void excused.add(number),
    async judgeEnd(oddities) {
      world.advance();
      await judgeClosed();
      const records = await store.recoveries.readRecoveries({});
      const success = records.find(({ isSuccessful }) => isSuccessful);
      // Both died, and server 1 was back first: it, or another one, replaced the other co-primary.
      if (scenario.pair !== null && success !== undefined && sameKey(success.key, keyOf(2))) {
        const successor = success.successor === null ? null : world.byKey(success.successor);
        return successor === null ? accuse('the successor is unknown') : judgeOtherReplaced(successor);
      }
      const deposed = await store.recoveries.readDeposed();
      const row = deposed.find(({ key }) => sameKey(key, keyOf(1)));
      const isDeposed = row !== undefined;
      const committed = row?.successor == null ? null : world.byKey(row.successor);
      const opened = family().find((server) => !server.isReadOnly && !isOpenPair(server));
      const forgot = family().find(({ replication }) => replication === null);
      if (success?.successor != null) {
        const successor = world.byKey(success.successor);
        if (successor === null) return accuse('the successor is unknown');
        if (!isDeposed) accuse('the failed primary is not recorded as deposed');
        if (successor.isUp && !successor.isHung) await judgeFollowing(successor, oddities);
        if (world.server(1).isUp && !world.server(1).isHung && !world.server(1).isReadOnly)
          accuse('the old primary came back and is not fenced');
        return;
      }
      // A successor that vanished when it was begun may have been opened for all we know: a person must look.
      if (committed !== null && excused.has(committed.number)) return;
      if (opened === undefined && forgot === undefined) {
        if (isDeposed) accuse('nothing was promoted, but the failed primary is recorded as deposed');
        judgeRestored(oddities);
        judgePrimary(records);
      } else if (opened !== undefined && !excused.has(opened.number)) {
        accuse(`${opened.number} is writable, but no recovery is recorded as successful`);
      }
    },
  };
}
