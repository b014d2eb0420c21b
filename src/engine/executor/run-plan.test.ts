import { describe, expect, it } from 'vitest';
import type { ServerCommand } from '../../model/command.ts';
import { parseKey } from '../../model/instance-key.ts';
import { instanceOf, uuidOf } from '../../model/testing/instances.ts';
import type { Step } from '../../plan/plan.ts';
import { createSystemClock } from '../basis/clock.ts';
import { executionOn } from '../testing/execution.ts';
import { createFakeServers } from '../testing/fakes.ts';
import { planOf } from '../testing/small-plan.ts';
import { createExecutor } from './executor.ts';
import { runPlan } from './run-plan.ts';

const A = parseKey('a:3306', 3306);

const step = (command: ServerCommand, changes: Partial<Step> = {}): Step => ({
  id: `test ${command.kind}`,
  server: A,
  action: { kind: 'command', command },
  unless: null,
  requires: null,
  ensures: null,
  deadlineMs: 50,
  isDestructive: false,
  undo: [],
  why: `${command.kind} is done`,
  ...changes,
});

function scene(executedGtid = '') {
  const servers = createFakeServers();
  servers.put('a:3306', instanceOf('a:3306', { executedGtid }));
  const context = executionOn(servers);
  const run = (...steps: readonly Step[]) => {
    const plan = planOf({ name: 'test', lanes: [{ server: A, isRequired: true, steps }] });
    return runPlan(plan, createExecutor({ servers, clock: createSystemClock() }), context, context);
  };
  return { servers, context, run, sent: () => servers.commands.map(({ command }) => command) };
}

const FLUSH: ServerCommand = { kind: 'flush-binary-logs' };
const KILL: ServerCommand = { kind: 'kill-query', processId: 1 };
const NEVER = { kind: 'read-only', readOnly: true } as const;

describe('a plan that fails', () => {
  it('does not say that everything is as before when something was done that has no way back', async () => {
    const { run } = scene();
    const outcome = await run(step(KILL, { isDestructive: true }), step(FLUSH, { ensures: NEVER }));
    expect(outcome).toMatchObject({
      kind: 'failed',
      leftovers: [{ server: A, reason: 'there is no way back from this: kill-query is done' }],
    });
  });

  it('takes back what comes before and after it all the same', async () => {
    const { run, sent } = scene();
    const undo = (id: number): Step => step({ kind: 'kill-query', processId: id });
    await run(
      step(FLUSH, { undo: [undo(11)] }),
      step(KILL, { isDestructive: true }),
      step(FLUSH, { undo: [undo(12)] }),
      step(FLUSH, { ensures: NEVER }),
    );
    expect(sent().flatMap((command) => (command.kind === 'kill-query' ? [command.processId] : []))).toEqual([
      1, 12, 11,
    ]);
  });

  it('does not count the step that failed itself', async () => {
    const { run } = scene();
    expect(await run(step(KILL, { isDestructive: true, ensures: NEVER }))).toMatchObject({ leftovers: [] });
  });
});

describe('GTIDs that are noted on the way', () => {
  const U = uuidOf(1);
  const OWN = uuidOf(2);
  const note = (name: string, without: string): Step =>
    step(FLUSH, { action: { kind: 'note', note: name, place: 'executed-gtid', without } });

  it('are what a later step sets, and what a later condition means', async () => {
    const { run, sent } = scene(`${U}:1-9,${OWN}:1-3`);
    const has = (noted: string) => ({ kind: 'executed-gtid', gtid: { note: noted } }) as const;
    const set: ServerCommand = { kind: 'set-purged-gtid', gtid: 'as planned' };
    const outcome = await run(
      note('all', ''),
      note('kept', `${OWN}:1-3`),
      step(set, { action: { kind: 'command', command: set, at: 'kept' }, requires: has('all') }),
      step(FLUSH, { requires: has('kept') }),
    );
    expect(sent()).toEqual([{ kind: 'set-purged-gtid', gtid: `${U}:1-9` }]);
    expect(outcome).toMatchObject({ kind: 'failed', trouble: { reason: expect.stringContaining(`not "${U}:1-9"`) } });
  });

  it('a note that is missing keeps the step from being done', async () => {
    const { run, sent } = scene();
    const set: ServerCommand = { kind: 'set-purged-gtid', gtid: '' };
    expect(await run(step(set, { action: { kind: 'command', command: set, at: 'nothing' } }))).toMatchObject({
      trouble: { reason: 'the place "nothing" was not noted' },
    });
    expect(sent()).toEqual([]);
  });
});
