import { describe, expect, it } from 'vitest';
import type { ServerCommand } from '../../src/model/command.ts';
import { formatCoordinates } from '../../src/model/coordinates.ts';
import { obey } from './sim-commands.ts';
import { endOf, entriesAfter, place, purge, rotate } from './sim-log.ts';
import { read } from './sim-reading.ts';
import { SIM_FLAVOURS, type SimFlavour } from './sim-server.ts';
import { createVirtualClock } from './virtual-clock.ts';
import { createWorldOf, keyOf, type World } from './world.ts';

/** 1 ← 2, 1 ← 3 by file and position; every log has its own sizes. Nobody writes any more, all are level. */
async function scene(flavour: SimFlavour) {
  const world = createWorldOf(
    createVirtualClock(1_000_000),
    [1, 2, 3].map((number) => ({
      number,
      key: keyOf(number),
      flavour,
      source: number === 1 ? null : 1,
      sourceKey: keyOf(1),
      positioning: 'coordinates' as const,
      isGtidOn: false,
      log: { prefix: `log-${number}`, header: 100 + number, perFile: 3, overhead: 50 + 10 * number },
    })),
  );
  await pass(world, 40);
  world.areClientsWriting = false;
  await pass(world, 400);
  const [source, replica] = [world.server(1), world.server(2)];
  const tell = (command: ServerCommand) => obey(replica, command, ({ port }) => port, world.clock.monotonicMs());
  const stop = (): void => {
    tell({ kind: 'stop-receiver' });
    tell({ kind: 'stop-applier' });
  };
  const status = () => read(replica, world.servers, world.clock.monotonicMs()).replication;
  return { world, source, replica, tell, stop, status };
}

async function pass(world: World, ms: number): Promise<void> {
  await world.clock.runUntil(() => false, ms);
  world.advance();
}

const change = (at: ReturnType<typeof place>, source = 1): ServerCommand => ({
  kind: 'change-source',
  source: keyOf(source),
  receiverOnly: false,
  positioning: null,
  credentials: null,
  coordinates: at,
});

describe.each(SIM_FLAVOURS)('%s by file and position, simulated', (flavour) => {
  it('stands, when level, at the end of its source’s log, in a new file too', async () => {
    const { world, source, status } = await scene(flavour);
    expect(source.log.file).toBeGreaterThan(1);
    expect(status()?.executedCoordinates).toEqual(endOf(source.log));
    rotate(source.log);
    await pass(world, 400);
    expect(status()).toMatchObject({ readCoordinates: endOf(source.log), executedCoordinates: endOf(source.log) });
  });

  it('keeps its relay log when the receiver is restarted beside a resting applier (measured, MariaDB too)', async () => {
    const { world, replica, tell, stop } = await scene(flavour);
    replica.applySpeed = 0;
    world.areClientsWriting = true;
    await pass(world, 20);
    stop();
    expect(replica.replication?.relay.length).toBeGreaterThan(0);
    expect(tell({ kind: 'start-receiver' }).discarded).toEqual([]);
  });

  it('reads again what a change of the source threw away, and skips and repeats nothing', async () => {
    const { world, replica, tell, stop, status } = await scene(flavour);
    replica.applySpeed = 0;
    world.areClientsWriting = true;
    await pass(world, 20);
    world.areClientsWriting = false;
    stop();
    const at = status()?.executedCoordinates;
    if (at === undefined) throw new Error('no replica');
    expect(tell(change(at)).discarded.length).toBeGreaterThan(0);
    replica.applySpeed = 10;
    tell({ kind: 'start-replication' });
    await pass(world, 100);
    expect(replica.history).toEqual(world.server(1).history);
    expect(world.violations).toEqual([]);
  });

  it('is caught when it begins too early or too late', async () => {
    const { world, source, tell, stop } = await scene(flavour);
    stop();
    const [first] = source.log.entries;
    tell(change(place(source.log, first?.file ?? 0, first?.begin ?? 0)));
    tell({ kind: 'start-replication' });
    await pass(world, 50);
    expect(world.violations).toContain('2 executes 1:1 twice, or out of order');
    const late = await scene(flavour);
    late.stop();
    late.world.areClientsWriting = true;
    await pass(late.world, 20);
    late.tell(change(endOf(late.source.log)));
    late.tell({ kind: 'start-replication' });
    await pass(late.world, 50);
    expect(late.world.violations.join()).toMatch(/2 executes 1:\d+ without 1:\d+, which was before it/);
  });

  it('is sent away (1236) from a place that is purged, in the middle of an event, or not yet there', async () => {
    const { world, source, tell, stop, status } = await scene(flavour);
    const { file, end } = source.log;
    for (const at of [place(source.log, 1, 4), place(source.log, file, end - 1), place(source.log, file + 1, 4)]) {
      purge(source.log, place(source.log, 2, 4).file);
      stop();
      tell(change(at));
      tell({ kind: 'start-receiver' });
      await pass(world, 10);
      expect(status()?.receiver).toMatchObject({ state: 'stopped', errorNumber: 1236 });
    }
  });

  it('goes as far as START … UNTIL says; at the very end only 9.7 stops before it sees what comes next', async () => {
    const { world, source, replica, tell, stop, status } = await scene(flavour);
    stop();
    world.areClientsWriting = true;
    await pass(world, 20);
    world.areClientsWriting = false;
    const until = endOf(source.log);
    tell({ kind: 'start-until', coordinates: until });
    await pass(world, 400);
    expect(formatCoordinates(status()?.executedCoordinates ?? until)).toBe(formatCoordinates(until));
    expect(status()?.applier.state).toBe(flavour === 'mysql-9.7' ? 'stopped' : 'running');
    world.areClientsWriting = true;
    await pass(world, 20);
    expect(status()?.applier.state).toBe('stopped');
    expect(replica.replication?.executedAt).toEqual(until);
  });
});

it('9.7 tells how far its applier is up to 300 ms late, and exactly when it is stopped', async () => {
  const { world, tell, replica, status } = await scene('mysql-9.7');
  await pass(world, 300);
  world.areClientsWriting = true;
  await pass(world, 20);
  expect(status()?.executedCoordinates).not.toEqual(replica.replication?.executedAt);
  tell({ kind: 'stop-applier' });
  expect(status()?.executedCoordinates).toEqual(replica.replication?.executedAt);
});

it('a log knows what follows a place', () => {
  const world = createWorldOf(createVirtualClock(0), [
    { number: 1, key: keyOf(1), flavour: 'mysql-5.6', source: null },
  ]);
  const { log } = world.server(1);
  expect(entriesAfter(log, place(log, 1, 4))).toEqual([]);
  expect(entriesAfter(log, { ...endOf(log), file: 'other.000001' })).toBeNull();
});
