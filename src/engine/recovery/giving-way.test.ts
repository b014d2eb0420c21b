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
    const { recoveries, entry, store, hooksRun } = scene;
    let end = (): void => undefined;
    scene.holdHooks(
      'PreFailoverProcesses',
      new Promise<void>((resolve) => {
        end = resolve;
      }),
    );
    const gentle = { ...entry([2, 3]), code: 'NoWriteableMasterStructureWarning' } as AnalysisEntry;
    const opening = recoveries.recover(gentle, AUTOMATIC);
    await expect.poll(() => hooksRun).toEqual(['PreFailoverProcesses']);
    expect([recoveries.isBeingRecovered(keyOf(1)), recoveries.isHeldFirmly(keyOf(1))]).toEqual([true, false]);
    scene.kill(1);
    const replacing = recoveries.recover(entry([2, 3]), AUTOMATIC);
    expect(await opening).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/gave way/) });
    await expect.poll(() => hooksRun).toEqual(['PreFailoverProcesses', 'PreFailoverProcesses']);
    end();
    expect(await replacing).toMatchObject({ kind: 'recovered', successor: keyOf(2) });
    expect(store.records).toMatchObject([
      { isSuccessful: false, isAcknowledged: true, acknowledgedComment: expect.stringMatching(/gave way/) },
      { isSuccessful: true, successor: keyOf(2) },
    ]);
    expect(scene.commandsTo(1)).toEqual([]);
  }, 20_000);
});
