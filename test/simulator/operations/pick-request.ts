import { OPERATION_KINDS, type OperationKind, type OperationRequest } from '../../../src/plan/operations/request.ts';
import type { Random } from '../random.ts';
import { place } from '../sim-log.ts';
import { isMariadb, type SimServer } from '../sim-server.ts';
import { keyOf, type World } from '../world.ts';

/** These move replicas, and are asked for most. */
const MOVES: readonly OperationKind[] = [
  ...(['relocate', 'relocate', 'relocate', 'relocate-replicas', 'relocate-replicas'] as const),
  ...(['move-up', 'move-up', 'move-below', 'move-below', 'move-up-replicas', 'repoint', 'repoint-replicas'] as const),
  ...(['move-gtid', 'move-replicas-gtid', 'move-equivalent', 'match', 'match-up', 'rematch'] as const),
  ...(['match-replicas', 'match-up-replicas', 'make-co-master', 'take-master', 'take-siblings'] as const),
  ...(['regroup-replicas', 'make-local-master', 'make-master', 'enable-gtid', 'disable-gtid'] as const),
];

/** What a person may ask of a world, sensible or not. */
export function pickRequest(world: World, random: Random, kinds?: readonly OperationKind[]): OperationRequest {
  const servers = [...world.servers.values()];
  const wish = random.pick(kinds ?? (random.chance(0.7) ? MOVES : OPERATION_KINDS));
  const one = random.pick(servers);
  // What a MariaDB replica writes itself is in the way of its own position for ever.
  const kind = wish === 'set-writeable' && isMariadb(one) && one.replication !== null ? 'set-read-only' : wish;
  const instance = random.chance(0.01) ? keyOf(77) : one.key;
  const wished = random.chance(0.06) ? null : (pickDestination(one, world, random)?.key ?? keyOf(78));
  const destination = isVouchedFor(kind, one, world) ? null : wished;
  return {
    kind,
    instance,
    destination,
    ...(random.chance(0.05) ? { pattern: `:${random.between(1, 9)}$` } : {}),
    ...(kind === 'delay-replication' ? { delaySeconds: random.pick([0, 1, 60, 3600]) } : {}),
    ...(/binary-logs/.test(kind) && random.chance(0.8) ? { binlogFile: fileOf(one, random) } : {}),
    ...(kind === 'kill-query' ? { processId: 5 } : {}),
  };
}

/** By coordinates a person vouches for the place when a replica is pointed elsewhere; a wise one leaves it below its own source. */
function isVouchedFor(kind: OperationKind, one: SimServer, world: World): boolean {
  if (kind !== 'repoint' && kind !== 'repoint-replicas') return false;
  return [one, ...world.servers.values()].some(
    (other) =>
      other.replication?.positioning === 'coordinates' &&
      (kind === 'repoint' ? other === one : other.replication.source === one.number),
  );
}

/** Most of the time a near one: a sibling, the grandparent; else any, also the server itself and its own descendants. */
function pickDestination(one: SimServer, world: World, random: Random): SimServer | undefined {
  const servers = [...world.servers.values()];
  const source = world.servers.get(one.replication?.source ?? 0);
  const siblings = servers.filter((other) => other !== one && other.replication?.source === source?.number);
  const above = world.servers.get(source?.replication?.source ?? 0);
  const near = [...siblings, ...(above === undefined ? [] : [above, above])];
  return near.length > 0 && random.chance(0.6) ? random.pick(near) : random.pick(servers);
}

const fileOf = ({ log }: SimServer, random: Random): string =>
  random.chance(0.3) ? 'latest' : place(log, random.between(log.oldest, log.file + 2), 4).file;
