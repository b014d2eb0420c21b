import type { FailureKind, ServerFailure, SessionEvent } from '../../src/engine/ports.ts';
import type { ServerCommand } from '../../src/model/command.ts';
import { formatCoordinates } from '../../src/model/coordinates.ts';
import type { InstanceKey } from '../../src/model/instance-key.ts';
import { formatKey, sameKey } from '../../src/model/instance-key.ts';
import { type Obedience, obey } from './sim-commands.ts';
import { logged } from './sim-log.ts';
import { apply, BREAK_ERROR, isLevel, receive, write } from './sim-replication.ts';
import { createServer, mayWrite, type ServerSpec, type SimFlavour, type SimServer } from './sim-server.ts';
import { nameOf } from './transactions.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Replication and clients move on in steps of this length. */
const STEP_MS = 5;
/** Between the last look before a command and the command. */
const UNSEEN_MS = 10;

/** A whole simulated fleet: servers, links, clients, and the judge that notes what must never happen. */
export interface World {
  readonly clock: VirtualClock;
  readonly servers: ReadonlyMap<number, SimServer>;
  /** What happened, for people who read about a failing seed. */
  readonly story: string[];
  /** What must never happen and did. */
  readonly violations: string[];
  /** Clients insert on every server that lets them, once in so many steps. */
  areClientsWriting: boolean;
  stepsPerWrite: number;
  /** How many transactions the log of each server held when we last read it. */
  readonly read: Map<number, number>;
  /** Commands that reached a server so far. */
  countCommands(): number;
  /** Servers that may be writable beside the successor until they are fenced: the returned old primary. */
  readonly zombies: Set<number>;
  /** Servers that clients leave alone, though they would be let in. */
  readonly quiet: Set<number>;
  server(number: number): SimServer;
  byKey(key: InstanceKey): SimServer | null;
  /** Lets replication and clients catch up with the clock. */
  advance(): void;
  /** A server obeys; the judge looks. */
  command(server: SimServer, command: ServerCommand): Obedience;
  /** SIGKILL. `partialAt`: replicas at which the beginning of one more transaction had arrived. */
  crash(number: number, partialAt?: readonly number[]): void;
  hang(number: number): void;
  wake(number: number): void;
  /** Once it goes on, if it ever does. */
  onWake(number: number, then: () => void): void;
  /** Starts it again, as a supervisor would. */
  restart(number: number, readOnly: boolean): void;
  onSessionLost(listener: (event: SessionEvent) => void): () => void;
  tell(what: string): void;
}

export const keyOf = (number: number): InstanceKey => ({ hostname: '10.0.0.1', port: number });

export const failure = (kind: FailureKind, server: InstanceKey, errorNumber: number | null = null): ServerFailure => ({
  kind,
  errorNumber,
  message: `${formatKey(server)}: ${kind}${errorNumber === null ? '' : ` (error ${errorNumber})`}`,
});

/** A primary (number 1) and its replicas (2 …), all in step with each other. */
export const createWorld = (clock: VirtualClock, flavour: SimFlavour, replicas: number, isByPlace = false): World =>
  createWorldOf(
    clock,
    Array.from({ length: replicas + 1 }, (_, index) => ({
      number: index + 1,
      key: keyOf(index + 1),
      flavour,
      source: index === 0 ? null : 1,
      sourceKey: keyOf(1),
      // Each has a log of its own: the same place of two logs means nothing.
      ...(isByPlace
        ? {
            isGtidOn: flavour === 'mariadb-10.11',
            positioning: 'coordinates' as const,
            log: { prefix: `log${index}`, header: 120 + index, perFile: 7 + index, overhead: 60 + 3 * index },
          }
        : {}),
    })),
  );

