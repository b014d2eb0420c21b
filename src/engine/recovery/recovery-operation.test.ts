import { describe, expect, it } from 'vitest';
import { OrchestratorError } from '../../model/error.ts';
import { keyOf } from '../testing/recovery-scene.ts';
import { finishLeftBehind, runOperation } from './recovery-operation.ts';
import type { RecoveryRun } from './run.ts';
import type { TraceDeps } from './traces.ts';

/** A recovery u that left one operation unfinished, and somebody else's. `finish`: what comes of going on with it. */
function scene(finish: () => Promise<unknown>) {
  const undone: string[] = [];
  const audited: string[] = [];
  const deps = {
    operations: () => ({
      unfinished: async () => [
        { uid: 'own', purpose: 'move it', requestedBy: 'recovery u' },
        { uid: 'other', purpose: 'move another', requestedBy: 'me' },
      ],
      finish,
      undo: async (uid: string) => {
        undone.push(uid);
        return [];
      },
    }),
    audit: (_run: RecoveryRun, message: string) => void audited.push(message),
  } as unknown as TraceDeps;
  return { undone, audited, start: () => finishLeftBehind({ uid: 'u', isResumed: true } as RecoveryRun, deps) };
}

describe('what a process that died left of its recovery', () => {
  it('is gone on with', async () => {
    const { start, undone, audited } = scene(async () => ({ kind: 'done' }));
    await start();
    expect(undone).toEqual([]);
    expect(audited).toEqual(['move it, left unfinished: done']);
  });

  it('is taken back where that is refused', async () => {
    const { start, undone, audited } = scene(async () => ({ kind: 'refused', refusal: { reason: 'it is locked' } }));
    await start();
    expect(undone).toEqual(['own']);
    expect(audited.at(-1)).toBe('move it, left unfinished: taken back, since it is locked');
  });

  it('is taken back where going on with it fails before it begins', async () => {
    const { start, undone } = scene(async () => {
      throw new OrchestratorError('no-credentials', 'the account is not known any more');
    });
    await start();
    expect(undone).toEqual(['own']);
  });

  it('rests while the backend is away', async () => {
    const { start, undone } = scene(async () => {
      throw new OrchestratorError('store-unreachable', 'the backend is away');
    });
    await expect(start()).rejects.toThrow(/backend is away/);
    expect(undone).toEqual([]);
  });
});

it('an operation of a recovery is done in the manner that was ordered', async () => {
  const asked: unknown[] = [];
  const run = async (request: unknown) => {
    asked.push(request);
    return { kind: 'failed' };
  };
  const deps = { operations: () => ({ run }) } as unknown as TraceDeps;
  const ordered = { uid: 'u', intent: { failed: keyOf(1) }, manner: { ignoresVirtualNames: true } };
  const request = { kind: 'relocate', instance: keyOf(2), destination: keyOf(3) } as const;
  await runOperation(ordered as RecoveryRun, request, deps);
  expect(asked).toEqual([{ ...request, ignoresVirtualNames: true }]);
});
