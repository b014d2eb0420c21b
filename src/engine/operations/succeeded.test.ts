import { describe, expect, it } from 'vitest';
import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import { Secret } from '../../model/secret.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { replicationOf } from '../../model/testing/instances.ts';
import type { OperationPlan } from '../../plan/operations/input.ts';
import { KNOWN, keyOf, nameOf, planned, tree } from '../../plan/operations/testing/ask.ts';
import type { Step } from '../../plan/plan.ts';
import type { OperationRecord } from '../ports.ts';
import { executionOn } from '../testing/execution.ts';
import { createFakeServers } from '../testing/fakes.ts';
import { writeJournal } from './journal.ts';
import { createLeftBehind, type LeftBehindDeps } from './left-behind.ts';
import { handoverAhead, succeededMeanwhile } from './succeeded.ts';

const stepsOf = ({ stages }: OperationPlan): Step[] =>
  stages.flatMap(({ lanes }) => lanes.flatMap(({ steps }) => steps));

/** A takeover of 1 by 2, with 3 beside, left while the primary was closed; then things are as `changes` say. */
function sceneOf(changes: Readonly<Record<number, Partial<Instance>>> = {}, isDeposed = false, silent: number[] = []) {
  const records = tree('gtid', { 1: 0, 2: 1, 3: 1 }, { 1: { readOnly: false } });
  const plan = planned('graceful-master-takeover-auto', 1, records, { ...KNOWN, to: 2 });
  const steps = stepsOf(plan);
  const begun = steps.slice(
    0,
    steps.findIndex(({ id }) => id.startsWith('catch-up')),
  );
  const now: ServerRecord[] = records.map((record) =>
    record.instance === null
      ? record
      : {
          ...record,
          instance: { ...record.instance, isReadOnly: true, isSuperReadOnly: true, ...changes[record.key.port] },
        },
  );
  const deps = {
    recordOf: ({ port }: InstanceKey) => now.find(({ key }) => key.port === port) ?? null,
    recordsOfCluster: () => now,
    readNow: async ({ port }: InstanceKey) => !silent.includes(port),
    isDeposed: () => isDeposed,
  };
  const ask = (how: 'finish' | 'undo') => succeededMeanwhile(plan, begun, how, deps);
  return { plan, begun, steps, deps, now, ask };
}

const OPEN = { isReadOnly: false, isSuperReadOnly: false };

describe('a takeover that was left while the primary was closed', () => {
  it.each<[string, Parameters<typeof sceneOf>, RegExp | null, RegExp | null]>([
    ['nobody did anything', [], null, null],
    ['people opened the primary', [{ 1: OPEN }], null, null],
    ['a sibling became the primary', [{ 3: { ...OPEN, replication: null } }], /3 takes writes/, /3 takes writes/],
    ['the successor became it', [{ 2: { ...OPEN, replication: null } }], /2 takes writes/, /2 takes writes/],
    ['the primary follows', [{ 1: { replication: replicationOf(nameOf(3)) } }], /follows/, /follows/],
    ['a failover replaced it', [{}, true], /was replaced/, /was replaced/],
    ['the successor follows another', [{ 2: { replication: replicationOf(nameOf(3)) } }], /2 follows .*3/, null],
    ['the primary is silent', [{}, false, [1]], /1 does not answer/, null],
  ])('%s', async (_what, given, finish, undo) => {
    const { ask } = sceneOf(...given);
    expect([await ask('finish'), await ask('undo')]).toEqual([
      finish === null ? null : expect.stringMatching(finish),
      undo === null ? null : expect.stringMatching(undo),
    ]);
  });

  it('may be finished or not for another reason once the successor was surely opened', () => {
    const { plan, begun, steps } = sceneOf();
    expect(handoverAhead(plan, begun)).toEqual({ primary: keyOf(1), successor: keyOf(2) });
    const opening = steps.findIndex(({ isPointOfNoReturn }) => isPointOfNoReturn);
    expect(handoverAhead(plan, steps.slice(0, opening + 1))).not.toBeNull();
    const forget = steps.filter(({ id }) => id.startsWith('forget'));
    expect(handoverAhead(plan, [...steps.slice(0, opening + 1), ...forget])).toBeNull();
  });
});

