import { describe, expect, it } from 'vitest';
import type { OperationKind, OperationRequest } from '../../../src/plan/operations/request.ts';
import { nameOf } from '../transactions.ts';
import { keyOf } from '../world.ts';
import { scene, until } from './scene.ts';

const BY_PLACE = { positioning: 'coordinates' as const };
const LOG = { prefix: 'bin', header: 120, perFile: 4, overhead: 80 };
const TOP = { source: null, log: LOG };
const bls = (source: number) => ({ source, ...BY_PLACE, isBinlogServer: true, log: LOG });
const replica = (source: number) => ({ source, ...BY_PLACE });

const ask = (kind: OperationKind, instance: number, destination: number | null = null): OperationRequest => ({
  kind,
  instance: keyOf(instance),
  destination: destination === null ? null : keyOf(destination),
});

/** 1 ← binlog servers 2 and 3; 4 and 5 below 2. */
const FAMILY = [TOP, bls(1), bls(1), replica(2), replica(2)];

describe('binlog servers of one primary hold one log', () => {
  it.each([
    ['relocate', ask('relocate', 4, 3), { 4: 3, 5: 2 }],
    ['up to the primary', ask('relocate', 4, 1), { 4: 1, 5: 2 }],
    ['down from it', ask('relocate', 2, 3), { 2: 3, 4: 2 }],
    ['relocate-replicas', ask('relocate-replicas', 2, 3), { 4: 3, 5: 3 }],
    ['regroup-replicas-bls', ask('regroup-replicas-bls', 1), { 3: 2, 2: 1 }],
  ])('%s changes the address only, and nothing is missed or executed twice', async (_name, request, wanted) => {
    const { world, start } = await scene('mysql-5.6', FAMILY);
    const one = await start('sim:1');
    const outcome = await until(world, one.operations.run(request, 'tester'));
    expect(outcome).toMatchObject({ kind: 'done' });
    for (const [number, source] of Object.entries(wanted))
      expect([number, world.server(Number(number)).replication?.source]).toEqual([number, source]);
    world.areClientsWriting = true;
    await world.clock.runUntil(() => false, 200);
    world.advance();
    world.areClientsWriting = false;
    await world.clock.runUntil(() => false, 1_000);
    world.advance();
    const written = world.server(1).history.map(nameOf);
    for (const number of [4, 5]) expect(world.server(number).history.map(nameOf)).toEqual(written);
    expect(world.violations).toEqual([]);
  });

  it('one that has come less far than the replica does not take it', async () => {
    const { world, start } = await scene('mysql-5.6', FAMILY);
    world.server(3).receiveSpeed = 0;
    world.areClientsWriting = true;
    await world.clock.runUntil(() => false, 200);
    world.advance();
    world.areClientsWriting = false;
    await world.clock.runUntil(() => false, 500);
    world.advance();
    const one = await start('sim:1');
    const outcome = await until(world, one.operations.run(ask('relocate', 4, 3), 'tester'));
    expect(outcome.kind).not.toBe('done');
    expect(JSON.stringify(outcome)).toMatch(/has come to .* only/);
    expect(world.server(4).replication?.source).toBe(2);
  });
});

describe('a binlog server that is dead: the ways of its recovery', () => {
  it.each([
    ['its replicas go to a sibling of it (plans A and C)', 3],
    ['or up to its own source (plan D)', 1],
  ])('%s', async (_name, home) => {
    const { world, start } = await scene('mysql-5.6', FAMILY);
    const one = await start('sim:1');
    world.crash(2);
    const outcome = await until(world, one.operations.run(ask('relocate-replicas', 2, home), 'tester'));
    expect(JSON.stringify(outcome.kind === 'done' ? 'done' : outcome)).toBe('"done"');
    for (const number of [4, 5]) expect(world.server(number).replication?.source).toBe(home);
    expect(world.violations).toEqual([]);
  });
});
