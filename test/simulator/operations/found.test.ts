import { describe, expect, it } from 'vitest';
import type { OperationOutcome } from '../../../src/engine/operations/outcome.ts';
import { formatKey } from '../../../src/model/instance-key.ts';
import type { OperationKind, OperationRequest } from '../../../src/plan/operations/request.ts';
import type { SimFlavour } from '../sim-server.ts';
import { keyOf, type World } from '../world.ts';
import { judgeRings, laggards } from './op-judge.ts';
import { pass } from './op-scenario.ts';
import { type Spec, scene, until } from './scene.ts';

const ask = (kind: OperationKind, instance: number, destination: number | null = null): OperationRequest => ({
  kind,
  instance: keyOf(instance),
  destination: destination === null ? null : keyOf(destination),
});

const reasonOf = (outcome: OperationOutcome): string =>
  outcome.kind === 'refused' ? outcome.refusal.reason : outcome.kind === 'failed' ? outcome.reason : 'done';

/** Everything has come to rest, and nobody lacks anything. */
async function expectWell(world: World): Promise<void> {
  world.areClientsWriting = false;
  await pass(world, 2_000);
  judgeRings(world, new Set(['1,2']));
  expect([...world.violations, ...laggards(world, new Set())]).toEqual([]);
}

const BY_PLACE = { positioning: 'coordinates', isGtidOn: false } as const;
const TOP: Spec = { source: null, isGtidOn: false };

