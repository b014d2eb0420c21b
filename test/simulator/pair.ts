import type { Random } from './random.ts';
import type { ServerSpec, SimFlavour } from './sim-server.ts';
import { keyOf, type World } from './world.ts';

/** Two servers that follow each other (1 and 2), replicas of 1 beside 2, and perhaps one below 2. Server 1 takes writes. */
export interface Pair {
  readonly specs: readonly ServerSpec[];
  /** Server 2 takes writes as well, to the end. */
  readonly isOtherWritable: boolean;
  /** Server 2 took writes before, whether it still does or not. */
  readonly tookBefore: boolean;
  /** Server 1 begins to write only when server 2 has. */
  readonly takeTurns: boolean;
  /** Server 2, though it lets clients in, sees none while server 1 does. */
  readonly isOtherQuiet: boolean;
  /** What keeps server 1 from those from the beginning; null: nothing. */
  readonly lagging: 'receiver-stopped' | 'applier-stopped' | 'applier-blocked' | null;
  /** Its source is server 2; null: nobody's is. */
  readonly below: number | null;
  /** From before all of server 2's rows had come round nothing more reaches these. */
  readonly slow: readonly number[];
  /** Long before the failure server 2 takes writes for a moment, between two looks of ours or while we cannot reach it. */
  readonly opening: 'between-looks' | 'cut-off' | null;
  /** Nobody writes for so long before the failure. */
  readonly quietMs: number;
}

/** So long after that it is known again what the other one has. */
const SEEN_AGAIN_MS = 6_000;
const CUT_OFF_MS = 7_000;
/** A reading that was under way then is waited for so long (the deadline of a probe). */
const HANGS_MS = 12_000;

/** After two polls (InstancePollSeconds) of both it is known that server 1 has what server 2 took before. */
export const KNOWN_AFTER_MS = 11_000;

export function makePair(flavour: SimFlavour, isByPlace: boolean, random: Random): Pair {
  const replicas = random.between(1, 4);
  const below = replicas > 1 && random.chance(0.25) ? replicas + 1 : null;
  const isOtherWritable = random.chance(0.3);
  const tookBefore = isOtherWritable || random.chance(0.4);
  // MariaDB's positions tell two writers apart only when each has a domain of its own, which no simulated server has.
  const takeTurns = flavour === 'mariadb-10.11' && !isByPlace && tookBefore;
  const isOtherQuiet = isOtherWritable && (takeTurns || random.chance(0.3));
  const lagging =
    tookBefore && !takeTurns && random.chance(0.5)
      ? random.pick(['receiver-stopped', 'applier-stopped', 'applier-blocked'] as const)
      : null;
  const specs = Array.from({ length: replicas + 1 }, (_, index): ServerSpec => {
    const number = index + 1;
    const source = number === 1 || number === below ? 2 : 1;
    return {
      number,
      key: keyOf(number),
      flavour,
      source,
      sourceKey: keyOf(source),
      isReadOnly: number > 2 || (number === 2 && !tookBefore),
      ...(isByPlace
        ? {
            isGtidOn: flavour === 'mariadb-10.11',
            positioning: 'coordinates' as const,
            log: { prefix: `log${index}`, header: 120 + index, perFile: 7 + index, overhead: 60 + 3 * index },
          }
        : {}),
    };
  });
  const quietMs = random.pick([100, 5_200, KNOWN_AFTER_MS]);
  const isSlow = isByPlace && random.chance(0.3);
  const slow = isSlow ? specs.map(({ number }) => number).filter((number) => number > 1 && random.chance(0.7)) : [];
  const isOpened = isByPlace && !isOtherWritable && random.chance(0.3);
  const opening = isOpened ? random.pick(['between-looks', 'cut-off'] as const) : null;
  return { specs, isOtherWritable, tookBefore, takeTurns, isOtherQuiet, lagging, below, slow, opening, quietMs };
}

const SLOW_AFTER_MS = 25;

export function slowDown({ slow }: Pair, world: World): void {
  for (const number of slow) world.server(number).receiveSpeed = 0;
}

/** Before anything is written: what will keep server 1 from the other one's rows. */
export function holdBack(pair: Pair, world: World): void {
  const { lagging, tookBefore, takeTurns } = pair;
  const first = world.server(1);
  void world.clock.sleep(SLOW_AFTER_MS).then(() => {
    world.advance();
    slowDown(pair, world);
  });
  // Two that took writes before anything failed may do so until the one is replaced; a third may not.
  if (tookBefore) world.zombies.add(1);
  if (takeTurns) world.quiet.add(1);
  if (lagging === null || first.replication === null) return;
  if (lagging === 'applier-blocked') first.applySpeed = 0;
  if (lagging === 'applier-stopped') first.replication.applierStarted = false;
  if (lagging === 'receiver-stopped') first.replication.receiverStarted = false;
  world.tell(`1 does not get what 2 wrote: ${lagging}`);
}

/** The other one is closed, unless it goes on. */
export function closeOther({ isOtherWritable, isOtherQuiet, tookBefore }: Pair, world: World): void {
  world.quiet.delete(1);
  if (isOtherQuiet) world.quiet.add(2);
  if (isOtherWritable || !tookBefore) return;
  Object.assign(world.server(2), { isReadOnly: true, isSuperReadOnly: world.server(2).flavour === 'mysql-9.7' });
  world.zombies.delete(1);
  world.tell('2 took writes before, and takes none any more');
}

/** It takes writes, and none any more, and nobody has seen it; then time for everybody to look again. */
export async function openForAMoment({ opening }: Pair, world: World): Promise<void> {
  if (opening === null) return;
  const { clock } = world;
  const other = world.server(2);
  const pass = async (ms: number): Promise<void> => {
    await clock.runUntil(() => false, ms);
    world.advance();
  };
  if (opening === 'cut-off') {
    other.isCutOff = true;
    await pass(CUT_OFF_MS);
  }
  world.zombies.add(1);
  world.quiet.add(1);
  const closed = { isReadOnly: other.isReadOnly, isSuperReadOnly: other.isSuperReadOnly };
  Object.assign(other, { isReadOnly: false, isSuperReadOnly: false, isWriter: true });
  world.areClientsWriting = true;
  await pass(20);
  world.areClientsWriting = false;
  Object.assign(other, closed, { isCutOff: false });
  world.zombies.delete(1);
  world.quiet.delete(1);
  world.tell(`2 took writes for a moment, ${opening}`);
  await pass(SEEN_AGAIN_MS + (opening === 'cut-off' ? HANGS_MS : 0));
}

/** Server 2 has rows of its own, wherever they are by now. */
export const hasWritten = ({ tookBefore, opening }: Pair): boolean => tookBefore || opening !== null;

/** One line about it. */
export const describePair = ({
  isOtherWritable,
  isOtherQuiet,
  tookBefore,
  lagging,
  below,
  slow,
  opening,
  quietMs,
}: Pair): string =>
  [
    'pair',
    isOtherWritable
      ? `2 is writable${isOtherQuiet ? ' and quiet' : ''}`
      : tookBefore
        ? '2 took writes before'
        : '2 never wrote',
    ...(lagging === null ? [] : [`1: ${lagging}`]),
    ...(below === null ? [] : [`${below} below 2`]),
    ...(slow.length === 0 ? [] : [`slow: ${slow}`]),
    ...(opening === null ? [] : [`opened for a moment, ${opening}`]),
    `${quietMs} ms without writes`,
  ].join(', ');
