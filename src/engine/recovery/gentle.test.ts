import { describe, expect, it } from 'vitest';
import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, NO_CLASSIFICATION, recordOf, replicationOf } from '../../model/testing/instances.ts';
import { createHurriedClock } from '../testing/clocks.ts';
import { createFakeServers } from '../testing/fakes.ts';
import { RECOVERY_SETTINGS } from '../testing/recovery-settings.ts';
import { createNonWriteableBody } from './non-writeable.ts';
import type { RecoveryRun } from './run.ts';
import { createSemiSyncBody } from './semi-sync.ts';
import type { TraceDeps } from './traces.ts';

const PRIMARY = 'p:3306';
const key = parseKey(PRIMARY, 3306);
const STOPPED = { state: 'stopped', errorNumber: 0, errorText: '' } as const;
const SEMI_SYNC = { ...instanceOf(PRIMARY).semiSync, available: true };

interface Given {
  readonly isDeposed?: boolean;
  readonly priority?: number;
  readonly heals?: boolean;
  /** Operations of this recovery that a process left in the middle. */
  readonly left?: readonly {
    readonly uid: string;
    readonly purpose: string;
    readonly requestedBy: string;
    readonly touched: readonly InstanceKey[];
  }[];
  /** An operation has steps for the primary now. */
  readonly isChanging?: boolean;
}

/** A primary that waits for one of its replicas `a` and `b`, of which neither acknowledges. */
function scene(options: Given = {}) {
  const servers = createFakeServers();
  const records = new Map<string, ReturnType<typeof recordOf>>();
  const put = (instance: Instance): void => {
    servers.put(formatKey(instance.key), instance);
    records.set(formatKey(instance.key), recordOf(instance));
  };
  const replica = (name: string): Instance =>
    instanceOf(name, {
      replication: replicationOf(PRIMARY),
      semiSync: SEMI_SYNC,
      classification: { ...NO_CLASSIFICATION, semiSyncPriority: options.priority ?? 1 },
    });
  const primary = (connectedReplicas: number): Instance =>
    instanceOf(PRIMARY, {
      semiSync: { ...SEMI_SYNC, sourceEnabled: true, sourceActive: true, waitForReplicaCount: 1, connectedReplicas },
    });
  for (const instance of [primary(0), replica('a:3306'), replica('b:3306')]) put(instance);
  const asked: string[] = [];
  const told: string[] = [];
  const written: string[] = [];
  const clock = createHurriedClock();
  const deps = {
    servers,
    fleet: {
      recordOf: (one: typeof key) => records.get(formatKey(one)) ?? null,
      recordsOfCluster: () => [...records.values()],
      answered: (instance: Instance) => records.set(formatKey(instance.key), recordOf(instance)),
      failed: () => undefined,
    },
    clock,
    store: { currentEpoch: async () => 1, readDeposed: async () => [] },
    operations: () => ({
      async run({ kind, instance }: { kind: string; instance: typeof key }) {
        asked.push(`${kind} ${instance.hostname}`);
        if (options.heals !== false) put(primary(1));
        return { kind: 'done', failed: [] };
      },
      isChanging: () => options.isChanging === true,
      unfinished: async () => options.left ?? [],
      undo: async (uid: string) => {
        asked.push(`undo ${uid}`);
        return [];
      },
      finish: async (uid: string) => {
        asked.push(`finish ${uid}`);
        return { kind: 'done' };
      },
    }),
    markers: {
      async write(_instance: Instance, statement: string) {
        written.push(statement);
        return { kind: 'written' };
      },
    },
    isDeposed: () => options.isDeposed === true,
    audit: (_run: RecoveryRun, message: string) => void told.push(message),
  } as unknown as TraceDeps;
  const replicas = ['a:3306', 'b:3306'].map((name) => parseKey(name, 3306));
  const entry = { code: 'LockedSemiSyncMaster', view: { key, replicas } } as unknown as AnalysisEntry;
  const run = {
    uid: 'u',
    entry,
    intent: { failed: key, epoch: 1, clusterName: PRIMARY, members: [key, ...replicas] },
    errors: [],
    isResumed: false,
  } as unknown as RecoveryRun;
  return { deps, entry, run, asked, told, written, put, primary };
}

const ENOUGH = { ...RECOVERY_SETTINGS, recoverLockedSemiSync: true };

describe('a locked semi-sync primary', () => {
  it('gets an acknowledger, and a commit that releases what hung', async () => {
    const { deps, run, asked, written } = scene();
    expect(await createSemiSyncBody('too-few', deps, ENOUGH).carryOut(run)).toMatchObject({
      kind: 'recovered',
      successor: key,
    });
    expect(asked).toEqual(['enable-semi-sync-replica a']);
    expect(written).toEqual(['FLUSH OPTIMIZER_COSTS']);
  });

  it('is not called recovered before it has as many as it waits for', async () => {
    const { deps, run, written } = scene({ heals: false });
    expect(await createSemiSyncBody('too-few', deps, ENOUGH).carryOut(run)).toMatchObject({
      kind: 'failed',
      reason: 'p:3306 waits for 1 semi-sync replicas and has 0',
    });
    expect(written).toEqual([]);
  });

  it('that has enough again is left alone', async () => {
    const { deps, run, asked, put, primary } = scene();
    put(primary(1));
    expect(await createSemiSyncBody('too-few', deps, ENOUGH).carryOut(run)).toMatchObject({ kind: 'cancelled' });
    expect(asked).toEqual([]);
  });

  it('is not begun with where the configuration does not say so, or nobody can help', () => {
    const { deps, entry } = scene();
    expect(createSemiSyncBody('too-few', deps, RECOVERY_SETTINGS).objection(entry, false)).toMatch(
      /RecoverLockedSemiSync/,
    );
    expect(createSemiSyncBody('too-many', deps, ENOUGH).objection(entry, false)).toMatch(
      /EnforceExactSemiSyncReplicas/,
    );
    expect(createSemiSyncBody('too-few', deps, ENOUGH).objection(entry, false)).toBeNull();
    const helpless = scene({ priority: 0 });
    expect(createSemiSyncBody('too-few', helpless.deps, ENOUGH).objection(helpless.entry, false)).toMatch(
      /no replica can be switched/,
    );
  });
});

