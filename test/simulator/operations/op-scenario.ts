import type { OperationSettings } from '../../../src/plan/operations/input.ts';
import type { Random } from '../random.ts';
import type { CommandFault } from '../sim-port.ts';
import { write } from '../sim-replication.ts';
import { isMariadb } from '../sim-server.ts';
import { nameOf } from '../transactions.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { createWorldOf, type World } from '../world.ts';
import { type FleetPlan, planFleet } from './fleet-plan.ts';

/** One world to rearrange, made from a seed. */
export interface OpScenario {
  readonly seed: number;
  readonly random: Random;
  readonly fleet: FleetPlan;
  readonly world: World;
  readonly planning: Partial<OperationSettings>;
  /** Nobody lags for long, nothing is broken: what is accepted must come to its end. */
  readonly isCalm: boolean;
  /** Probability that a command meets with a fault. */
  readonly faultRate: number;
  /** Servers whose applier cannot go on by itself. */
  readonly excused: ReadonlySet<number>;
}

const LONG_FAULTS: readonly CommandFault[] = ['not-sent', 'not-sent', 'answer-lost', 'dies-before', 'dies-after'];

/** `isCalm` given: no faults, no lag. */
export async function makeOpScenario(
  seed: number,
  random: Random,
  clock: VirtualClock,
  options: { readonly isCalm?: boolean } = {},
): Promise<OpScenario> {
  const fleet = planFleet(random);
  const world = createWorldOf(clock, fleet.specs);
  for (const { number, isReadOnly } of fleet.specs) if (number > 1 && isReadOnly === false) world.zombies.add(number);
  world.stepsPerWrite = random.pick([2, 4, 8]);
  await pass(world, random.between(60, 200));
  const isCalm = options.isCalm ?? random.chance(0.5);
  const excused = isCalm ? new Set<number>() : disturb(world, random);
  if (isCalm && random.chance(0.6)) slowDown(world, random);
  await pass(world, 40);
  world.areClientsWriting = random.chance(0.7);
  if (random.chance(0.3)) stopWriting(world, random.between(5, 60));
  return {
    seed,
    random,
    fleet,
    world,
    planning: {
      knowsPseudoGtid: random.chance(0.4),
      verifyReplicationFilters: random.chance(0.3),
    },
    isCalm,
    faultRate: isCalm || random.chance(0.5) ? 0 : random.pick([0.02, 0.1, 0.3]),
    excused,
  };
}

export async function pass(world: World, ms: number): Promise<void> {
  await world.clock.runUntil(() => false, ms);
  world.advance();
}

/** Nothing is wrong with them, but they are not level: each is as fast as it is, and some rest for a moment. */
function slowDown(world: World, random: Random): void {
  for (const server of world.servers.values()) {
    server.receiveSpeed = random.pick([1, 3, 10]);
    const speed = random.pick([1, 3, 10]);
    server.applySpeed = random.chance(0.4) ? 0 : speed;
    if (server.applySpeed === 0)
      void world.clock.sleep(random.between(40, 400)).then(() => {
        world.advance();
        server.applySpeed = speed;
      });
  }
}

function stopWriting(world: World, afterMs: number): void {
  void world.clock.sleep(40 + afterMs).then(() => {
    world.advance();
    world.areClientsWriting = false;
  });
}

/** Replicas get their characters: slow, frozen for a while, stopped by a person, with a transaction of their own, broken. */
function disturb(world: World, random: Random): Set<number> {
  const excused = new Set<number>();
  for (const server of world.servers.values()) {
    const { replication } = server;
    if (replication === null || server.isBinlogServer) continue;
    server.receiveSpeed = random.pick([1, 1, 3, 10]);
    server.applySpeed = random.pick([1, 1, 3, 10]);
    if (random.chance(0.1)) {
      server.applySpeed = 0;
      void world.clock.sleep(random.pick([200, 2_000, 6_000])).then(() => {
        world.advance();
        server.applySpeed = 10;
      });
    }
    if (random.chance(0.07)) {
      replication.receiverStarted = false;
      replication.receiverConnected = false;
    }
    if (random.chance(0.07)) replication.applierStarted = false;
    if (random.chance(0.05)) {
      server.breaksAt = nextName(world, random);
      excused.add(server.number);
    }
    if (random.chance(0.05) && !isMariadb(server) && server.isReadOnly) {
      const name = nameOf(write(server, world.clock.monotonicMs()));
      world.tell(`${server.number} has a transaction of its own: ${name}`);
    }
    server.answersAfterMs = random.chance(0.04) ? random.pick([100, 1_200]) : 1;
  }
  return excused;
}

function nextName(world: World, random: Random): string {
  const primary = world.server(1);
  return nameOf({ origin: 1, sequence: primary.written + random.between(0, 8) });
}

/** The next fault of the seed. */
export function nextOpFault({ random, faultRate }: Pick<OpScenario, 'random' | 'faultRate'>): CommandFault {
  return faultRate > 0 && random.chance(faultRate) ? random.pick([...LONG_FAULTS, 'hangs']) : 'none';
}

/** A partition between us and one server, for a while. */
export function cutOff({ world, random, faultRate }: OpScenario): void {
  if (faultRate === 0 || !random.chance(0.3)) return;
  const server = random.pick([...world.servers.values()]);
  const ms = random.pick([20, 500, 8_000]);
  void world.clock.sleep(random.between(5, 100)).then(async () => {
    world.tell(`we cannot reach ${server.number} for ${ms} ms`);
    server.isCutOff = true;
    await world.clock.sleep(ms);
    server.isCutOff = false;
  });
}

export const describeFleet = ({ fleet, isCalm, faultRate, world }: OpScenario): string => {
  const servers = fleet.specs.map((spec) => {
    const marks = [
      spec.isBinlogServer === true ? 'binlog server' : '',
      spec.positioning === 'coordinates' ? 'by place' : '',
      (spec.delaySeconds ?? 0) > 0 ? `delay ${spec.delaySeconds}` : '',
      spec.hasFilters === true ? 'filters' : '',
      spec.logsReplicaUpdates === false ? 'logs no updates' : '',
      spec.version === undefined ? '' : '8.0',
    ].filter((mark) => mark !== '');
    return `${spec.number}←${spec.source ?? '-'}${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`;
  });
  const writing = world.areClientsWriting ? 'writing' : 'idle';
  return `${fleet.flavour}, ${fleet.positioning}, ${isCalm ? 'calm' : `faults ${faultRate}`}, ${writing}: ${servers.join('; ')}`;
};
