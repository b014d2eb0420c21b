import { describe, expect, it } from 'vitest';
import type { CommandKind } from '../../../model/command.ts';
import { replicationOf } from '../../../model/testing/instances.ts';
import type { Lane, Stage } from '../../../plan/plan.ts';
import type { ExecutionContext } from '../../executor/executor.ts';
import { keyOf, nameOf, recoveryScene } from '../../testing/recovery-scene.ts';
import { RECOVERY_SETTINGS } from '../../testing/recovery-settings.ts';
import type { RecoveryRun } from '../run.ts';
import type { DeadPrimaryDeps } from './deps.ts';
import { noteRested, runStage } from './stage.ts';

const STOPPED = { state: 'stopped', errorNumber: 0, errorText: '' } as const;

/** Replica 2; `applier`: how it was found. */
function scene(applier: 'running' | 'stopped') {
  const { put, fleet, intentOf } = recoveryScene();
  const find = (state: 'running' | 'stopped'): void =>
    put(2, 1, { replication: replicationOf(nameOf(1), { applier: { ...STOPPED, state } }) });
  find(applier);
  const run = { intent: intentOf('silenced', [2]), foundStopped: new Set() } as unknown as RecoveryRun;
  const note = (name: string, ...kinds: CommandKind[]): boolean => noteRested(stageOf(name, kinds), run, { fleet });
  return { run, find, note };
}

function stageOf(name: string, kinds: readonly CommandKind[]): Stage {
  const steps = kinds.map((kind) => ({ action: { kind: 'command', command: { kind } } }));
  return { name, lanes: [{ server: keyOf(2), isRequired: true, steps } as unknown as Lane] };
}

describe('an applier that a recovery brings to rest', () => {
  it.each(['drain', 'catch-up', 'promote'])('is noted before the stage "%s", once', (name) => {
    const { run, note } = scene('running');
    expect(note(name, 'start-applier')).toBe(false);
    expect(note(name, 'stop-applier')).toBe(true);
    expect(note(name, 'stop-applier')).toBe(false);
    expect(run.intent.rested).toEqual([keyOf(2)]);
  });

  it('is not noted where a person had stopped it, though it was to execute what it had received', () => {
    const { run, find, note } = scene('stopped');
    expect(note('drain', 'start-applier')).toBe(false);
    find('running');
    expect(note('promote', 'stop-applier')).toBe(false);
    expect(run.intent.rested).toBeUndefined();
  });

  it('is noted still when it was started in between by the recovery that had stopped it', () => {
    const { run, find, note } = scene('running');
    note('catch-up', 'stop-applier');
    find('stopped');
    expect(note('catch-up', 'start-applier')).toBe(false);
    find('running');
    note('promote', 'stop-applier');
    expect(run.intent.rested).toEqual([keyOf(2)]);
  });

  it('is not taken back once another takes writes', () => {
    const { run, note } = scene('running');
    run.intent = { ...run.intent, phase: 'promoted' };
    expect(note('repoint', 'stop-applier')).toBe(false);
  });
});

it('places are searched for as whoever ordered the recovery wishes', async () => {
  const { fleet, intentOf } = recoveryScene();
  const search = { strict: true, skipBinlogSearch: false };
  const asked: unknown[] = [];
  const deps = {
    fleet,
    correlate: async (...[, , , wish]: unknown[]) => {
      asked.push(wish);
      return 'nowhere';
    },
    executor: {
      async runStage(stage: Stage, context: ExecutionContext) {
        const [step] = stage.lanes[0]?.steps ?? [];
        if (step !== undefined) await context.correlate?.(step, keyOf(3), new AbortController().signal);
        return { lanes: [] };
      },
    },
  } as unknown as DeadPrimaryDeps;
  for (const manner of [{}, { search }]) {
    const run = { intent: intentOf('promoted', [2]), manner } as unknown as RecoveryRun;
    await runStage(stageOf('repoint', ['start-receiver']), run, deps, RECOVERY_SETTINGS);
  }
  expect(asked).toEqual([undefined, search]);
});
