import { describe, expect, it } from 'vitest';
import { FLAVOURS } from '../../lab/index.ts';
import { expectNothingErrant } from '../support/checks.ts';
import { keyOf } from '../support/operations.ts';
import { expectTree } from '../support/operations-checks.ts';
import { expectNothingLeft, useOperationsScene } from '../support/operations-scene.ts';
import {
  expectLeftAtRest,
  expectNothingLost,
  expectTakenOver,
  startFollowing,
  TAKEOVER_CONFIG,
  takeOver,
  WITHOUT_WAITING,
} from '../support/takeover.ts';

describe.each(FLAVOURS)('a takeover under writes on %s', (flavour) => {
  const scene = useOperationsScene({ flavour, tree: '1(2,3,4)' }, { mode: 'continuous', config: TAKEOVER_CONFIG });

  it('auto: nothing is lost, everybody follows the successor, the former primary too, and nobody takes it for a failure', async () => {
    const writer = await startFollowing(scene);
    await expectTakenOver(scene, writer, 1, 3);
    await expectNothingLost(scene, writer, 3);
    await expectTree(scene.topology, '1>3 2>3 4>3');
    for (const number of [1, 2, 4]) {
      await scene.topology.waitCaughtUp(number, 3);
      await expectNothingErrant(scene.topology, scene.server(number), scene.server(3));
    }
    await scene.settle('1>3 2>3 4>3', 3);
    const { orchestrator } = scene.operator;
    const history = await orchestrator.recoveries({});
    expect(history).toMatchObject([
      { key: keyOf(scene.server(1)), isSuccessful: true, isInActivePeriod: false, successor: keyOf(scene.server(3)) },
    ]);
    const steps = (await orchestrator.recoverySteps(history[0]?.uid ?? '')).map(({ message }) => message);
    expect(steps[0]).toBe('graceful-master-takeover-auto, ordered by tester');
    expect(steps.join('\n')).toMatch(/READ_ONLY/i);
    expect(steps.at(-1)).toMatch(/^Takeover complete/);
    expect(await orchestrator.deposedPrimaries()).toEqual([]);
    const record = orchestrator.fleet().recordOf(keyOf(scene.server(1)));
    expect(record?.position.clusterName).toBe(`127.0.0.1:${scene.server(3).port}`);
  });

  it('plain: the former primary is left configured and stopped; without a designated one of several it is refused', async () => {
    const refused = await takeOver(scene, 'graceful-master-takeover', 1, null);
    expect(refused).toMatchObject({
      kind: 'refused',
      refusal: {
        reason: `GracefulMasterTakeover: target instance not indicated, auto=false, and master 127.0.0.1:${scene.server(1).port} has 3 replicas. orchestrator cannot choose where to failover to. Aborting`,
      },
    });
    await scene.write();
    await scene.progress();
    await scene.stopWrites();
    expect(await takeOver(scene, 'graceful-master-takeover', 1, 2)).toMatchObject({ kind: 'promoted', troubles: [] });
    await expectLeftAtRest(scene, 1, 2);
    await expectNothingLeft(scene.operator);
  });
});

describe.each(['mysql-9.7', 'mariadb-10.11'] as const)('a semi-synchronous takeover on %s', (flavour) => {
  const scene = useOperationsScene(
    { flavour, tree: '1(2,3)', semiSync: true },
    { mode: 'continuous', config: TAKEOVER_CONFIG },
  );

  it('the successor waits for acknowledgements and gets them, the former primary waits for nobody', async () => {
    const writer = await startFollowing(scene, { statementTimeoutMs: 8_000 });
    await expectTakenOver(scene, writer, 1, 2, WITHOUT_WAITING);
    await expectNothingLost(scene, writer, 2);
    const semiSyncOf = async (number: number) => {
      const rows = await scene
        .server(number)
        .query("SHOW GLOBAL STATUS WHERE Variable_name REGEXP '^Rpl_semi_sync_(source|master)_(status|clients)$'");
      return Object.fromEntries(rows.map((row) => [String(row.Variable_name).replace(/^.*_/, ''), String(row.Value)]));
    };
    expect((await semiSyncOf(2)).status).toBe('ON');
    expect(Number((await semiSyncOf(2)).clients)).toBeGreaterThan(0);
    expect((await semiSyncOf(1)).status).toBe('OFF');
    await scene.settle('1>2 3>2', 2);
  });
});
