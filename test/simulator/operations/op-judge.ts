import type { OperationOutcome } from '../../../src/engine/operations/outcome.ts';
import { formatKey } from '../../../src/model/instance-key.ts';
import type { OperationPlan } from '../../../src/plan/operations/input.ts';
import type { OperationRequest } from '../../../src/plan/operations/request.ts';
import { isMariadb, type SimServer } from '../sim-server.ts';
import { nameOf } from '../transactions.ts';
import type { World } from '../world.ts';
import { expectedStates } from './expected.ts';
import { type ServerState, shortOf, stateOf, statesOf } from './snapshot.ts';

type States = ReadonlyMap<string, ServerState>;

/** Nothing in its way: it answers us, and lives. */
const isReachable = ({ isUp, isHung, isCutOff }: SimServer): boolean => isUp && !isHung && !isCutOff;

export function accuse(world: World, what: string): void {
  world.violations.push(what);
  world.tell(`VIOLATION ${what}`);
}

/** Every server is as `wanted` says, or better; but for those that cannot be reached, and those that were told to be left. */
export function judgeStates(world: World, wanted: States, told: ReadonlySet<string>, why: string): void {
  for (const server of world.servers.values()) {
    const name = formatKey(server.key);
    const state = wanted.get(name);
    if (state === undefined || told.has(name) || !isReachable(server)) continue;
    const shortage = shortOf(state, stateOf(server));
    if (shortage !== '') accuse(world, `${why}: ${server.number}: ${shortage}`);
  }
}

/**
 * Said of what cannot be taken back; of a replica by coordinates that has read on at its new source, of one whose delay is longer than
 * anybody waits or whose applier is broken, of a MariaDB by GTID of which both threads rest before it has executed everything.
 */
export const NO_WAY_BACK =
  /^there is no way back|has executed .* of its source's log, (which is past|not yet)|has yet to execute|applier of .* (is not running|stopped with error)|receiver of \S+ is stopped/;

/** It was left, and replicates there. */
export const isGoingOn = (world: World, key: SimServer['key']): boolean => {
  const replication = world.byKey(key)?.replication;
  return replication?.receiverConnected === true && replication.applierStarted;
};

/** A MariaDB by GTID that has more than its source has yet is sent away by that (1236), and does not try again by itself. */
export const sentAway = (world: World): readonly string[] =>
  [...world.servers.values()]
    .filter((server) => isMariadb(server) && server.replication?.receiverError === 1236)
    .map(({ key }) => formatKey(key));

/** Where nothing goes wrong but the operation itself, everything can be taken back that has a way back. */
export function judgeLeftovers(world: World, { kind }: OperationRequest, outcome: OperationOutcome): void {
  if (outcome.kind === 'refused') return;
  for (const { server, reason } of outcome.leftovers)
    if (!NO_WAY_BACK.test(reason) && !isGoingOn(world, server)) accuse(world, `${kind} left ${server.port}: ${reason}`);
}

/** How an operation ended, against how the world was before it. */
export function judgeOutcome(
  world: World,
  before: States,
  request: OperationRequest,
  outcome: OperationOutcome,
  commandsBefore: number,
): void {
  if (outcome.kind === 'refused') {
    const sent = world.countCommands() - commandsBefore;
    if (sent > 0) accuse(world, `${request.kind} was refused, but ${sent} commands were sent`);
    return;
  }
  const told = new Set(outcome.leftovers.map(({ server }) => formatKey(server)));
  if (outcome.kind === 'failed') {
    judgeStates(world, before, told, `${request.kind} failed and was taken back`);
    return;
  }
  const failed = new Set(outcome.failed.map(({ server }) => formatKey(server)));
  const reached = partOf(outcome.plan, failed);
  judgeStates(world, expectedStates(before, reached, request), told, `${request.kind} was done`);
}

/** The plan without the servers on which it failed: those must be as before. */
export function partOf(plan: OperationPlan, failed: ReadonlySet<string>): OperationPlan {
  return {
    ...plan,
    effects: plan.effects.filter(({ server }) => !failed.has(formatKey(server))),
    stages: plan.stages.map((stage) => ({
      ...stage,
      lanes: stage.lanes.filter(({ server }) => !failed.has(formatKey(server))),
    })),
  };
}

/** The ring through which transactions run round by way of a server, as numbers; null when it is part of none. */
function ringOf(world: World, start: SimServer): readonly number[] | null {
  const heardBy = (server: SimServer | undefined): number =>
    server?.replication?.receiverStarted === true ? server.replication.source : 0;
  const ring = [start.number];
  let above = heardBy(start);
  while (above !== 0 && above !== start.number) {
    if (ring.includes(above)) return null;
    ring.push(above);
    above = heardBy(world.servers.get(above));
  }
  return above === 0 ? null : ring;
}

/** Never a ring, but for two primaries that were so before, or are made so. */
export function judgeRings(world: World, allowed: ReadonlySet<string>): void {
  for (const server of world.servers.values()) {
    const ring = ringOf(world, server);
    if (ring !== null && !(ring.length === 2 && allowed.has([...ring].sort().join())))
      accuse(world, `a ring: ${ring.join(' → ')}`);
  }
}

/** Pairs of servers that have each other for their source. */
export const pairsOf = (world: World): Set<string> =>
  new Set(
    [...world.servers.values()].flatMap(({ number, replication }) => {
      const source = world.servers.get(replication?.source ?? 0);
      return source?.replication?.source === number ? [[number, source.number].sort().join()] : [];
    }),
  );

/**
 * Who replicates and lacks something that its source has. `excused` have been broken before; errant transactions are nobody's but
 * their writer's.
 */
export function laggards(world: World, excused: ReadonlySet<number>): readonly string[] {
  return [...world.servers.values()].flatMap((server) => {
    const { replication, number } = server;
    const source = world.servers.get(replication?.source ?? 0);
    if (replication === null || source === undefined || server.isBinlogServer || excused.has(number)) return [];
    if (!isAlive(server) || !isAlive(source) || !replication.receiverStarted) return [];
    if (!replication.applierStarted || replication.delaySeconds > 0) return [];
    const own = new Set([...server.history.map(nameOf), ...server.executed]);
    const common = source.history.filter(({ isErrant }) => isErrant !== true);
    const missing = common.map(nameOf).filter((name) => !own.has(name));
    return missing.length === 0 ? [] : [`${number} never gets ${missing.slice(0, 5).join(' ')} of ${source.number}`];
  });
}

const isAlive = ({ isUp, isHung }: SimServer): boolean => isUp && !isHung;

export const worldStates = (world: World): States => statesOf(world.servers.values());
