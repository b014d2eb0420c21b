import { describe, expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import { instanceOf, recordOf } from '../../model/testing/instances.ts';
import type { OperationPlan } from '../../plan/operations/input.ts';
import type { OperationRequest } from '../../plan/operations/request.ts';
import type { OperationRecord } from '../ports.ts';
import { createStillClock } from '../testing/clocks.ts';
import { SILENT } from '../testing/fakes.ts';
import type { EndedOperation } from './after-operation.ts';
import { createLeftBehind, type LeftBehindDeps } from './left-behind.ts';
import { createRunner, type RunnerDeps } from './runner.ts';
import { standingOf } from './standing.ts';

const SERVER = parseKey('s:3306', 3306);
const TROUBLE = { server: SERVER, reason: 'its alias could not be moved' };

const step = (id: string, isPointOfNoReturn = false) => ({
  id,
  server: SERVER,
  action: { kind: 'wait' },
  undo: [{ id: `${id}, taken back`, server: SERVER, action: { kind: 'wait' } }],
  why: id,
  isDestructive: false,
  isPointOfNoReturn,
});
const stage = (name: string, steps: readonly unknown[]) => ({
  name,
  lanes: [{ server: SERVER, steps, isRequired: true }],
});
const PLAN = {
  kind: 'plan',
  clusterName: 'c',
  purpose: 'a takeover',
  reasons: [],
  stages: [stage('promote', [step('open', true)]), stage('follow', [step('follow')])],
  locks: [SERVER],
  effects: [],
  moved: [],
  subject: SERVER,
} as unknown as OperationPlan;
const REQUEST: OperationRequest = { kind: 'graceful-master-takeover', instance: SERVER, destination: null };

/** The table of operations, and what processes on it do. */
function scene() {
  const open = new Map<string, OperationRecord>();
  const locks = new Set<number>();
  const store = {
    operations: {
      save: async (record: OperationRecord) => void open.set(record.uid, record),
      saveJournal: async (uid: string, journalJson: string) => {
        const record = open.get(uid);
        if (record !== undefined) open.set(uid, { ...record, journalJson });
      },
      readOpen: async () => [...open.values()],
      claim: async (uid: string, _from: string, to: string) => {
        const record = open.get(uid);
        return record === undefined ? null : { ...record, owner: to };
      },
      close: async (uid: string) => void open.delete(uid),
    },
    maintenance: {
      begin: async () => {
        locks.add(locks.size + 1);
        return { kind: 'begun', maintenanceId: locks.size };
      },
      endById: async (id: number) => locks.delete(id),
      readActive: async () => [],
    },
    equivalences: { record: async () => undefined },
  };
  const undone: string[] = [];
  const seen: { readonly ended: EndedOperation; readonly isOpen: boolean; readonly locks: number }[] = [];

  /** `dies`: after so many steps, or when it comes to what comes after (null: never). `fails`: the name of a stage. */
  function process(
    owner: string,
    { dies = null, fails = '' }: { dies?: number | 'after' | null; fails?: string } = {},
  ) {
    const never = new Promise<never>(() => undefined);
    let steps = 0;
    const executor = {
      async runStage({ name, lanes }: OperationPlan['stages'][number], context: { onBegin?(one: unknown): unknown }) {
        const [lane] = lanes;
        for (const one of lane?.steps ?? []) {
          await context.onBegin?.(one);
          steps += 1;
          if (steps === dies) await never;
        }
        const isDone = name !== fails;
        const failure = isDone ? null : { step: lane?.steps[0], reason: 'it did not obey' };
        return { isDone, lanes: [{ lane, begun: lane?.steps ?? [], failure }] };
      },
      runSteps: async (steps: readonly { readonly id: string }[]) => {
        undone.push(...steps.map(({ id }) => id));
        return null;
      },
    };
    const deps = {
      executor,
      fleet: { recordOf: () => recordOf(instanceOf('s:3306')), answered: () => undefined },
      clock: createStillClock(),
      logger: SILENT,
      leadership: { isLeader: () => true },
      store,
      auditLog: { write: async () => undefined },
      newUid: () => 'uid',
      readNow: async () => true,
      pseudoGtid: {},
      isBeingRecovered: () => false,
      onIntentChanged: async () => undefined,
      afterwards: async (ended: EndedOperation) => {
        seen.push({ ended, isOpen: open.has('uid'), locks: locks.size });
        if (dies !== 'after') return [TROUBLE];
        await ended.remember({ ...REQUEST, pattern: 'so far' });
        return never;
      },
    } as unknown as RunnerDeps;
    const runner = createRunner(deps, { owner, maxConcurrent: 1 });
    const isOwnerAlive = (other: string): boolean => other === owner;
    const leftBehind = createLeftBehind({ ...deps, runner, owner, isOwnerAlive } as unknown as LeftBehindDeps);
    const { signal } = new AbortController();
    return {
      run: () => runner.execute(REQUEST, { plan: PLAN, seen: standingOf(PLAN, deps.fleet) }, 'me', signal),
      finish: () => leftBehind.finish('uid', 'me', signal),
      undo: () => leftBehind.undo('uid', 'me'),
      /** Runs until it is dead. */
      async die() {
        void runner.execute(REQUEST, { plan: PLAN, seen: standingOf(PLAN, deps.fleet) }, 'me', signal);
        await expect.poll(() => (dies === 'after' ? seen.length === 1 : steps === dies)).toBe(true);
      },
    };
  }
  return { process, seen, open, locks, undone, store };
}

describe('what comes after an operation', () => {
  it('comes when its servers are unlocked and before it is forgotten; its troubles are in the answer', async () => {
    const { process, seen, open } = scene();
    expect(await process('one').run()).toMatchObject({ kind: 'done', leftovers: [TROUBLE] });
    expect(seen).toMatchObject([{ isOpen: true, locks: 0, ended: { end: { kind: 'done' }, isLeftBehind: false } }]);
    expect(open.size).toBe(0);
  });

  it.each([1, 2])('comes at the end of one that our death cut off at step %i', async (dies) => {
    const { process, seen, open, locks } = scene();
    await process('one', { dies }).die();
    expect(seen).toEqual([]);
    expect(await process('two').finish()).toMatchObject({ kind: 'done', leftovers: [TROUBLE] });
    expect(seen).toMatchObject([{ isOpen: true, locks: 0, ended: { end: { kind: 'done' }, isLeftBehind: true } }]);
    expect([open.size, locks.size]).toEqual([0, 0]);
  });

  it('that our death cut off itself is gone on with from where it was', async () => {
    const { process, seen, open } = scene();
    await process('one', { dies: 'after' }).die();
    expect(await process('two').finish()).toMatchObject({ kind: 'done' });
    expect(seen.map(({ ended }) => ended.request.pattern)).toEqual([undefined, 'so far']);
    expect(open.size).toBe(0);
  });

  it('of one that failed and was taken back: there is nothing left to go on with', async () => {
    const { process, seen } = scene();
    expect(await process('one', { fails: 'promote' }).run()).toMatchObject({ kind: 'failed' });
    expect(seen).toMatchObject([{ isOpen: false, ended: { end: { kind: 'failed' } } }]);
  });

  it('of one that a person takes back: it has failed, unless it was past its point of no return', async () => {
    const before = scene();
    await before.process('one', { dies: 1 }).die();
    expect(await before.process('two').undo()).toEqual([]);
    expect(before.seen).toMatchObject([{ ended: { end: { kind: 'failed', reason: 'taken back by me' } } }]);
    const past = scene();
    await past.process('one', { dies: 2 }).die();
    await past.process('two').undo();
    expect(past.seen).toMatchObject([{ ended: { end: { kind: 'done' }, isLeftBehind: true } }]);
    expect([before.open.size, past.open.size]).toEqual([0, 0]);
  });

  it('of one that is taken back past its point of no return, and cut off once more: that point stays behind it', async () => {
    const { process, undone, seen, open } = scene();
    await process('one', { dies: 2 }).die();
    void process('two', { dies: 'after' }).undo();
    await expect.poll(() => seen.length).toBe(1);
    await process('three').undo();
    expect(undone).not.toContain('open, taken back');
    expect(open.size).toBe(0);
  });

  it('what cannot be gone on with, since the backend fails, is not forgotten', async () => {
    const { process, open, store } = scene();
    await process('one', { dies: 1 }).die();
    const { save } = store.operations;
    store.operations.save = () => Promise.reject(new Error('the backend is busy'));
    await expect(process('two').finish()).rejects.toThrow(/busy/);
    store.operations.save = save;
    expect(open.has('uid')).toBe(true);
    expect(await process('two').finish()).toMatchObject({ kind: 'done' });
  });
});