/** Any fleet; nothing is written or received yet. */
export function createWorldOf(clock: VirtualClock, specs: readonly ServerSpec[]): World {
  const servers = new Map(specs.map((spec) => [spec.number, createServer(spec)]));
  const listeners = new Set<(event: SessionEvent) => void>();
  const story: string[] = [];
  const waking: { readonly number: number; run(): void }[] = [];
  const violations: string[] = [];
  let reachedMs = clock.monotonicMs();
  let steps = 0;
  let commands = 0;

  const numberOf = (key: InstanceKey): number | null => byKey(key)?.number ?? null;
  const byKey = (key: InstanceKey): SimServer | null =>
    [...servers.values()].find((server) => sameKey(server.key, key)) ?? null;

  function server(number: number): SimServer {
    const found = servers.get(number);
    if (found === undefined) throw new Error(`no server ${number}`);
    return found;
  }

  function tell(what: string): void {
    story.push(`${String(Math.round(clock.monotonicMs())).padStart(6)} ms  ${what}`);
  }

  function accuse(what: string): void {
    violations.push(what);
    tell(`VIOLATION ${what}`);
  }

  /** An applier that breaks in the very moment between the look at it and the move: nobody could know. */
  const breaksUnseen = ({ replication }: SimServer): boolean =>
    replication?.applierError === BREAK_ERROR && clock.monotonicMs() - replication.brokeAtMs <= UNSEEN_MS;

  function step(): void {
    const nowMs = reachedMs + STEP_MS;
    steps += 1;
    if (world.areClientsWriting && steps % world.stepsPerWrite === 0)
      for (const one of servers.values()) if (mayWrite(one) && !world.quiet.has(one.number)) write(one, nowMs);
    for (const one of servers.values()) receive(one, servers.get(one.replication?.source ?? 0));
    for (const one of servers.values()) apply(one, nowMs, accuse);
    judgeWritable();
  }

  let wasDouble = false;
  function judgeWritable(): void {
    const writable = [...servers.values()].filter((one) => mayWrite(one) && !world.zombies.has(one.number));
    const isDouble = writable.length > 1;
    if (isDouble && !wasDouble) accuse(`two servers are writable: ${writable.map(({ number }) => number).join(', ')}`);
    wasDouble = isDouble;
  }

  const world: World = {
    clock,
    servers,
    story,
    violations,
    areClientsWriting: true,
    stepsPerWrite: 1,
    read: new Map(),
    countCommands: () => commands,
    zombies: new Set(),
    quiet: new Set(),
    server,
    byKey,
    tell,
    advance() {
      for (; reachedMs + STEP_MS <= clock.monotonicMs(); reachedMs += STEP_MS) step();
    },
    command(target, command) {
      commands += 1;
      const outcome = obey(target, command, numberOf, clock.monotonicMs());
      tell(
        `${target.number} ← ${describe(command)}${outcome.errorNumber === null ? '' : `: error ${outcome.errorNumber}`}`,
      );
      if (outcome.discarded.length > 0 && !breaksUnseen(target))
        accuse(
          `${command.kind} on ${target.number} threw away un-applied transactions ${outcome.discarded.map(nameOf).join(' ')}`,
        );
      judgeWritable();
      return outcome;
    },
    crash(number, partialAt = []) {
      world.advance();
      const victim = server(number);
      tell(`${number} is killed${partialAt.length > 0 ? `, in the middle of a transaction for ${partialAt}` : ''}`);
      const partial = { origin: number, sequence: nextSequence(victim) };
      for (const replica of partialAt) {
        const { replication } = server(replica);
        // Only who has everything before it can have the beginning of it.
        if (replication?.source !== number || !replication.receiverConnected || !isLevel(server(replica), victim))
          continue;
        replication.partial = partial;
        if (replication.positioning !== 'coordinates') continue;
        replication.beforePartial = replication.readAt;
        replication.readAt = { ...replication.readAt, position: replication.readAt.position + 10 + replica };
      }
      victim.isUp = false;
      sessionsEnd(victim);
    },
    hang(number) {
      world.advance();
      tell(`${number} hangs`);
      server(number).isHung = true;
    },
    wake(number) {
      world.advance();
      tell(`${number} goes on`);
      server(number).isHung = false;
      for (const then of waking.filter((one) => one.number === number)) {
        waking.splice(waking.indexOf(then), 1);
        then.run();
      }
    },
    onWake: (number, run) => void waking.push({ number, run }),
    restart(number, readOnly) {
      world.advance();
      tell(`${number} is started again, ${readOnly ? 'read-only' : 'writable'}`);
      Object.assign(server(number), { isUp: true, isHung: false, isReadOnly: readOnly, isSuperReadOnly: false });
      server(number).startedAtMs = clock.monotonicMs();
      const { replication } = server(number);
      if (replication !== null) replication.receiverConnected = false;
    },
    onSessionLost(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };

  function sessionsEnd({ key }: SimServer): void {
    void clock.sleep(1).then(() => {
      for (const listener of listeners) listener({ kind: 'session-lost', key, failure: failure('closed', key) });
    });
  }

  return world;
}

const nextSequence = (server: SimServer): number =>
  Math.max(
    0,
    ...logged(server.log)
      .filter(({ origin }) => origin === server.number)
      .map(({ sequence }) => sequence),
  ) + 1;

function describe(command: ServerCommand): string {
  switch (command.kind) {
    case 'change-source': {
      const { source, receiverOnly, positioning, coordinates } = command;
      const words = [
        `change-source ${formatKey(source)}`,
        ...(receiverOnly ? ['(receiver only)'] : []),
        ...(positioning === null ? [] : [positioning]),
        ...(coordinates === undefined ? [] : [formatCoordinates(coordinates)]),
      ];
      return words.join(' ');
    }
    case 'start-until':
      return `start-until ${command.coordinates === undefined ? 'nowhere' : formatCoordinates(command.coordinates)}`;
    case 'set-read-only':
      return `set-read-only ${command.readOnly}`;
    case 'set-delay':
      return `set-delay ${command.seconds}`;
    default:
      return command.kind;
  }
}
