import { expect, test } from 'vitest';
import type { Lane, Plan, Step } from '../../plan/plan.ts';
import { commandStep, lane } from '../../plan/steps/build.ts';
import { planOf, target } from '../testing/small-plan.ts';
import type { ExecutionContext, Executor } from './executor.ts';
import { revocable } from './remainder.ts';
import { compensate, runPlan } from './run-plan.ts';

const back = (name: string, port: number): Step =>
  commandStep(`undo-${name}`, target(port), { kind: 'stop-receiver' }, '');
const step = (name: string, port: number, isPointOfNoReturn = false): Step =>
  commandStep(name, target(port), { kind: 'start-receiver' }, '', {
    undo: [back(name, port)],
    ...(isPointOfNoReturn ? { isPointOfNoReturn, isDestructive: true } : {}),
  });

const CLOSE = step('close', 1);
const OPEN = step('open', 2, true);
const FOLLOW = step('follow', 1);
const PLAN = planOf(
  { name: 'close', lanes: [lane(target(1), [CLOSE])] },
  { name: 'promote', lanes: [lane(target(2), [OPEN])] },
  { name: 'follow', lanes: [lane(target(1), [FOLLOW], false)] },
);

/** Does everything but the steps of these stages; notes what is taken back. */
function scene(failing: readonly string[], comesBack = (): boolean => false) {
  const undone: string[] = [];
  const fails = ({ id }: Step): boolean => failing.some((name) => id.startsWith(`${name} `));
  const executor: Executor = {
    runStage: async (stage) => {
      const lanes = stage.lanes.map((one) => {
        const failed = one.steps.find(fails);
        return { lane: one, begun: one.steps, failure: failed === undefined ? null : { step: failed, reason: 'no' } };
      });
      return {
        stage,
        lanes,
        isDone: lanes.every(({ lane: { isRequired }, failure }) => failure === null || !isRequired),
      };
    },
    runSteps: async (steps) => {
      undone.push(...steps.map(({ id }) => id.split(' ')[0] ?? ''));
      return steps.some(fails) ? 'no' : null;
    },
    awaitAnswers: async () => comesBack(),
  };
  const context = { audit: () => undefined } as unknown as ExecutionContext;
  return { undone, executor, context, run: () => runPlan(PLAN, executor, context, context) };
}

test('behind the point of no return, what fails takes back nothing from before it, not even on its own server', async () => {
  const { run, undone } = scene(['follow']);
  expect(await run()).toMatchObject({ kind: 'done', failed: [{ reason: 'no' }] });
  expect(undone).toEqual(['undo-follow']);
});

test('a lane aside that fails is told, and what comes later on its server is done all the same', async () => {
  const { executor, context, undone } = scene(['away']);
  const done: string[] = [];
  const heard: Executor = {
    ...executor,
    runStage: async (stage, given) => {
      done.push(...stage.lanes.flatMap(({ steps }) => steps.map(({ id }) => id.split(' ')[0] ?? '')));
      return executor.runStage(stage, given);
    },
  };
  const away = lane(target(1), [commandStep('away', target(1), { kind: 'release-read-lock' }, '')], false);
  const withAway = (one: Lane): Plan => {
    const [close, promote, follow] = PLAN.stages;
    if (close === undefined || promote === undefined || follow === undefined) throw new Error('no stages');
    return { ...PLAN, stages: [close, promote, { name: 'away', lanes: [one] }, follow] };
  };
  expect(await runPlan(withAway({ ...away, isAside: true }), heard, context, context)).toMatchObject({
    kind: 'done',
    failed: [{ server: { port: 1 }, reason: 'no' }],
  });
  expect(done).toEqual(['close', 'open', 'away', 'follow']);
  done.length = 0;
  await runPlan(withAway(away), heard, context, context);
  expect(done).toEqual(['close', 'open', 'away']);
  expect(undone).toEqual([]);
});

test('behind the point of no return nobody stops it any more; before it, it is stopped', async () => {
  const { executor, context } = scene([]);
  const signals: (readonly [string, boolean])[] = [];
  const stopsAt = (name: string): Promise<unknown> => {
    const stop = new AbortController();
    const heard: Executor = {
      ...executor,
      runStage: async (stage, given) => {
        signals.push([stage.name, given.signal.aborted]);
        if (stage.name === name) stop.abort();
        return executor.runStage(stage, given);
      },
    };
    const never = { ...context, signal: new AbortController().signal };
    return runPlan(PLAN, heard, { ...context, signal: stop.signal }, never);
  };
  await stopsAt('promote');
  expect(signals.splice(0)).toEqual([
    ['close', false],
    ['promote', false],
    ['follow', false],
  ]);
  await stopsAt('close');
  expect(signals).toContainEqual(['promote', true]);
});

test('while it is in doubt, everything is taken back once its own way back has worked', async () => {
  const { run, undone } = scene(['open']);
  expect(await run()).toMatchObject({ kind: 'failed', leftovers: [] });
  expect(undone).toEqual(['undo-open', 'undo-close']);
});

test('while it is in doubt, nothing before it is taken back when its own way back fails', async () => {
  const { run, undone } = scene(['open', 'undo-open']);
  const standing = { server: { port: 1 }, reason: expect.stringContaining('is left as it is') };
  const leftovers = [{ server: { port: 2 }, reason: 'no' }, standing];
  expect(await run()).toMatchObject({ kind: 'failed', isInDoubt: true, leftovers });
  expect(undone).toEqual(['undo-open']);
});

test('while it is in doubt, servers that are away are waited for, and everything is taken back', async () => {
  const failing = ['open', 'undo-open'];
  const { run, undone } = scene(failing, () => failing.pop() !== undefined);
  const end = await run();
  expect(end).toMatchObject({ kind: 'failed', leftovers: [] });
  expect(end).not.toHaveProperty('isInDoubt');
  expect(undone).toEqual(['undo-open', 'undo-open', 'undo-close']);
});

test('of an operation that was left, only what came after it may be taken back, once something did', async () => {
  expect(revocable(PLAN, [CLOSE, OPEN, FOLLOW])).toEqual([FOLLOW]);
  expect(revocable(PLAN, [CLOSE, OPEN])).toEqual([CLOSE, OPEN]);
  expect(revocable(PLAN, [CLOSE])).toEqual([CLOSE]);
  const { executor, context, undone } = scene([]);
  await compensate(revocable(PLAN, [CLOSE, OPEN, FOLLOW]), executor, context);
  expect(undone).toEqual(['undo-follow']);
});
