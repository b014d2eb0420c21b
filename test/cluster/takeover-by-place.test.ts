import { describe, expect, it } from 'vitest';
import { FLAVOURS, type Flavour, waitFor } from '../../lab/index.ts';
import type { Servers } from '../../src/engine/ports.ts';
import { expectNothingErrant, replicaState, rounds } from '../support/checks.ts';
import { keyOf } from '../support/operations.ts';
import { expectTree } from '../support/operations-checks.ts';
import { expectNothingLeft, type OperationsScene, useOperationsScene } from '../support/operations-scene.ts';
import { isWritable } from '../support/safety.ts';
import { acknowledgersOf, SEMI_SYNC_FLAVOURS } from '../support/semi-sync.ts';
import {
  expectLeftAtRest,
  expectNothingLost,
  expectTakenOver,
  startFollowing,
  TAKEOVER_CONFIG,
  takeOver,
  takeoverRequest,
  WITHOUT_WAITING,
} from '../support/takeover.ts';

const isLong = rounds(0, 1) === 1;
const TRIED: readonly Flavour[] = isLong ? FLAVOURS : ['mysql-5.6'];
const replicaWord = (flavour: Flavour): string => (flavour === 'mysql-9.7' ? 'REPLICA' : 'SLAVE');

/** The statements of the dry run that tell somebody where to go on, by server. */
async function previewedPlaces(scene: OperationsScene, from: number, to: number): Promise<readonly string[]> {
  const request = takeoverRequest(scene, 'graceful-master-takeover-auto', from, to);
  const preview = await scene.operator.orchestrator.takeover.preview(request);
  if (preview.kind !== 'preview') throw new Error(preview.reason);
  return preview.steps.flatMap(({ server, statements }) =>
    statements.flatMap((sql) => (/_LOG_FILE='<where the successor begins>'/.test(sql) ? [`${server.port % 10}`] : [])),
  );
}

describe.each(TRIED)('a takeover by file and position on %s', (flavour) => {
  let beforeClosing: (() => Promise<void>) | null = null;
  const wrapServers = (servers: Servers): Servers => ({
    ...servers,
    async execute(instance, command, options) {
      if (command.kind === 'set-read-only' && command.readOnly) {
        const deed = beforeClosing;
        beforeClosing = null;
        await deed?.();
      }
      return servers.execute(instance, command, options);
    },
  });
  const scene = useOperationsScene(
    { flavour, gtid: false, tree: '1(2,3,4)' },
    {
      mode: 'continuous',
      wrapServers,
      config: { ...TAKEOVER_CONFIG, ReasonableMaintenanceReplicationLagSeconds: 5 },
    },
  );

  it('auto, under writes: nothing is lost, everybody goes on where the log of the successor began; and back again', async () => {
    const writer = await startFollowing(scene, { connections: 3 });
    expect(await previewedPlaces(scene, 1, 3)).toEqual(['2', '4', '1']);
    await expectTree(scene.topology, '2>1 3>1 4>1');
    for (const [from, to, tree] of [
      [1, 3, '1>3 2>3 4>3'],
      [3, 1, '2>1 3>1 4>1'],
    ] as const) {
      // Where a log ends that was only just begun is a place like any other; MariaDB adds a checkpoint to it, closed or not.
      beforeClosing = async () => void (await scene.server(from).query('FLUSH LOGS'));
      await expectTakenOver(scene, writer, from, to);
      await expectTree(scene.topology, tree);
      expect(await scene.operator.orchestrator.deposedPrimaries()).toEqual([]);
    }
    await expectNothingLost(scene, writer, 1);
    await scene.settle('2>1 3>1 4>1', 1);
  });

  it.runIf(isLong)('a frozen, downtimed sibling is left behind, and not waited for', async () => {
    const frozen = scene.server(4);
    const { orchestrator } = scene.operator;
    await orchestrator.beginDowntime(keyOf(frozen), 'tester', 'out of order', 600);
    frozen.pause();
    try {
      const isSilent = (): boolean => orchestrator.fleet().recordOf(keyOf(frozen))?.check.failure != null;
      await waitFor(isSilent, { what: 'the frozen one to be missed', deadlineMs: 30_000 });
      const startMs = performance.now();
      const outcome = await takeOver(scene, 'graceful-master-takeover-auto', 1, 2);
      const tookMs = performance.now() - startMs;
      expect(outcome).toMatchObject({ kind: 'promoted', troubles: [] });
      expect(tookMs).toBeLessThan(5_000);
    } finally {
      frozen.resume();
    }
    await scene.settle('1>2 3>2 4>1', 2);
  });

  it.runIf(isLong)(
    'a successor that is open to clients is closed first, and open again when it is taken back',
    async () => {
      const successor = scene.server(2);
      await successor.query('SET GLOBAL read_only=0');
      beforeClosing = async () => {
        beforeClosing = async () => {
          throw new Error('invented: the primary cannot be closed');
        };
      };
      const failed = await takeOver(scene, 'graceful-master-takeover-auto', 1, 2);
      expect(failed).toMatchObject({ kind: 'failed', reason: expect.stringContaining('invented') });
      expect([await isWritable(scene.server(1)), await isWritable(successor)]).toEqual([true, true]);
      expect(await takeOver(scene, 'graceful-master-takeover-auto', 1, 2)).toMatchObject({
        kind: 'promoted',
        troubles: [],
      });
      await scene.settle('1>2 3>2 4>2', 2);
    },
  );

  it.runIf(isLong)('a sibling that does not come close ends it before anybody is refused', async () => {
    const late = scene.server(4);
    await scene.write();
    await scene.progress();
    // Its applier waits, without an error.
    await late.query('FLUSH TABLES WITH READ LOCK');
    await scene.progress();
    const outcome = await takeOver(scene, 'graceful-master-takeover-auto', 1, 2);
    await late.query('UNLOCK TABLES');
    expect(outcome).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('everything is as it was before'),
    });
    // A write that was refused would be thrown when the load ends.
    await scene.settle('2>1 3>1 4>1', 1);
  });

  it.runIf(isLong)(
    'plain: a sibling that does not come to the end in time stays below the former primary, and is told',
    async () => {
      const late = scene.server(4);
      beforeClosing = async () => {
        await late.query('FLUSH TABLES WITH READ LOCK');
        await scene.server(1).query("INSERT INTO app.t VALUES (4711, 'last', '')");
      };
      const outcome = await takeOver(scene, 'graceful-master-takeover', 1, 2);
      await late.query('UNLOCK TABLES');
      expect(outcome).toMatchObject({ kind: 'promoted', troubles: [{ server: keyOf(late) }] });
      await expectLeftAtRest(scene, 1, 2);
      expect((await replicaState(flavour, scene.server(3)))?.sourcePort).toBe(scene.server(2).port);
      expect((await replicaState(flavour, late))?.sourcePort).toBe(scene.server(1).port);
      // Started, the former primary hands on to it what it gets: it has everything there is.
      await scene.server(1).query(`START ${replicaWord(flavour)}`);
      await scene.settle('1>2 3>2 4>1', 2);
      await expectNothingLeft(scene.operator);
    },
  );
});

