import { describe, expect, it } from 'vitest';
import type { ServerCommand } from '../../model/command.ts';
import { parseKey } from '../../model/instance-key.ts';
import { instanceOf, mariadbReplica, replicationOf } from '../../model/testing/instances.ts';
import type { Lane, Plan, Stage, Step } from '../../plan/plan.ts';
import { commandStep, lane } from '../../plan/steps/build.ts';
import { createSystemClock } from '../basis/clock.ts';
import { executionOn } from '../testing/execution.ts';
import { createFakeServers } from '../testing/fakes.ts';
import { planOf } from '../testing/small-plan.ts';
import { createExecutor, type ExecutionContext } from './executor.ts';
import { compensate, runPlan } from './run-plan.ts';

const NAMES = ['a', 'b', 'c'] as const;
type Name = (typeof NAMES)[number];
const target = (name: Name) => ({ key: parseKey(`${name}:3306`, 3306) });
/** The number tells the steps apart. */
const kill = (processId: number): ServerCommand => ({ kind: 'kill-query', processId });
const NEVER = { ensures: { kind: 'read-only', readOnly: true }, deadlineMs: 20 } as const;

/** Step 1 of a server is taken back by command 101, and so on. */
const step = (name: Name, number: number, changes: Partial<Step> = {}): Step => ({
  ...commandStep(`step ${number}`, target(name), kill(number), `step ${number}`, {
    undo: [commandStep(`undo ${number}`, target(name), kill(100 + number), '')],
  }),
  ...changes,
});

const plan = (...stages: readonly (readonly Lane[])[]): Plan =>
  planOf(...stages.map((lanes, index): Stage => ({ name: `stage ${index}`, lanes })));

function scene() {
  const servers = createFakeServers();
  for (const name of NAMES) servers.put(`${name}:3306`, instanceOf(`${name}:3306`));
  const notes: string[] = [];
  const context = executionOn(servers, { onUndone: async ({ id }) => void notes.push(id) });
  const executor = createExecutor({ servers, clock: createSystemClock() });
  return {
    servers,
    executor,
    context,
    undone: notes,
    sent: () =>
      servers.commands.map(
        ({ server, command }) => `${server[0]}${command.kind === 'kill-query' ? command.processId : command.kind}`,
      ),
    run: (made: Plan, doing: Partial<ExecutionContext> = {}, earlier: readonly Step[] = []) =>
      runPlan(made, executor, { ...context, ...doing }, context, earlier),
  };
}

describe('what was begun is taken back', () => {
  it('in reverse order, through all stages and servers, when a required step fails', async () => {
    const { run, sent } = scene();
    const made = plan([lane(target('a'), [step('a', 1), step('a', 2)])], [lane(target('b'), [step('b', 3, NEVER)])]);
    expect(await run(made)).toMatchObject({ kind: 'failed', trouble: { server: target('b').key }, leftovers: [] });
    expect(sent()).toEqual(['a1', 'a2', 'b3', 'b103', 'a102', 'a101']);
  });

  it('on its own server only, when an optional lane fails; later stages leave that server out', async () => {
    const { run, sent } = scene();
    const made = plan(
      [lane(target('a'), [step('a', 1), step('a', 2, NEVER)], false), lane(target('b'), [step('b', 3)], false)],
      [lane(target('a'), [step('a', 4)]), lane(target('b'), [step('b', 5)])],
    );
    expect(await run(made)).toMatchObject({ kind: 'done', failed: [{ server: target('a').key }], leftovers: [] });
    expect(sent().filter((one) => one.startsWith('a'))).toEqual(['a1', 'a2', 'a102', 'a101']);
    expect(sent().filter((one) => one.startsWith('b'))).toEqual(['b3', 'b5']);
  });

  it('before the next step, when the operation is stopped', async () => {
    const { run, sent } = scene();
    const stop = new AbortController();
    const made = plan([lane(target('a'), [step('a', 1), step('a', 2)])]);
    const onBegin = async ({ id }: Step): Promise<void> => {
      if (id.startsWith('step 1')) stop.abort();
    };
    expect(await run(made, { signal: stop.signal, onBegin })).toMatchObject({
      kind: 'failed',
      trouble: { reason: 'stopped' },
    });
    expect(sent()).toEqual(['a1', 'a101']);
  });

  it('as far as it can be: a server that does not answer is left and named, the others go on', async () => {
    const { run, sent, servers } = scene();
    const made = plan(
      [lane(target('a'), [step('a', 1)]), lane(target('b'), [step('b', 2)])],
      [lane(target('c'), [step('c', 3, NEVER)])],
    );
    const onBegin = async ({ server }: Step): Promise<void> => {
      if (server.hostname === 'c') servers.cutOff('b:3306');
    };
    expect(await run(made, { onBegin })).toMatchObject({ kind: 'failed', leftovers: [{ server: target('b').key }] });
    expect(sent()).toContain('a101');
  });

  it('and every step taken back is told, those with nothing to restore too, so that it is not taken back again', async () => {
    const { executor, context, undone } = scene();
    await compensate([step('a', 1), step('a', 2, { undo: [] }), step('a', 3)], executor, context);
    expect(undone.map((id) => id.slice(0, 6))).toEqual(['step 3', 'step 2', 'step 1']);
  });
});

