import { describe, expect, it } from 'vitest';
import type { ServerCommand } from '../../src/model/command.ts';
import { isDrained, progressOf } from '../../src/model/received.ts';
import { obey } from './sim-commands.ts';
import { read } from './sim-reading.ts';
import { SIM_FLAVOURS, type SimFlavour } from './sim-server.ts';
import { createVirtualClock } from './virtual-clock.ts';
import { createWorld, keyOf, type World } from './world.ts';

/** The primary 1, frozen in time after 5 transactions; replica 2 has received all of them and executed two; replica 3 all. */
async function scene(flavour: SimFlavour) {
  const clock = createVirtualClock(1_000_000);
  const world = createWorld(clock, flavour, 2);
  const replica = world.server(2);
  await pass(world, 10);
  replica.applySpeed = 0;
  await pass(world, 15);
  world.areClientsWriting = false;
  await pass(world, 20);
  const tell = (command: ServerCommand) => obey(replica, command, ({ port }) => port);
  const say = (kind: 'start-receiver' | 'stop-receiver' | 'start-applier' | 'stop-applier' | 'start-replication') =>
    tell({ kind });
  const move = (): ReturnType<typeof tell> =>
    tell({ kind: 'change-source', source: keyOf(3), receiverOnly: true, positioning: null, credentials: null });
  return { world, replica, tell, say, move };
}

async function pass(world: World, ms: number): Promise<void> {
  await world.clock.runUntil(() => false, ms);
  world.advance();
}

const MYSQL97 = 'mysql-9.7';
const OTHERS: readonly SimFlavour[] = ['mysql-5.6', 'mariadb-10.11'];

describe('the simulated servers lose and keep their relay log as the real ones do', () => {
  it.each(SIM_FLAVOURS)('%s: a replica receives and executes', async (flavour) => {
    const { world, replica } = await scene(flavour);
    expect(replica.replication?.relay).toHaveLength(3);
    expect(replica.executed.size).toBe(2);
    expect(world.server(3).executed.size).toBe(5);
  });

  it('CHANGE with the receiver stopped and the applier running: kept on 9.7, refused on the others', async () => {
    const new97 = await scene(MYSQL97);
    new97.say('stop-receiver');
    expect(new97.move()).toEqual({ errorNumber: null, discarded: [] });
    for (const flavour of OTHERS) {
      const { say, move } = await scene(flavour);
      say('stop-receiver');
      expect(move()).toMatchObject({ errorNumber: 1198 });
    }
  });

  it.each(SIM_FLAVOURS)('%s: STOP both, CHANGE: lost', async (flavour) => {
    const { say, move } = await scene(flavour);
    say('stop-receiver');
    say('stop-applier');
    expect(move().discarded).toHaveLength(3);
  });

  it.each<[SimFlavour, number]>([
    [MYSQL97, 0],
    ['mysql-5.6', 0],
    ['mariadb-10.11', 3],
  ])('%s: stop and start of the receiver while the applier is stopped: %i lost', async (flavour, lost) => {
    const { say } = await scene(flavour);
    say('stop-applier');
    say('stop-receiver');
    expect(say('start-receiver').discarded).toHaveLength(lost);
  });

  it.each(SIM_FLAVOURS)(
    '%s: stop and start of the receiver beside a running, blocked applier: kept',
    async (flavour) => {
      const { say, replica } = await scene(flavour);
      say('stop-receiver');
      expect(say('start-receiver').discarded).toEqual([]);
      expect(replica.replication?.relay).toHaveLength(3);
    },
  );

  it.each<[SimFlavour, number]>([
    [MYSQL97, 0],
    ['mysql-5.6', 0],
    ['mariadb-10.11', 3],
  ])('%s: STOP both, START both: %i lost', async (flavour, lost) => {
    const { say } = await scene(flavour);
    say('stop-receiver');
    say('stop-applier');
    expect(say('start-replication').discarded).toHaveLength(lost);
  });

  it.each<[SimFlavour, number]>([
    [MYSQL97, 0],
    ['mysql-5.6', 0],
    ['mariadb-10.11', 3],
  ])('%s: STOP both, START the applier only: %i lost, the rest is executed', async (flavour, lost) => {
    const { say, replica, world } = await scene(flavour);
    say('stop-receiver');
    say('stop-applier');
    expect(say('start-applier').discarded).toHaveLength(lost);
    replica.applySpeed = 1;
    await pass(world, 30);
    expect(replica.executed.size).toBe(5 - lost);
  });

  it('mariadb-10.11: STOP both, positioned by its relay log, START the applier: kept, and executed', async () => {
    const { tell, say, replica, world } = await scene('mariadb-10.11');
    say('stop-receiver');
    say('stop-applier');
    const coordinates = { kind: 'relaylog', file: 'relay.000001', position: 4 } as const;
    expect(tell({ kind: 'use-relay-log', positioning: 'coordinates', coordinates }).errorNumber).toBeNull();
    expect(say('start-applier').discarded).toEqual([]);
    replica.applySpeed = 1;
    await pass(world, 30);
    expect(replica.executed.size).toBe(5);
  });

  it.each(SIM_FLAVOURS)('%s: what was thrown away is fetched again from whoever has it', async (flavour) => {
    const { say, move, replica, world } = await scene(flavour);
    say('stop-receiver');
    say('stop-applier');
    move();
    say('start-replication');
    replica.applySpeed = 10;
    await pass(world, 30);
    expect(replica.executed.size).toBe(5);
  });
});