const LEFT = [{ uid: 'op', purpose: 'open p:3306', requestedBy: 'recovery u', touched: [key] }];

/** The same primary, read-only. */
function readOnlyScene(options: Given = {}) {
  const given = scene(options);
  given.put(instanceOf(PRIMARY, { isReadOnly: true }));
  for (const name of ['a:3306', 'b:3306'])
    given.put(instanceOf(name, { isReadOnly: true, replication: replicationOf(PRIMARY) }));
  return given;
}

describe('a primary that is read-only', () => {
  it('is opened', async () => {
    const { deps, run, entry, asked } = readOnlyScene();
    const body = createNonWriteableBody(deps);
    expect(body.objection(entry, false)).toBeNull();
    expect(await body.carryOut(run)).toMatchObject({ kind: 'recovered', successor: key });
    expect(asked).toEqual(['set-writeable p']);
  });

  it('is not opened when a failover has replaced it, even while the hooks ran', async () => {
    const { deps, entry, run, asked } = readOnlyScene({ isDeposed: true });
    expect(createNonWriteableBody(deps).objection(entry, false)).toMatch(/read-only on purpose/);
    expect(await createNonWriteableBody(deps).carryOut(run)).toMatchObject({ kind: 'cancelled' });
    expect(asked).toEqual([]);
  });

  it.each([
    ['another was made primary by hand', [instanceOf('a:3306')], /a:3306 takes writes/],
    [
      'another is open and its receiver stopped',
      [instanceOf('a:3306', { replication: { ...replicationOf(PRIMARY), receiver: STOPPED } })],
      /a:3306 takes writes/,
    ],
    [
      'it follows another',
      [instanceOf('a:3306'), instanceOf(PRIMARY, { isReadOnly: true, replication: replicationOf('a:3306') })],
      /follows a:3306/,
    ],
    ['it takes writes already', [instanceOf(PRIMARY)], /takes writes again/],
  ])('is not opened when %s meanwhile', async (_what, instances, reason) => {
    const { deps, run, asked, put } = readOnlyScene();
    for (const instance of instances) put(instance);
    expect(await createNonWriteableBody(deps).carryOut(run)).toMatchObject({
      kind: 'cancelled',
      reason: expect.stringMatching(reason),
    });
    expect(asked).toEqual([]);
  });

  it('is not opened while an operation has it, nor when one was left in the middle: its successor may be open', async () => {
    const takeover = { uid: 'op', purpose: 'hand over', requestedBy: 'me', touched: [key] };
    const left = readOnlyScene({ left: [takeover] });
    left.put(instanceOf('a:3306', { replication: replicationOf(PRIMARY) }));
    expect(await createNonWriteableBody(left.deps).carryOut(left.run)).toMatchObject({
      kind: 'cancelled',
      reason: '"hand over" was left in the middle: finish-operation or undo-operation op first',
    });
    const changing = readOnlyScene({ isChanging: true });
    expect(await createNonWriteableBody(changing.deps).carryOut(changing.run)).toMatchObject({ kind: 'cancelled' });
    expect([...left.asked, ...changing.asked]).toEqual([]);
    const elsewhere = readOnlyScene({ left: [{ ...takeover, touched: [parseKey('a:3306', 3306)] }] });
    expect(await createNonWriteableBody(elsewhere.deps).carryOut(elsewhere.run)).toMatchObject({ kind: 'recovered' });
  });

  it('is opened beside replicas that are open for writes and follow it, also from afar', async () => {
    const { deps, run, asked, put } = readOnlyScene();
    put(instanceOf('a:3306', { replication: replicationOf(PRIMARY) }));
    put(instanceOf('b:3306', { replication: replicationOf('a:3306') }));
    expect(await createNonWriteableBody(deps).carryOut(run)).toMatchObject({ kind: 'recovered' });
    expect(asked).toEqual(['set-writeable p']);
  });

  it('gone on with by another process: what was begun is finished, or taken back when another takes writes', async () => {
    const well = readOnlyScene({ left: LEFT });
    await createNonWriteableBody(well.deps).carryOut({ ...well.run, isResumed: true });
    expect(well.asked).toEqual(['finish op', 'set-writeable p']);
    const replaced = readOnlyScene({ left: LEFT });
    replaced.put(instanceOf('a:3306'));
    await createNonWriteableBody(replaced.deps).carryOut({ ...replaced.run, isResumed: true });
    expect(replaced.asked).toEqual(['undo op']);
  });
});
