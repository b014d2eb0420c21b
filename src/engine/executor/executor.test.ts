import { describe, expect, it, vi } from 'vitest';
import type { ServerCommand } from '../../model/command.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, mariadbReplica, replicationOf, uuidOf } from '../../model/testing/instances.ts';
import type { Condition, Noted, Stage, Step } from '../../plan/plan.ts';
import { createSystemClock } from '../basis/clock.ts';
import type { CommandOutcome, FailureKind } from '../ports.ts';
import { executionOn } from '../testing/execution.ts';
import { createFakeServers } from '../testing/fakes.ts';
import { createExecutor, type ExecutionContext } from './executor.ts';

const A = parseKey('a:3306', 3306);
const B = parseKey('b:3306', 3306);
const READ_ONLY: ServerCommand = { kind: 'set-read-only', readOnly: true, withSuper: false };
const IS_READ_ONLY: Condition = { kind: 'read-only', readOnly: true };
const IS_WRITABLE: Condition = { kind: 'read-only', readOnly: false };

const step = (changes: Partial<Step> = {}): Step => ({
  id: `test ${formatKey(changes.server ?? A)}`,
  server: A,
  action: { kind: 'command', command: READ_ONLY },
  requires: null,
  ensures: null,
  deadlineMs: 2_000,
  isDestructive: false,
  undo: [],
  unless: null,
  why: 'because it is a test',
  ...changes,
});

const stageOf = (...steps: readonly Step[]): Stage => ({
  name: 'test',
  lanes: [{ server: A, isRequired: true, steps }],
});

function scene() {
  const servers = createFakeServers();
  const audit: string[] = [];
  const order: string[] = [];
  for (const key of [A, B]) servers.put(formatKey(key), instanceOf(formatKey(key), { isSuperReadOnly: null }));
  const probe = servers.probe;
  vi.spyOn(servers, 'probe').mockImplementation((key, request) => {
    order.push('read');
    return probe(key, request);
  });
  const obey = servers.execute;
  const execute = vi.spyOn(servers, 'execute').mockImplementation((instance, command, options) => {
    order.push(command.kind);
    return obey(instance, command, options);
  });
  const context = executionOn(servers, {
    gate: async () => {
      order.push('gate');
      return null;
    },
    audit: (message) => void audit.push(message),
  });
  const run = (stage: Stage, changes: Partial<ExecutionContext> = {}) =>
    createExecutor({ servers, clock: createSystemClock() }).runStage(stage, { ...context, ...changes });
  const change = (changes: Partial<Instance>): void => {
    const before = servers.at('a:3306');
    if (before !== null) servers.put('a:3306', { ...before, ...changes });
  };
  return { servers, audit, order, run, execute, obey, change };
}

const failing = (kind: FailureKind, errorNumber: number | null = null): CommandOutcome => ({
  kind: 'failed',
  failure: { kind, errorNumber, message: `it failed: ${kind}` },
});

it('lanes of one server are run side by side, however few servers at a time: one of them may wait for the other', async () => {
  const { run, change } = scene();
  const closed = step({ action: { kind: 'wait' }, requires: null, ensures: IS_READ_ONLY });
  const others = step({ server: B, action: { kind: 'wait' } });
  const begun: string[] = [];
  const onBegin = async ({ server, ensures }: Step): Promise<void> => {
    begun.push(formatKey(server));
    if (ensures === null && server === A) change({ isReadOnly: true });
  };
  const inTheWay = step({ action: { kind: 'command', command: { kind: 'kill-client-sessions', isFence: false } } });
  const lanes = [closed, inTheWay, others].map((one) => ({ server: one.server, isRequired: true, steps: [one] }));
  const outcome = await run({ name: 'test', lanes }, { maxLanes: 1, onBegin });
  expect(outcome.isDone).toBe(true);
  expect(begun).toEqual(['a:3306', 'a:3306', 'b:3306']);
});