/** The same, with what a person may ask of it. */
function leftScene(changes: Readonly<Record<number, Partial<Instance>>>, kind = '', scene = sceneOf(changes)) {
  const { plan, begun, deps, now } = scene;
  const servers = createFakeServers();
  for (const { instance } of now) if (instance !== null) servers.put(formatKey(instance.key), instance);
  const stored: OperationPlan = plan;
  let record: OperationRecord | null = {
    uid: 'u',
    clusterName: 'c',
    purpose: plan.purpose,
    requestedBy: 'me',
    owner: 'gone',
    requestJson: JSON.stringify({ kind }),
    planJson: JSON.stringify(stored),
    journalJson: writeJournal(plan, begun, new Map()),
    maintenanceIds: [],
    startedAtMs: 0,
  };
  const locked = new Map<number, string>();
  const taken: string[] = [];
  const left = createLeftBehind({
    ...deps,
    fleet: deps,
    executor: {
      runSteps: async (steps: readonly Step[]) => {
        taken.push(...steps.map(({ id }) => id));
        return null;
      },
    },
    runner: {
      readAgain: async () => undefined,
      objectionNow: async () => null,
      undoing: () => executionOn(servers),
      audit: () => undefined,
      conclude: async () => {
        record = null;
      },
      resume: async () => ({ kind: 'resumed' }),
    },
    store: {
      operations: {
        readOpen: async () => (record === null ? [] : [record]),
        async claim(_uid: string, _from: string, owner: string) {
          record = record === null ? null : { ...record, owner };
          return record;
        },
      },
      maintenance: {
        async begin(key: InstanceKey) {
          const maintenanceId = locked.size + 1;
          locked.set(maintenanceId, formatKey(key));
          return { kind: 'begun', maintenanceId };
        },
        endById: async (id: number) => locked.delete(id),
        readActive: async () => [],
      },
    },
    owner: 'here',
    isOwnerAlive: (owner: string) => owner === 'here',
    credentialsFor: async () => ({ user: 'repl', password: new Secret('x') }),
  } as unknown as LeftBehindDeps);
  return { left, taken, locked, owner: () => record?.owner ?? null };
}

describe('what a person asks of it', () => {
  it('is not taken back beside another primary; it stays as it was, and can be asked for again', async () => {
    const { left, taken, locked, owner } = leftScene({ 3: { ...OPEN, replication: null } });
    await expect(left.undo('u', 'me')).rejects.toMatchObject({ code: 'not-undone' });
    expect(await left.finish('u', 'me', new AbortController().signal)).toMatchObject({ kind: 'refused' });
    expect(taken).toEqual([]);
    expect([owner(), locked.size]).toEqual(['gone', 0]);
  });

  it('is taken back, or gone on with, where nobody is', async () => {
    const undone = leftScene({});
    expect(await undone.left.undo('u', 'me')).toEqual([]);
    expect(undone.taken).toContain(`close ${nameOf(1)} set-read-only`);
    expect([undone.owner(), undone.locked.size]).toEqual([null, 0]);
    const finished = leftScene({});
    expect(await finished.left.finish('u', 'me', new AbortController().signal)).toEqual({ kind: 'resumed' });
  });
});

describe('a make-master that was left before it opened its server', () => {
  /** 2 replaces 1, which was dead, and 3 follows it by now. `source`: 1 as it is now; null: silent. */
  const finish = async (source: Partial<Instance> | null) => {
    const records = tree('gtid', { 1: 0, 2: 1, 3: 1 }, { 1: { valid: false, readOnly: false } });
    const plan = planned('make-master', 2, records);
    const scene = sceneOf(
      { 1: source ?? OPEN, 3: { replication: replicationOf(nameOf(2)) } },
      false,
      source ? [] : [1],
    );
    const begun = stepsOf(plan).slice(0, 1);
    const { left, owner, locked } = leftScene({}, 'make-master', { ...scene, plan, begun });
    return [await left.finish('u', 'me', new AbortController().signal), owner(), locked.size > 0];
  };

  it('is gone on with while that source is silent, or closed', async () => {
    for (const source of [null, {}]) expect(await finish(source)).toEqual([{ kind: 'resumed' }, 'here', true]);
  });

  it('is not when it is back and takes writes: there would be two', async () => {
    expect(await finish(OPEN)).toMatchObject([
      { kind: 'refused', refusal: { reason: expect.stringMatching(/:1 takes writes by now/) } },
      'gone',
      false,
    ]);
  });
});
