import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { keyOf, recoveryScene } from '../testing/recovery-scene.ts';

const AUTOMATIC = { isForced: false, candidate: null, skipHooks: false, command: '', suspectedAtMs: 0 };

describe('the recovery of a dead primary', () => {
  it('does not wait for the PreFailover hooks of a gentle recovery of the same primary', async () => {
    const scene = recoveryScene();
    scene.put(1, null, { isReadOnly: true });
    scene.put(2, 1);
    scene.put(3, 1);
    const { recoveries, entry, store, hooksRun, until } = scene;
    let end = (): void => undefined;
    scene.holdHooks(
      'PreFailoverProcesses',
      new Promise<void>((resolve) => {
        end = resolve;
      }),
    );
    const gentle = { ...entry([2, 3]), code: 'NoWriteableMasterStructureWarning' } as AnalysisEntry;
    const opening = recoveries.recover(gentle, AUTOMATIC);
    await until(() => hooksRun.length === 1);
    expect(hooksRun).toEqual(['PreFailoverProcesses']);
    expect([recoveries.isBeingRecovered(keyOf(1)), recoveries.isHeldFirmly(keyOf(1))]).toEqual([true, false]);
    scene.kill(1);
    const replacing = recoveries.recover(entry([2, 3]), AUTOMATIC);
    expect(await opening).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/gave way/) });
    await until(() => hooksRun.length === 2);
    expect(hooksRun).toEqual(['PreFailoverProcesses', 'PreFailoverProcesses']);
    end();
    expect(await replacing).toMatchObject({ kind: 'recovered', successor: keyOf(2) });
    expect(store.records).toMatchObject([
      { isSuccessful: false, isAcknowledged: true, acknowledgedComment: expect.stringMatching(/gave way/) },
      { isSuccessful: true, successor: keyOf(2) },
    ]);
    expect(scene.commandsTo(1)).toEqual([]);
  }, 20_000);

  it.each(['LockedSemiSyncMaster', 'NoWriteableMasterStructureWarning'])(
    'nor for the detection hooks of %s of the same primary, whether or not that is to be recovered',
    async (code) => {
      const { recoveries, entry, put, kill, fleet, holdDetection } = recoveryScene();
      put(1, null, { isReadOnly: true });
      put(2, 1);
      put(3, 1);
      let end = (): void => undefined;
      holdDetection(
        1,
        code,
        new Promise<void>((resolve) => {
          end = resolve;
        }),
      );
      const lesser = recoveries.recover({ ...entry([2, 3]), code } as AnalysisEntry, AUTOMATIC);
      await setImmediate();
      kill(1);
      fleet.failed(keyOf(1), 'refused', false);
      expect(recoveries.isHeldFirmly(keyOf(1))).toBe(false);
      expect(await recoveries.recover(entry([2, 3]), AUTOMATIC)).toMatchObject({
        kind: 'recovered',
        successor: keyOf(2),
      });
      end();
      await lesser;
    },
    20_000,
  );

  it('has its turn although that of a source below it, which is not to begin while its own source is silent, is asked for first', async () => {
    const { recoveries, entry, put, kill, fleet } = recoveryScene();
    put(1, null);
    put(2, 1);
    put(3, 1);
    put(4, 2);
    for (const number of [1, 2]) {
      kill(number);
      fleet.failed(keyOf(number), 'refused', false);
    }
    const below = { ...entry([4]), code: 'DeadIntermediateMaster', hasAutomatedIntermediateRecovery: true };
    const view = { ...below.view, key: keyOf(2), sourceKey: keyOf(1), isGroupMember: false };
    const [intermediate, primary] = await Promise.all([
      recoveries.recover({ ...below, view } as AnalysisEntry, AUTOMATIC),
      recoveries.recover(entry([2, 3]), AUTOMATIC),
    ]);
    expect(intermediate).toMatchObject({ kind: 'not-attempted', reason: expect.stringMatching(/comes first/) });
    expect(primary).toMatchObject({ kind: 'recovered', successor: keyOf(3) });
  }, 20_000);

  it('nor do detection hooks of that source keep it waiting, which began while the primary was not known to be dead', async () => {
    const { recoveries, entry, put, kill, fleet, holdDetection } = recoveryScene();
    put(1, null);
    put(2, 1);
    put(3, 1);
    put(4, 2);
    kill(2);
    fleet.failed(keyOf(2), 'refused', false);
    let end = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      end = resolve;
    });
    holdDetection(2, 'DeadIntermediateMaster', held);
    const below = { ...entry([4]), code: 'DeadIntermediateMaster', hasAutomatedIntermediateRecovery: true };
    const view = { ...below.view, key: keyOf(2), sourceKey: keyOf(1), isGroupMember: false };
    const intermediate = recoveries.recover({ ...below, view } as AnalysisEntry, AUTOMATIC);
    kill(1);
    fleet.failed(keyOf(1), 'refused', false);
    const primary = await recoveries.recover(entry([2, 3]), AUTOMATIC);
    expect(primary).toMatchObject({ kind: 'recovered', successor: keyOf(3) });
    end();
    expect(await intermediate).toMatchObject({ kind: 'not-attempted' });
  }, 20_000);
});
