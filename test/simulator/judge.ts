import type { Store } from '../../src/engine/ports.ts';
import type { ServerCommand } from '../../src/model/command.ts';
import { sameKey } from '../../src/model/instance-key.ts';
import type { Oddities, Scenario } from './scenario.ts';
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

/** `hasDied`: our process was killed and another goes on; what is written down then has times of its own. */
export function createJudge(scenario: Scenario, world: World, store: Store, hasDied: () => boolean): Judge {
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
    ...server.executed,
    ...(server.replication?.relay.map(nameOf) ?? []),
  ];

  async function judgeDestructive(server: SimServer, command: ServerCommand): Promise<void> {
    const isDestructive = command.kind === 'forget-source' || (command.kind === 'set-read-only' && !command.readOnly);
    if (!isDestructive || server.number === 1) return;
    const deposed = await store.recoveries.readDeposed();
    const row = deposed.find(({ key }) => sameKey(key, keyOf(1)));
    if (row === undefined)
      return accuse(`${command.kind} on ${server.number} before the failed primary was recorded as deposed`);
    const { isUp, isHung } = world.server(1);
    const wasBack = isUp && !isHung && returnedAtMs !== null && row.deposedAtMs > returnedAtMs + ANSWER_MS;
    if (wasBack && !isPastReturn && !hasDied())
      accuse(`${server.number} was promoted although the primary was back before`);
    isPastReturn = true;
  }

  /** What a healthy replica had received must be at the successor before it takes writes (design, rank and drain). */
  function judgeLoss(server: SimServer, command: ServerCommand): void {
    if (command.kind !== 'set-read-only' || command.readOnly || server.number === 1) return;
    for (const other of family()) {
      if (other === server || excused.has(other.number) || !other.isUp || other.isHung || other.answersAfterMs > 300)
        continue;
      const lost = received(other).filter((name) => !server.executed.has(name));
      if (lost.length > 0)
        accuse(`${server.number} becomes writable without ${lost.join(' ')}, which ${other.number} had received`);
    }
  }

  async function judgeClosed(): Promise<void> {
    const open = await store.recoveries.readOpenIntents();
    if (open.length > 0) accuse(`the intent of recovery ${open.map(({ uid }) => uid)} is still open`);
    for (const record of await store.recoveries.readRecoveries({}))
      if (record.endedAt === '') accuse(`recovery ${record.recoveryId} has no end`);
  }

  async function judgeFollowing(successor: SimServer, oddities: Oddities): Promise<void> {
    const lost = (await store.recoveries.readRecoveries({})).flatMap(({ lostReplicas }) => lostReplicas);
    if (successor.replication !== null || successor.isReadOnly)
      accuse(`the successor ${successor.number} does not take writes`);
    for (const server of family()) {
      const { replication, number } = server;
      if (server === successor || !server.isUp || server.isHung) continue;
      const isReported = lost.some((key) => sameKey(key, server.key));
      if (isReported) {
        // Without GTIDs of any kind nobody can tell where it would go on.
        const isBehind = [...successor.executed].some((name) => name.startsWith('1:') && !server.executed.has(name));
        if (scenario.isByPlace && !scenario.knowsPseudoGtid && isBehind) continue;
        if (!excused.has(number) && !oddities.hindered.has(number) && !oddities.applierStopped.has(number))
          accuse(`${number} is reported lost, though nothing was wrong with it`);
        continue;
      }
      if (replication?.source !== successor.number) {
        accuse(`${number} neither follows ${successor.number} nor is reported lost`);
        continue;
      }
      if (!oddities.receiverStopped.has(number) && !replication.receiverConnected)
        accuse(`${number} has ${successor.number} as its source, does not receive, and is not reported lost`);
      if (!replication.applierStarted && !oddities.applierStopped.has(number) && replication.applierError === 0)
        accuse(`the applier of ${number} was left stopped`);
      const errant = received(server).filter((name) => !successor.executed.has(name));
      // It has read the successor's log to the end: what it has not got by now it never gets.
      const isLevel = replication.receiverConnected && replication.levelWith === successor.log.version;
      const own = new Set(received(server));
      const missed = isLevel ? [...successor.executed].filter((name) => !own.has(name)) : [];
      if (missed.length > 0) accuse(`${number} follows ${successor.number} and will never have ${missed.join(' ')}`);
      if (errant.length > 0) accuse(`${number} follows ${successor.number} but has ${errant.join(' ')} beside it`);
    }
  }

  /** Nothing was promoted: whoever listened to the primary listens again (as far as its flavour allows without loss). */
  function judgeRestored(oddities: Oddities): void {
    for (const server of family()) {
      const { replication, number } = server;
      if (!server.isUp || server.isHung || excused.has(number) || replication === null) continue;
      const mayRest =
        oddities.receiverStopped.has(number) || (server.flavour === 'mariadb-10.11' && !replication.applierStarted);
      if (!replication.receiverStarted && !mayRest && replication.receiverError !== 1236)
        accuse(`nothing was promoted, but the receiver of ${number} was left stopped`);
      const isRight =
        replication.applierStarted || replication.applierError !== 0 || oddities.applierStopped.has(number);
      if (scenario.isByPlace && !isRight) accuse(`nothing was promoted, but the applier of ${number} was left stopped`);
    }
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
      const deposed = await store.recoveries.readDeposed();
      const row = deposed.find(({ key }) => sameKey(key, keyOf(1)));
      const isDeposed = row !== undefined;
      const committed = row?.successor == null ? null : world.byKey(row.successor);
      const opened = family().find(({ isReadOnly }) => !isReadOnly);
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
      } else if (opened !== undefined && !excused.has(opened.number)) {
        accuse(`${opened.number} is writable, but no recovery is recorded as successful`);
      }
    },
  };
}
