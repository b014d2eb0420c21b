import { expect, it } from 'vitest';
import type { HookRunner } from '../../src/engine/ports.ts';
import { isLong } from './seeds.ts';
import { openSimStore, startSimProcess } from './sim-process.ts';
import { SIM_FLAVOURS, type SimFlavour } from './sim-server.ts';
import { createVirtualClock } from './virtual-clock.ts';
import { createWorldOf, keyOf, type World } from './world.ts';

/*
 * Servers 1 and 2 follow each other by file and position, 3 follows 1. Server 2, closed by now, has written rows that 3 may not have, at
 * a time of each story's own; then 1 dies. Nobody follows, or is promoted, without those rows.
 */

interface Tale {
  readonly what: string;
  /** Nothing of server 1's log reaches these from before the rows of 2 have come round. */
  readonly slow?: readonly number[];
  /** Server 1 does not log what it gets. */
  readonly isMute?: boolean;
  /**
   * Server 2 writes only when we know it as closed. While 1 executes nothing: between two looks, or while we cannot reach it. When 1 is dead, and
   * what was known is written down: as long as PreFailover hooks run, or while no process of ours does.
   */
  readonly opened?: 'between-looks' | 'cut-off' | 'in-hooks' | 'while-we-are-gone';
  readonly prefers3?: boolean;
  /** Server 3 is promoted; else 2 is. */
  readonly promotes3?: boolean;
  /** PreFailover hooks run for long. */
  readonly hasHooks?: boolean;
  readonly knowsPseudoGtid?: boolean;
  /** Server 3 is told lost; else it follows. */
  readonly isLost: boolean;
  readonly diesAfterDeeds?: number;
}

const HOOKS_MS = 20_000;
/** Long enough for us to see it. */
const SEEN_MS = 7_000;
const MARKERS = { PseudoGTIDPattern: 'drop view if exists .*_asc:', PseudoGTIDMonotonicHint: 'asc:' };

async function playTale(tale: Tale, flavour: SimFlavour) {
  const { slow = [], isMute = false, opened, prefers3 = false } = tale;
  const clock = createVirtualClock(Date.now());
  const world = createWorldOf(
    clock,
    [1, 2, 3].map((number, index) => ({
      number,
      key: keyOf(number),
      flavour,
      source: number === 1 ? 2 : 1,
      sourceKey: keyOf(number === 1 ? 2 : 1),
      isReadOnly: number > 1,
      isGtidOn: flavour === 'mariadb-10.11',
      positioning: 'coordinates' as const,
      logsReplicaUpdates: number !== 1 || !isMute,
      log: { prefix: `log${index}`, header: 120 + index, perFile: 7 + index, overhead: 60 + 3 * index },
    })),
  );
  const pass = async (ms: number, writer: number | null = null): Promise<void> => {
    world.areClientsWriting = writer !== null;
    await clock.runUntil(() => false, ms);
    world.advance();
    world.areClientsWriting = false;
  };
  const store = await openSimStore();
  if (prefers3) await store.intent.registerCandidate(keyOf(3), 'prefer');
  let areHooksRunning = false;
  const runHooks: HookRunner['run'] = async (_, { listName }) => {
    areHooksRunning = listName === 'PreFailoverProcesses';
    if (areHooksRunning) await clock.sleep(HOOKS_MS);
    return { kind: 'succeeded' };
  };
  const start = (owner: string, diesAfterDeeds: number | null) =>
    startSimProcess(world, store, {
      owner,
      diesAfterDeeds,
      config: {
        CoMasterRecoveryMustPromoteOtherCoMaster: !prefers3,
        ...(tale.knowsPseudoGtid === true ? MARKERS : {}),
        ...(opened === 'in-hooks' || tale.hasHooks === true ? { PreFailoverProcesses: ['wait'] } : {}),
      },
      runHooks,
      fault: () => 'none',
      inspect: () => Promise.resolve(),
    });
  await pass(50, 1);
  await pass(400);
  for (const number of slow) world.server(number).receiveSpeed = 0;
  if (opened === undefined && slow.length + Number(isMute) > 0) await writeOnOther(world, pass);
  const first = await start('sim:1', tale.diesAfterDeeds ?? null);
  await pass(12_000);
  if (opened === 'between-looks' || opened === 'cut-off') {
    if (opened === 'cut-off') world.server(2).isCutOff = true;
    if (opened === 'cut-off') await pass(7_000);
    world.server(1).applySpeed = 0;
    await writeOnOther(world, pass);
    world.server(2).isCutOff = false;
    await pass(6_000);
  }
  // What 2 has just got from 1 makes its log longer than 1 is known to have come in it.
  if (!tale.isLost) await pass(45, 1);
  world.crash(1);
  for (const number of slow) world.server(number).receiveSpeed = 10;
  if (opened === 'in-hooks') {
    await clock.runUntil(() => areHooksRunning, 60_000);
    await pass(3_000);
    await writeOnOther(world, pass, SEEN_MS);
  }
  await clock.runUntil(() => first.ended.length > 0 || first.isDead(), 120_000);
  let last = first;
  const hasDied = first.isDead();
  if (hasDied) {
    await pass(1_000);
    if (opened === 'while-we-are-gone') {
      await writeOnOther(world, pass);
      await pass(SEEN_MS);
    }
    last = await start('sim:2', null);
    await clock.runUntil(() => last.ended.length > 0, 120_000);
  }
  await pass(6_000);
  const [recovery] = await store.recoveries.readRecoveries({});
  last.kill();
  await clock.runUntil(() => false, 0);
  await store.close();
  return { world, recovery, hasDied };
}