describe.runIf(isLong).each(SEMI_SYNC_FLAVOURS)('a semi-synchronous takeover by file and position on %s', (flavour) => {
  const scene = useOperationsScene(
    { flavour, gtid: false, tree: '1(2,3)', semiSync: true },
    { mode: 'continuous', config: TAKEOVER_CONFIG },
  );

  it('the primary keeps its acknowledgers until it is closed, the successor has them from its first commits on', async () => {
    const writer = await startFollowing(scene, { statementTimeoutMs: 8_000 });
    await expectTakenOver(scene, writer, 1, 2, WITHOUT_WAITING);
    await expectNothingLost(scene, writer, 2);
    expect(await acknowledgersOf(flavour, scene.server(2))).toBeGreaterThan(0);
    await scene.settle('1>2 3>2', 2);
  });
});

describe.runIf(isLong)('a takeover where not everybody goes the same way', () => {
  const scene = useOperationsScene(
    { flavour: 'mysql-9.7', tree: '1(2,3,4)' },
    { mode: 'continuous', config: TAKEOVER_CONFIG },
  );

  /** Goes by file and position from here on. */
  async function goByPlace(number: number): Promise<void> {
    const server = scene.server(number);
    await server.query('STOP REPLICA');
    await server.query('CHANGE REPLICATION SOURCE TO SOURCE_AUTO_POSITION=0');
    await server.query('START REPLICA');
    await scene.operator.discoverAll();
  }

  it.each([
    ['a sibling by file and position', 4],
    ['the successor by file and position, its siblings by GTID', 2],
  ])('%s', async (_, number) => {
    await goByPlace(number);
    const writer = await startFollowing(scene);
    await expectTakenOver(scene, writer, 1, 2);
    await expectNothingLost(scene, writer, 2);
    await scene.settle('1>2 3>2 4>2', 2);
    for (const one of [1, 3, 4]) await expectNothingErrant(scene.topology, scene.server(one), scene.server(2));
  });
});

describe.runIf(isLong)('a takeover by file and position with Pseudo-GTID', () => {
  const scene = useOperationsScene(
    { flavour: 'mysql-5.6', gtid: false, tree: '1(2,3)' },
    { mode: 'continuous', config: { ...TAKEOVER_CONFIG, AutoPseudoGTID: true } },
  );

  it('entries are written to the successor from then on, and none to the former primary', async () => {
    await scene.write();
    await scene.progress();
    await scene.stopWrites();
    expect(await takeOver(scene, 'graceful-master-takeover-auto', 1, 2)).toMatchObject({
      kind: 'promoted',
      troubles: [],
    });
    const entries = async (number: number): Promise<string> =>
      JSON.stringify(await scene.server(number).query('SHOW MASTER STATUS'));
    const before = await entries(2);
    await waitFor(async () => (await entries(2)) !== before, { what: 'an entry on the successor', deadlineMs: 30_000 });
    await scene.settle('1>2 3>2', 2);
  });
});