describe('a server whose way back is barred', () => {
  const replica = instanceOf('a:3306', { replication: replicationOf('c:3306') });
  const start = (kind: 'start-applier' | 'start-receiver'): Step =>
    commandStep('follow', target('a'), { kind }, '', {
      undo: [
        commandStep('back', target('a'), { kind: kind === 'start-applier' ? 'stop-applier' : 'stop-receiver' }, ''),
      ],
    });

  it('replicates on where it is, rather than stay stopped in between', async () => {
    const { executor, context, servers, sent } = scene();
    servers.put('a:3306', replica);
    const change = step('a', 1, { undo: [commandStep('back', target('a'), kill(101), '', NEVER)] });
    const { leftovers: left } = await compensate(
      [change, start('start-applier'), start('start-receiver')],
      executor,
      context,
    );
    expect(left).toMatchObject([{ server: target('a').key }]);
    expect(sent()).toEqual(['astop-receiver', 'astop-applier', 'a101', 'astart-applier', 'astart-receiver']);
  });

  it.each([
    ['executed all of it', '0-1-9', ['astart-applier', 'astart-receiver']],
    ['holds some un-applied, which the start would throw away', '0-1-5', []],
  ])('on MariaDB only with a relay log that may be lost: %s', async (_what, executedGtid, started) => {
    const { executor, context, servers, sent } = scene();
    servers.put('a:3306', mariadbReplica('a:3306', 'c:3306', { executedGtid }, { receivedGtid: '0-1-9' }));
    const change = step('a', 1, { undo: [commandStep('back', target('a'), kill(101), '', NEVER)] });
    await compensate([change, start('start-applier'), start('start-receiver')], executor, context);
    expect(sent()).toEqual(['astop-receiver', 'astop-applier', 'a101', ...started]);
  });

  it('is not sent back below one that could not be taken back itself: the two could become a ring', async () => {
    const { executor, context, sent } = scene();
    const home: ServerCommand = {
      kind: 'change-source',
      source: target('b').key,
      receiverOnly: true,
      positioning: null,
      credentials: null,
    };
    const moved = step('a', 1, { undo: [commandStep('back', target('a'), home, '')] });
    const stuck = step('b', 2, { undo: [commandStep('back', target('b'), kill(102), '', NEVER)] });
    const { leftovers: left } = await compensate([moved, stuck], executor, context);
    expect(left.map(({ server }) => server.hostname).sort()).toEqual(['a', 'b']);
    expect(left.find(({ server }) => server.hostname === 'a')?.reason).toBe(
      'a:3306 is not taken back below b:3306, which could not be taken back itself',
    );
    expect(sent()).toEqual(['b102']);
  });
});

describe('a server whose source could not be taken back', () => {
  const follow = (source: Name): Step['action'] => ({
    kind: 'command',
    command: {
      kind: 'change-source',
      source: target(source).key,
      receiverOnly: true,
      positioning: null,
      credentials: null,
    },
  });
  const rest = (name: Name): Step =>
    commandStep('rest', target(name), { kind: 'stop-receiver' }, '', {
      undo: [commandStep('back', target(name), { kind: 'start-receiver' }, '')],
    });
  const stuck = (to: Name): Step =>
    step('b', 2, { action: follow(to), undo: [commandStep('undo', target('b'), kill(102), '', NEVER)] });

  it('does not listen to it again when that one was told to follow it: they would be a ring', async () => {
    const { executor, context, servers, sent } = scene();
    servers.put('a:3306', instanceOf('a:3306', { replication: replicationOf('b:3306') }));
    const { leftovers: left } = await compensate([rest('a'), stuck('a')], executor, context);
    expect(left.find(({ server }) => server.hostname === 'a')?.reason).toBe(
      'a:3306 does not listen to b:3306 again, which may follow it by now',
    );
    expect(sent()).toEqual(['b102']);
  });

  it('listens to it again when that one was told to follow another', async () => {
    const { executor, context, servers, sent } = scene();
    servers.put('a:3306', instanceOf('a:3306', { replication: replicationOf('b:3306') }));
    await compensate([rest('a'), stuck('c')], executor, context);
    expect(sent()).toEqual(['b102', 'astart-receiver']);
  });
});

describe('a plan that another process had begun', () => {
  const first = step('a', 1);
  const second = step('a', 2);
  const other = step('b', 3);
  const last = step('c', 4);
  const made = plan([lane(target('a'), [first, second])], [lane(target('b'), [other])], [lane(target('c'), [last])]);

  it('goes on with the step that may not have been done, and does no earlier one again', async () => {
    const { run, sent } = scene();
    expect(await run(made, {}, [first, second, other])).toMatchObject({ kind: 'done' });
    expect(sent()).toEqual(['b3', 'c4']);
  });

  it('does not repeat that one when what it ensures holds already', async () => {
    const { run, sent } = scene();
    const isSeen = { ...other, ensures: { kind: 'read-only', readOnly: false } as const };
    const seen = plan([lane(target('a'), [first, second])], [lane(target('b'), [isSeen])], [lane(target('c'), [last])]);
    await run(seen, {}, [first, second, isSeen]);
    expect(sent()).toEqual(['c4']);
  });

  it('takes back the other process’ steps as well, when it fails', async () => {
    const { run, sent } = scene();
    const failing = plan([lane(target('a'), [first, second])], [lane(target('c'), [{ ...last, ...NEVER }])]);
    expect(await run(failing, {}, [first, second])).toMatchObject({ kind: 'failed', leftovers: [] });
    expect(sent()).toEqual(['a2', 'c4', 'c104', 'a102', 'a101']);
  });
});