describe('the simulated servers tell what the real ones tell', () => {
  it.each(SIM_FLAVOURS)('%s: what is received, what is executed, and that it is not drained', async (flavour) => {
    const { world, replica, say } = await scene(flavour);
    say('stop-receiver');
    const instance = read(replica, world.servers, world.clock.monotonicMs());
    expect(isDrained(instance)).toMatchObject({ drained: false, rule: 'not-executed' });
    replica.applySpeed = 10;
    await pass(world, 10);
    expect(isDrained(read(replica, world.servers, world.clock.monotonicMs()))).toEqual({ drained: true });
  });

  it('5.6 alone lists a transaction of which only the beginning arrived', async () => {
    for (const flavour of SIM_FLAVOURS) {
      const { world } = await scene(flavour);
      world.crash(1, [3]);
      const { completeText } = progressOf(read(world.server(3), world.servers, 0));
      expect(completeText.includes('6')).toBe(flavour === 'mysql-5.6');
    }
  });

  it.each(SIM_FLAVOURS)(
    '%s: nobody home is error 2003; a frozen source is still Yes until it is looked at anew',
    async (flavour) => {
      const { world, replica, say } = await scene(flavour);
      const receiver = () => read(replica, world.servers, world.clock.monotonicMs()).replication?.receiver;
      world.hang(1);
      await pass(world, 100);
      expect(receiver()).toMatchObject({ state: 'running' });
      say('stop-receiver');
      say('start-receiver');
      await pass(world, 10);
      expect(receiver()).toMatchObject({ state: 'other', errorNumber: 0 });
      world.wake(1);
      world.crash(1);
      await pass(world, 10);
      expect(receiver()).toMatchObject({ state: 'other', errorNumber: 2003 });
    },
  );

  it('MariaDB refuses a source that lacks where it stands', async () => {
    const { world, replica, tell, say } = await scene('mariadb-10.11');
    replica.applySpeed = 10;
    await pass(world, 10);
    const behind = world.server(3);
    behind.executed = new Set(['1:1']);
    behind.log.entries = behind.log.entries.slice(0, 1);
    behind.replication = null;
    say('stop-receiver');
    say('stop-applier');
    tell({ kind: 'change-source', source: keyOf(3), receiverOnly: false, positioning: null, credentials: null });
    say('start-applier');
    say('start-receiver');
    await pass(world, 10);
    expect(read(replica, world.servers, world.clock.monotonicMs()).replication?.receiver).toMatchObject({
      state: 'stopped',
      errorNumber: 1236,
    });
  });
});

describe('the judge of the simulated world', () => {
  it('sees two writable servers, and a relay log thrown away', async () => {
    const { world } = await scene(MYSQL97);
    const replica = world.server(2);
    world.command(replica, { kind: 'set-read-only', readOnly: false, withSuper: true });
    world.command(replica, { kind: 'stop-receiver' });
    world.command(replica, { kind: 'stop-applier' });
    world.command(replica, { kind: 'forget-source' });
    expect(world.violations).toEqual([
      'two servers are writable: 1, 2',
      'forget-source on 2 threw away un-applied transactions 1:3 1:4 1:5',
    ]);
  });
});
