import { describe, expect, it } from 'vitest';
import { isLong } from './seeds.ts';
import { openSimStore, type SimProcess, startSimProcess } from './sim-process.ts';
import { SIM_FLAVOURS } from './sim-server.ts';
import { nameOf } from './transactions.ts';
import { createVirtualClock } from './virtual-clock.ts';
import { createWorldOf, keyOf } from './world.ts';

const LOG = { prefix: 'bin', header: 120, perFile: 4, overhead: 80 };

type Flavour = (typeof SIM_FLAVOURS)[number];

/** The flavour's servers, by file and position, with one log; a process of ours knows them all. */
async function startWorld(flavour: Flavour, tree: readonly (readonly [number, number | null, 'binlog server'?])[]) {
  const clock = createVirtualClock(1_800_000_000_000);
  const world = createWorldOf(
    clock,
    tree.map(([number, source, kind]) => ({
      number,
      key: keyOf(number),
      flavour,
      source,
      ...(source === null ? {} : { sourceKey: keyOf(source) }),
      isGtidOn: flavour === 'mariadb-10.11',
      positioning: 'coordinates' as const,
      isBinlogServer: kind !== undefined,
      log: LOG,
    })),
  );
  world.stepsPerWrite = 4;
  const store = await openSimStore();
  await clock.runUntil(() => false, 50);
  const start = (owner: string, diesAfterDeeds: number | null = null) =>
    startSimProcess(world, store, {
      owner,
      diesAfterDeeds,
      config: { RecoverIntermediateMasterClusterFilters: ['*'] },
      fault: () => 'none',
      inspect: async () => undefined,
    });
  /** Waits until the process has read them all, and for so long more. */
  const known = async ({ orchestrator }: SimProcess, ms = 2_000): Promise<void> => {
    const isKnown = (): boolean =>
      orchestrator.fleet().records.filter(({ instance }) => instance !== null).length === world.servers.size;
    expect(await clock.runUntil(isKnown, 10_000)).toBe(true);
    await clock.runUntil(() => false, ms);
    world.advance();
  };
  const end = async (process: SimProcess): Promise<void> => {
    process.kill();
    await clock.runUntil(() => false, 0);
    await store.close();
  };
  return { clock, world, store, start, known, end };
}

/** 1 ← the binlog servers 2 (and 3, if `hasSibling`); 4 and 5 are replicas below 2. */
async function loseBinlogServer(flavour: Flavour, hasSibling: boolean) {
  const { clock, world, store, start, known, end } = await startWorld(flavour, [
    [1, null],
    [2, 1, 'binlog server'],
    [4, 2],
    [5, 2],
    ...(hasSibling ? [[3, 1, 'binlog server'] as const] : []),
  ]);
  const process = await start('sim:1');
  await known(process);
  world.crash(2);
  await clock.runUntil(() => process.ended.length > 0, 60_000);
  await clock.runUntil(() => false, 1_000);
  world.advance();
  world.areClientsWriting = false;
  await clock.runUntil(() => false, 3_000);
  world.advance();
  const [record] = await store.recoveries.readRecoveries({});
  await end(process);
  return { world, record };
}

/**
 * 1 ← the binlog server 2 ← 4, and 1 ← 3, which has received less than 4. The primary, the binlog server and our process die; the next
 * process has never heard of the binlog server but by the recovery that was begun.
 */
async function loseBothAndOurselves(flavour: Flavour, diesAfterDeeds: number) {
  const { clock, world, store, start, known, end } = await startWorld(flavour, [
    [1, null],
    [2, 1, 'binlog server'],
    [4, 2],
    [3, 1],
  ]);
  const first = await start('sim:1', diesAfterDeeds);
  await known(first);
  world.server(3).receiveSpeed = 0;
  await clock.runUntil(() => false, 200);
  world.advance();
  world.areClientsWriting = false;
  await clock.runUntil(() => false, 200);
  world.crash(2);
  world.crash(1);
  world.server(3).receiveSpeed = 10;
  expect(await clock.runUntil(first.isDead, 60_000)).toBe(true);
  await store.servers.forgetServer(keyOf(2));
  const next = await start('sim:2');
  await clock.runUntil(() => next.ended.length > 0, 120_000);
  await clock.runUntil(() => false, 3_000);
  world.advance();
  const [record] = await store.recoveries.readRecoveries({});
  await end(next);
  return { world, record };
}

/** 1 ← the binlog servers 2 ← 4 and 5, and 3. Ours dies a moment after it has read them, in the recovery of 2. */
async function loseItAndOurselvesAtOnce(flavour: Flavour) {
  const { clock, world, store, start, known, end } = await startWorld(flavour, [
    [1, null],
    [2, 1, 'binlog server'],
    [3, 1, 'binlog server'],
    [4, 2],
    [5, 2],
  ]);
  const first = await start('sim:1', 3);
  await known(first, 50);
  world.crash(2);
  expect(await clock.runUntil(first.isDead, 800)).toBe(true);
  const next = await start('sim:2');
  await clock.runUntil(() => next.ended.length > 0, 60_000);
  world.advance();
  const [record] = await store.recoveries.readRecoveries({});
  await end(next);
  return { world, record };
}

/** `ORCHESTRATOR_LONG=1` plays all of them. */
const FLAVOURS = isLong ? SIM_FLAVOURS : (['mysql-5.6'] as const);

describe.each(FLAVOURS)('a dead binlog server, %s', (flavour) => {
  it.each([
    ['below its sibling', true, 3],
    ['below its source, where it has none', false, 1],
  ])('its replicas go %s, and miss nothing while the primary goes on writing', async (_where, hasSibling, home) => {
    const { world, record } = await loseBinlogServer(flavour, hasSibling);
    expect(record).toMatchObject({ isSuccessful: true, lostReplicas: [] });
    const written = world.server(1).history.map(nameOf);
    expect(written.length).toBeGreaterThan(10);
    const sources = [4, 5].map((number) => world.server(number).replication?.source);
    // Where it has no sibling one of its replicas may lead the other, and goes up itself.
    expect(sources).toContain(home);
    if (hasSibling) expect(sources).toEqual([home, home]);
    for (const number of [4, 5]) expect(world.server(number).history.map(nameOf)).toEqual(written);
    expect(world.violations).toEqual([]);
  });
});

/** Written, registered, written again; before and after the silence. */
const DEATHS = isLong ? [2, 3, 4, 5, 6, 7, 8] : [3, 5];

describe.each(FLAVOURS)('a binlog server that dies together with the primary and our process, %s', (flavour) => {
  it.each(DEATHS)(
    'its replica is one of the family still, and what only that has is not given up (deed %i)',
    async (deed) => {
      const { world, record } = await loseBothAndOurselves(flavour, deed);
      expect(record, world.story.join('\n')).toMatchObject({ isSuccessful: true, successor: keyOf(4) });
      const written = world.server(1).history.map(nameOf);
      expect(world.server(4).history.map(nameOf).slice(0, written.length)).toEqual(written);
      expect(world.violations).toEqual([]);
    },
  );
});

describe.each(FLAVOURS)(
  'a dead binlog server, when our process had known it for less than a second and dies, too, %s',
  (flavour) => {
    it('its replicas go below its sibling all the same', async () => {
      const { world, record } = await loseItAndOurselvesAtOnce(flavour);
      expect(record, world.story.join('\n')).toMatchObject({ isSuccessful: true });
      expect([4, 5].map((number) => world.server(number).replication?.source)).toEqual([3, 3]);
      expect(world.violations).toEqual([]);
    });
  },
);