describe('one step', () => {
  it('is asked for leave, checked, done, verified and noted, in this order', async () => {
    const { run, order, audit } = scene();
    const outcome = await run(stageOf(step({ requires: IS_WRITABLE, ensures: IS_READ_ONLY })));
    expect(outcome.isDone).toBe(true);
    expect(order).toEqual(['gate', 'read', 'set-read-only', 'read']);
    expect(audit).toEqual([expect.stringMatching(/^a:3306: set-read-only \(\d+ ms\)$/)]);
  });

  it('is not done when it may not be', async () => {
    const { run, servers } = scene();
    const outcome = await run(stageOf(step()), { gate: async () => 'this node is not the leader any more' });
    expect(outcome.lanes[0]?.failure?.reason).toBe('this node is not the leader any more');
    expect(servers.commands).toEqual([]);
  });

  it('is not done when what it requires does not hold, and does not wait for it', async () => {
    const { run, servers, audit } = scene();
    const outcome = await run(stageOf(step({ requires: IS_READ_ONLY, deadlineMs: 60_000 })));
    expect(outcome.lanes[0]?.failure?.reason).toBe('a:3306 is not read_only.');
    expect(servers.commands).toEqual([]);
    expect(audit).toEqual([expect.stringContaining('a:3306 is not read_only.')]);
  });

  it('waits at its last look for an applier that came to rest, and begins what arrived in part', async () => {
    const applier = (applierHasReadAll: boolean, state: 'running' | 'stopped' = 'running') => {
      const receiver = { ...replicationOf('b:3306').receiver, state: 'stopped' as const };
      const readCoordinates = { kind: 'binlog' as const, file: 'mysql-bin.000002', position: 900 };
      const executedCoordinates = { ...readCoordinates, position: 800 };
      const { applier: before } = replicationOf('b:3306');
      const places = { readCoordinates, executedCoordinates, positioning: 'coordinates' as const };
      return replicationOf('b:3306', { ...places, receiver, applier: { ...before, state }, applierHasReadAll });
    };
    const outcomeOf = async (first: ReturnType<typeof applier>): Promise<string> => {
      const { run, change } = scene();
      change({ replication: first, executedGtid: '' });
      setTimeout(() => change({ replication: applier(true) }), 60);
      return (await run(stageOf(step({ requires: { kind: 'drained' } })))).lanes[0]?.failure?.reason ?? 'done';
    };
    expect(await outcomeOf(applier(false))).toBe('done');
    expect(await outcomeOf(applier(false, 'stopped'))).toMatch(/is not running and has not executed/);
  });

  it('is not done when it was forbidden, or stopped, while it waited for an applier to come to rest', async () => {
    const { replication } = mariadbReplica('a:3306', 'b:3306');
    if (replication === null) throw new Error('no replica');
    const receiver = { ...replication.receiver, state: 'stopped' as const };
    const atWork = { ...replication, receiver, receivedGtid: '0-1-9' };
    const outcomeOf = async (leave: () => string | null, stop = new AbortController()): Promise<unknown> => {
      const { run, change, servers } = scene();
      change({ ...mariadbReplica('a:3306', 'b:3306', { executedGtid: '0-1-8' }), replication: atWork });
      setTimeout(() => change({ executedGtid: '0-1-9' }), 200);
      const waiting = step({ requires: { kind: 'drained' } });
      const { lanes } = await run(stageOf(waiting), { gate: async () => leave(), signal: stop.signal });
      return [lanes[0]?.failure?.reason, servers.commands.length];
    };
    let asked = 0;
    expect(await outcomeOf(() => (asked++ === 0 ? null : 'a recovery is under way'))).toEqual([
      'a recovery is under way',
      0,
    ]);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 190);
    expect(await outcomeOf(() => null, stop)).toEqual(['stopped', 0]);
    expect(await outcomeOf(() => null)).toEqual([undefined, 1]);
  });

  it('is not done when the server cannot be read', async () => {
    const { run, servers } = scene();
    servers.put('a:3306', null);
    const outcome = await run(stageOf(step({ requires: IS_WRITABLE })));
    expect(outcome.lanes[0]?.failure?.reason).toMatch(/refused/);
  });

  it('is left out when the step of another lane that makes it needless is done in the time that has', async () => {
    const begunWithin = async (withinMs: number, changes: Partial<Step> = {}): Promise<readonly string[]> => {
      const { run, change } = scene();
      setTimeout(() => change({ isReadOnly: true }), 200);
      const close = step({ id: 'close', action: { kind: 'wait' }, ensures: IS_READ_ONLY, ...changes });
      const drive = step({ id: 'drive', action: { kind: 'wait' }, unlessDone: { step: 'close', withinMs } });
      const lanes = [close, drive].map((one) => ({ server: A, isRequired: true, steps: [one] }));
      const { lanes: ran } = await run({ name: 'test', lanes });
      return ran.flatMap(({ begun }) => begun.map(({ id }) => id));
    };
    expect(await begunWithin(30_000)).toEqual(['close']);
    expect(await begunWithin(1)).toEqual(['close', 'drive']);
    // What failed makes nothing needless.
    expect(await begunWithin(400, { requires: IS_READ_ONLY })).toEqual(['drive']);
  });

  it('of a stage with a pause is begun after that', async () => {
    const { run } = scene();
    const startedAt = performance.now();
    await run({ ...stageOf(step()), pauseMs: 60 });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(59);
  });

  it('waits for what it ensures', async () => {
    const { run, change } = scene();
    setTimeout(() => change({ isReadOnly: true }), 100);
    const outcome = await run(stageOf(step({ action: { kind: 'wait' }, ensures: IS_READ_ONLY, deadlineMs: 30_000 })));
    expect(outcome.isDone).toBe(true);
  });

  it('asks where the log ends only for what is about that: a server whose commits wait may not tell', async () => {
    const { run, servers } = scene();
    const asked = (): readonly boolean[] =>
      vi.mocked(servers.probe).mock.calls.map(([, { withoutLogEnd }]) => withoutLogEnd !== true);
    const place = servers.at('a:3306')?.ownCoordinates ?? null;
    if (place === null) throw new Error('it logs nothing');
    const wait = (ensures: Condition): Step => step({ action: { kind: 'wait' }, ensures, deadlineMs: 0 });
    const outcome = await run(
      stageOf(
        wait({ kind: 'receiver-stopped' }),
        wait({ kind: 'own-log-ends-at', place }),
        step({ action: { kind: 'note', note: 'end', place: 'own' } }),
        // A full reading without it would forget it.
        wait({ kind: 'semi-sync', side: 'source', enabled: false }),
      ),
    );
    expect(outcome.isDone).toBe(true);
    expect(asked()).toEqual([false, true, true, true]);
  });

  it('gives up at its deadline, and says how long it waited', async () => {
    const { run } = scene();
    const outcome = await run(stageOf(step({ action: { kind: 'wait' }, ensures: IS_READ_ONLY, deadlineMs: 100 })));
    expect(outcome.lanes[0]?.failure?.reason).toBe('a:3306 is not read_only. (waited 100 ms)');
  });

  it('without patience is judged on one reading', async () => {
    const { run, order } = scene();
    const outcome = await run(stageOf(step({ action: { kind: 'wait' }, ensures: IS_WRITABLE, deadlineMs: 0 })));
    expect(outcome.isDone).toBe(true);
    expect(order).toEqual(['gate', 'read']);
  });

  it('does not wait on while an applier that must run has stopped with an error', async () => {
    const { run, change } = scene();
    const applier = { state: 'stopped', errorNumber: 1062, errorText: 'duplicate' } as const;
    const receiver = { state: 'stopped', errorNumber: 0, errorText: '' } as const;
    change({
      executedGtid: `${uuidOf(1)}:1-5`,
      replication: replicationOf('p:3306', { applier, receiver, receivedGtid: `${uuidOf(1)}:1-9` }),
    });
    const began = performance.now();
    const outcome = await run(
      stageOf(step({ action: { kind: 'wait' }, ensures: { kind: 'drained' }, deadlineMs: 60_000 })),
    );
    expect(outcome.lanes[0]?.failure?.reason).toMatch(/1062/);
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it('fails, and throws nothing, on a reading that makes no sense', async () => {
    const { run, change } = scene();
    change({ executedGtid: 'nonsense' });
    const wants: Condition = { kind: 'has-executed', gtid: `${uuidOf(1)}:1-5` };
    const outcome = await run(stageOf(step({ requires: wants })));
    expect(outcome.lanes[0]?.failure?.reason).toMatch(/nonsense/);
  });
});

describe('a command that fails', () => {
  it('that only follows from another is left out with that one', async () => {
    const consequence = step({ id: 'consequence', onlyAfter: 'cause' });
    const cause = step({ id: 'cause', unless: IS_WRITABLE, action: { kind: 'wait' } });
    const begunOf = async (isReadOnly: boolean, ...steps: readonly Step[]): Promise<readonly string[]> => {
      const { run, change } = scene();
      change({ isReadOnly });
      const [lane] = (await run(stageOf(...steps))).lanes;
      return lane?.begun.map(({ id }) => id) ?? [];
    };
    expect(await begunOf(false, cause, consequence)).toEqual([]);
    expect(await begunOf(true, cause, consequence)).toEqual(['cause', 'consequence']);
    // Gone on with after the cause, which the process before had done.
    expect(await begunOf(false, consequence)).toEqual(['consequence']);
  });

  it('is sent once more when its connection broke', async () => {
    const { run, execute, servers } = scene();
    execute.mockResolvedValueOnce(failing('closed'));
    expect((await run(stageOf(step({ ensures: IS_READ_ONLY })))).isDone).toBe(true);
    expect(servers.commands).toHaveLength(1);
  });

  it('is not sent once more when it may not be any more', async () => {
    const { run, execute, servers } = scene();
    execute.mockResolvedValueOnce(failing('closed'));
    let asked = 0;
    const gate = async (): Promise<string | null> => {
      asked += 1;
      return asked === 1 ? null : 'a newer recovery of the cluster has begun';
    };
    expect((await run(stageOf(step({ isDestructive: true })), { gate })).isDone).toBe(false);
    expect(servers.commands).toEqual([]);
  });

  it.each<[FailureKind, number | null]>([
    ['answered', 1198],
    ['deadline', null],
    ['refused', null],
  ])('is not sent again when it was %s', async (kind, errorNumber) => {
    const { run, execute } = scene();
    execute.mockResolvedValue(failing(kind, errorNumber));
    expect((await run(stageOf(step()))).isDone).toBe(false);
    expect(execute).toHaveBeenCalledTimes(1);
  });
});

describe('the lanes of a stage', () => {
  const lanes = (isRequired: boolean): Stage => ({
    name: 'test',
    lanes: [
      { server: A, isRequired, steps: [step({ requires: IS_READ_ONLY }), step({ id: 'never' })] },
      { server: B, isRequired: true, steps: [step({ server: B })] },
    ],
  });

  it('go on beside one that fails; its later steps are not done', async () => {
    const { run, servers } = scene();
    const outcome = await run(lanes(true));
    expect(outcome.isDone).toBe(false);
    expect(servers.commands.map(({ server }) => server)).toEqual(['b:3306']);
  });

  it('are done when every required one is', async () => {
    const { run } = scene();
    expect((await run(lanes(false))).isDone).toBe(true);
  });
});

describe('everything a server has, noted for a later step', () => {
  it('is of a reading that shows what the note ensures, or is not noted', async () => {
    const noteWhile = async (isReadOnly: boolean) => {
      const { run, change, order } = scene();
      change({ isReadOnly, executedGtid: `${uuidOf(1)}:1-5` });
      const notes = new Map<string, Noted>();
      const action: Step['action'] = { kind: 'note', note: 'all', place: 'complete-gtid' };
      const { lanes } = await run(stageOf(step({ action, ensures: IS_READ_ONLY })), { notes });
      return {
        notes: [...notes.keys()],
        reason: lanes[0]?.failure?.reason,
        readings: order.filter((one) => one === 'read'),
      };
    };
    expect(await noteWhile(true)).toEqual({ notes: ['all'], reason: undefined, readings: ['read'] });
    expect(await noteWhile(false)).toMatchObject({ notes: [], reason: expect.stringMatching(/writ|read.only/) });
  });

  const noted = async (reading: Partial<Instance>, without = ''): Promise<unknown> => {
    const { run, change } = scene();
    change(reading);
    const notes = new Map<string, Noted>();
    const action: Step['action'] = { kind: 'note', note: 'all', place: 'complete-gtid', without };
    const outcome = await run(stageOf(step({ action })), { notes });
    return notes.get('all') ?? outcome.lanes[0]?.failure?.reason;
  };
  const U = uuidOf(1);
  const V = uuidOf(2);

  it('executed or only received, but for what is left out', async () => {
    const replication = replicationOf('p:3306', { receivedGtid: `${U}:4-9` });
    expect(await noted({ executedGtid: `${U}:1-5,${V}:1`, replication }, `${V}:1`)).toEqual({
      kind: 'gtid',
      gtid: `${U}:1-9`,
    });
  });

  it('as a position on MariaDB', async () => {
    const maria = mariadbReplica('a:3306', 'p:3306', { executedGtid: '0-1-5' }, { receivedGtid: '0-1-9' });
    expect(await noted(maria)).toEqual({ kind: 'gtid', gtid: '0-1-9' });
  });

  it('is nothing on a MariaDB primary that has logged nothing yet, and not known where it does not log', async () => {
    const { replication: _, ...maria } = mariadbReplica('a:3306', 'p:3306', { executedGtid: '' });
    const logging = { ...maria, replication: null };
    expect(await noted(logging)).toEqual({ kind: 'gtid', gtid: '' });
    expect(await noted({ ...logging, ownCoordinates: null })).toMatch(/does not tell/);
  });

  it('fails where the server does not count in GTIDs: nothing noted would be taken for nothing needed', async () => {
    const replication = replicationOf('p:3306', { positioning: 'coordinates' });
    expect(await noted({ gtidMode: 'OFF', supportsOracleGtid: false, replication })).toMatch(/./);
  });
});

describe('a search in two logs', () => {
  const search = step({ action: { kind: 'correlate', destination: B, note: 'place' }, deadlineMs: 50 });
  const reasonOf = async (changes: Partial<ExecutionContext>): Promise<string | undefined> =>
    (await scene().run(stageOf(search), changes)).lanes[0]?.failure?.reason;

  it('is ended when the time of its step is over, and told so', async () => {
    const told = vi.fn();
    const correlate: ExecutionContext['correlate'] = (_step, _destination, signal) => {
      signal.addEventListener('abort', told);
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve('cancelled')));
    };
    expect(await reasonOf({ correlate })).toMatch(/a:3306.*b:3306.*not found within 50 ms/);
    expect(told).toHaveBeenCalledOnce();
  });

  it('is not waited for when it does not heed that', async () => {
    expect(await reasonOf({ correlate: () => new Promise(() => undefined) })).toMatch(/not found within 50 ms/);
  });

  it('is ended with what it is part of', async () => {
    const stop = new AbortController();
    const correlate: ExecutionContext['correlate'] = (_step, _destination, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve('cancelled'));
        stop.abort();
      });
    expect(await reasonOf({ correlate, signal: stop.signal })).toBe('cancelled');
  });

  it('leaves nothing behind when the place is found', async () => {
    const found = { kind: 'binlog', file: 'b.000001', position: 4 } as const;
    const notes = new Map<string, Noted>();
    const given: AbortSignal[] = [];
    const correlate: ExecutionContext['correlate'] = async (_step, _destination, signal) => {
      given.push(signal);
      return found;
    };
    expect(await reasonOf({ correlate, notes })).toBeUndefined();
    expect(notes.get('place')).toEqual(found);
    expect(given.map(({ aborted }) => aborted)).toEqual([false]);
  });
});