/** Server 2 takes writes for a moment, and is closed `openMs` later. Server 1 takes none meanwhile. */
async function writeOnOther(world: World, pass: (ms: number, writer?: number | null) => Promise<void>, openMs = 0) {
  const other = world.server(2);
  const { isReadOnly, isSuperReadOnly } = other;
  world.zombies.add(1);
  world.quiet.add(1);
  Object.assign(other, { isReadOnly: false, isSuperReadOnly: false, isWriter: true });
  await pass(30, 2);
  await pass(openMs);
  Object.assign(other, { isReadOnly, isSuperReadOnly });
  world.zombies.delete(1);
  world.quiet.delete(1);
  await pass(400);
}

const TALES: readonly Tale[] = [
  { what: 'they had not come to the replicas when the dead one had them', slow: [2, 3], isLost: true },
  { what: 'no recovery of ours that dies forgets it: nothing was written there', diesAfterDeeds: 4, isLost: false },
  { what: 'we saw it writable while hooks ran', opened: 'in-hooks', prefers3: true, isLost: true },
  {
    what: 'they were written while no process of ours was there',
    opened: 'while-we-are-gone',
    prefers3: true,
    diesAfterDeeds: 4,
    isLost: true,
  },
  { what: 'nor where another replica is preferred', slow: [2, 3], prefers3: true, isLost: true },
  { what: 'nor by Pseudo-GTID', slow: [3], knowsPseudoGtid: true, isLost: true },
  { what: 'the dead one did not log them', isMute: true, isLost: true },
  { what: 'nor where another replica is preferred then', isMute: true, prefers3: true, isLost: true },
  { what: 'they were written between two looks of ours', opened: 'between-looks', isLost: true },
  { what: 'they were written while we could not reach it', opened: 'cut-off', isLost: true },
  { what: 'there are none, and it goes on', isLost: false },
  { what: 'there are none, nor while hooks run', hasHooks: true, prefers3: true, promotes3: true, isLost: false },
];

const TOLD = isLong ? TALES : TALES.slice(0, 3);
const TRIED = isLong ? SIM_FLAVOURS : (['mysql-9.7'] as const);

it.each(TOLD.flatMap((tale) => TRIED.map((flavour) => [tale.what, flavour, tale] as const)))(
  'rows of the other co-primary: %s (%s)',
  async (_, flavour, tale) => {
    const { world, recovery, hasDied } = await playTale(tale, flavour);
    expect(recovery?.isSuccessful).toBe(true);
    expect(recovery?.successor).toEqual(keyOf(tale.promotes3 === true ? 3 : 2));
    expect(recovery?.lostReplicas).toEqual(tale.isLost ? [keyOf(3)] : []);
    expect(hasDied).toBe(tale.diesAfterDeeds !== undefined);
    // What 3 got from a dead one that does not log what it gets is another matter.
    if (tale.isMute !== true) expect(world.violations).toEqual([]);
    const [other, replica] = [world.server(2), world.server(3)];
    if (!tale.isLost) expect([...replica.executed].toSorted()).toEqual([...other.executed].toSorted());
  },
);