describe('found by the simulator', () => {
  it.each<SimFlavour>(['mysql-9.7', 'mysql-5.6', 'mariadb-10.11'])(
    '%s: below a sibling that must catch up while nobody writes: START … UNTIL does not end by itself everywhere',
    async (flavour) => {
      const { world, start } = await scene(flavour, [TOP, { source: 1, ...BY_PLACE }, { source: 1, ...BY_PLACE }]);
      const one = await start('sim:1');
      world.server(3).applySpeed = 0;
      await pass(world, 60);
      world.areClientsWriting = false;
      await pass(world, 20);
      void world.clock.sleep(150).then(() => {
        world.server(3).applySpeed = 10;
      });
      const outcome = await until(world, one.operations.run(ask('move-below', 2, 3), 'tester'));
      expect(reasonOf(outcome)).toBe('done');
      expect(world.server(2).replication?.source).toBe(3);
      await expectWell(world);
    },
  );

  it('up from one of two open primaries by coordinates: its own log does not stand still', async () => {
    const { world, start } = await scene('mysql-5.6', [
      { source: 2, ...BY_PLACE, isReadOnly: false },
      { source: 1, ...BY_PLACE, isReadOnly: false },
      { source: 2, ...BY_PLACE },
    ]);
    const one = await start('sim:1');
    const outcome = await until(world, one.operations.run(ask('relocate', 3, 1), 'tester'));
    expect(outcome).toMatchObject({
      kind: 'refused',
      refusal: { objections: expect.arrayContaining([expect.objectContaining({ rule: 'co-primary' })]) },
    });
    expect(world.countCommands()).toBe(0);
    await expectWell(world);
  });

  it('a delayed replica by coordinates would be waited for in vain', async () => {
    const delayed = { source: 1, ...BY_PLACE, delaySeconds: 3600 };
    const { world, start } = await scene('mysql-9.7', [TOP, delayed, { source: 1, ...BY_PLACE }]);
    const one = await start('sim:1');
    const outcome = await until(world, one.operations.run(ask('move-below', 2, 3), 'tester'));
    expect(reasonOf(outcome)).toMatch(/delayed by 3600 s/);
    expect(world.countCommands()).toBe(0);
  });

  it('a binlog server serves one log: it is not matched into another', async () => {
    const log = { prefix: 'bin', header: 120, perFile: 4, overhead: 80 };
    const binlogServer = { source: 1, ...BY_PLACE, isBinlogServer: true, log };
    const { world, start } = await scene('mysql-5.6', [TOP, binlogServer, { source: 1, ...BY_PLACE }]);
    const one = await start('sim:1', null, true);
    const outcome = await until(world, one.operations.run(ask('match', 2, 3), 'tester'));
    expect(reasonOf(outcome)).toMatch(/binlog server/);
    expect(world.countCommands()).toBe(0);
  });

  it('a replica by GTID tells coordinates of its former source until it has executed something of the present one', async () => {
    const { world, start } = await scene('mysql-9.7', [
      { source: null },
      { source: 1 },
      { source: 1 },
      { source: 3, positioning: 'coordinates' },
    ]);
    const one = await start('sim:1');
    world.server(3).applySpeed = 0;
    await pass(world, 40);
    expect(reasonOf(await until(world, one.operations.run(ask('relocate', 3, 2), 'tester')))).toBe('done');
    world.areClientsWriting = false;
    void world.clock.sleep(200).then(() => {
      world.server(3).applySpeed = 10;
    });
    expect(reasonOf(await until(world, one.operations.run(ask('move-up', 4), 'tester')))).toBe('done');
    expect(world.server(4).replication?.source).toBe(2);
    await expectWell(world);
  });

  it('one below two while two goes below one: one of them is refused', async () => {
    const { world, store, start } = await scene('mysql-9.7', [{ source: null }, { source: 1 }, { source: 1 }]);
    const one = await start('sim:1');
    const other = await start('sim:2');
    const outcomes = await until(
      world,
      Promise.all([
        one.operations.run(ask('relocate', 2, 3), 'tester'),
        other.operations.run(ask('relocate', 3, 2), 'tester'),
      ]),
    );
    expect(outcomes.map(({ kind }) => kind)).toContain('refused');
    expect(store.locks()).toEqual([]);
    await expectWell(world);
  });

  it('a process that dies between its locks and its first step leaves no lock that nobody knows', async () => {
    for (const diesAfterDeeds of [1, 2, 3]) {
      const { world, store, start } = await scene('mysql-9.7', [{ source: null }, { source: 1 }, { source: 1 }]);
      const one = await start('sim:1', diesAfterDeeds);
      void one.operations.run(ask('relocate', 2, 3), 'tester');
      await world.clock.runUntil(one.isDead, 10_000);
      const heir = await start('sim:2');
      for (const { uid } of await until(world, heir.operations.unfinished()))
        expect(await until(world, heir.operations.undo(uid, 'tester'))).toEqual([]);
      expect(store.locks()).toEqual([]);
      expect(world.server(2).replication?.source).toBe(1);
      await expectWell(world);
    }
  });

  it('what was done is finished, not done a second time: another take-master would take the next place up', async () => {
    const servers = [{ source: null }, { source: 1 }, { source: 2 }, { source: 3 }];
    const { world, start } = await scene('mysql-9.7', servers);
    const plain = await start('sim:0');
    expect(reasonOf(await until(world, plain.operations.run(ask('take-master', 4), 'tester')))).toBe('done');
    const deeds = plain.countDeeds();
    const { world: again, start: startAgain } = await scene('mysql-9.7', servers);
    // Everything is done but the last entry in the journal's table.
    const one = await startAgain('sim:1', deeds - 1);
    void one.operations.run(ask('take-master', 4), 'tester');
    await again.clock.runUntil(one.isDead, 10_000);
    const heir = await startAgain('sim:2');
    for (const { uid } of await until(again, heir.operations.unfinished()))
      expect(reasonOf(await until(again, heir.operations.finish(uid, 'tester')))).toBe('done');
    expect([2, 3, 4].map((number) => again.server(number).replication?.source)).toEqual([1, 4, 2]);
    await expectWell(again);
  });

  it('take-master runs PostTakeMasterProcesses: the server above now, then the one below; other operations do not', async () => {
    const { world, start } = await scene('mysql-9.7', [{ source: null }, { source: 1 }, { source: 2 }]);
    const one = await start('sim:1');
    expect(reasonOf(await until(world, one.operations.run(ask('take-master', 3), 'tester')))).toBe('done');
    const [above, below] = [3, 2].map((number) => formatKey(world.server(number).key));
    expect(one.hooksRun).toMatchObject([
      {
        listName: 'PostTakeMasterProcesses',
        arguments: [above, below],
        environment: { ORC_SUCCESSOR_HOST: above, ORC_FAILED_HOST: below },
      },
    ]);
    expect(one.hooksRun[0]?.placeholders.size).toBe(0);
    await until(world, one.operations.run(ask('relocate', 2, 1), 'tester'));
    expect(reasonOf(await until(world, one.operations.run(ask('take-master', 2), 'tester')))).not.toBe('done');
    expect(one.hooksRun).toHaveLength(1);
  });

  it('a step that was taken back is not taken back again after our death: its replica has gone on since', async () => {
    const servers = [TOP, { source: 1, ...BY_PLACE }, { source: 1, ...BY_PLACE }];
    for (let heirDies = 1; heirDies < 14; heirDies += 1) {
      const { world, start } = await scene('mysql-5.6', servers);
      const one = await start('sim:1', 20);
      void one.operations.run(ask('move-below', 2, 3), 'tester');
      await world.clock.runUntil(one.isDead, 10_000);
      const heir = await start('sim:2', heirDies);
      const [left] = await until(world, heir.operations.unfinished());
      void heir.operations.undo(left?.uid ?? '', 'tester');
      await world.clock.runUntil(heir.isDead, 30_000);
      await pass(world, 300);
      const last = await start('sim:3');
      for (const { uid } of await until(world, last.operations.unfinished()))
        await until(world, last.operations.undo(uid, 'tester'));
      await expectWell(world);
    }
  });
});
