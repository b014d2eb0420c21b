import { describe, expect, it } from 'vitest';
import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { keyOf, recoveryScene } from '../testing/recovery-scene.ts';

const ORDERED = { isForced: true } as const;

/** Hooks of that list wait until `end` is called. */
function held(scene: ReturnType<typeof recoveryScene>, list: string): () => void {
  let end = (): void => undefined;
  const until = new Promise<void>((resolve) => {
    end = resolve;
  });
  scene.holdHooks(list, until);
  return () => end();
}

function dying() {
  const scene = recoveryScene();
  scene.put(1, null);
  scene.put(2, 1);
  scene.put(3, 1);
  scene.kill(1);
  return scene;
}

describe('a recovery that a person orders', () => {
  it('of a cluster that is being recovered is refused before its failure is noted, or a hook runs', async () => {
    const scene = dying();
    const end = held(scene, 'PreFailoverProcesses');
    const automatic = scene.recover([2, 3]);
    await scene.until(() => scene.hooksRun.length === 1);
    expect(await scene.recover([2, 3], ORDERED)).toMatchObject({
      kind: 'not-attempted',
      reason: 'a recovery of cluster 10.0.0.1:3306 is under way',
    });
    expect([scene.detected.length, scene.hooksRun]).toEqual([1, ['PreFailoverProcesses']]);
    end();
    expect(await automatic).toMatchObject({ kind: 'recovered' });
  });

  it('also where another process recovers it, which only the backend tells', async () => {
    const scene = dying();
    const { store, recover, detected, hooksRun } = scene;
    const theirs = { ...scene.intentOf('silenced', [2, 3]), uid: 'theirs' };
    await store.saveIntent(theirs);
    await store.registerRecovery({
      uid: 'theirs',
      key: keyOf(1),
      analysis: 'DeadMaster',
      clusterName: '10.0.0.1:3306',
    });
    expect(await recover([2, 3], ORDERED)).toMatchObject({
      kind: 'not-attempted',
      reason: 'recovery 1 (DeadMaster of 10.0.0.1:3306) of this cluster is under way',
    });
    expect([detected, hooksRun, [...store.intents.keys()]]).toEqual([[], [], ['theirs']]);
    await store.resolveRecovery('theirs', { isSuccessful: false });
    expect(await recover([2, 3], ORDERED)).toMatchObject({ kind: 'recovered' });
    expect(store.steps).toContainEqual(expect.stringMatching(/takes writes, \d+ ms after the order$/));
  });

  it('has its turn where a lesser one would give way', async () => {
    const scene = dying();
    scene.put(1, null, { isReadOnly: true });
    const end = held(scene, 'PreFailoverProcesses');
    const gentle = { ...scene.entry([2, 3]), code: 'NoWriteableMasterStructureWarning' } as AnalysisEntry;
    const options = { isForced: false, candidate: null, skipHooks: false, command: '', suspectedAtMs: 0 };
    const opening = scene.recoveries.recover(gentle, options);
    await scene.until(() => scene.hooksRun.length === 1);
    expect(await scene.recoveries.recover(gentle, { ...options, isForced: true })).toMatchObject({
      kind: 'not-attempted',
      reason: expect.stringMatching(/under way/),
    });
    scene.kill(1);
    const ordered = scene.recover([2, 3], { ...ORDERED, skipHooks: true });
    expect(await opening).toMatchObject({ reason: expect.stringMatching(/gave way/) });
    expect(await ordered).toMatchObject({ kind: 'recovered', successor: keyOf(2) });
    end();
  });
});
