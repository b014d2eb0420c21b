import { describe, expect, it } from 'vitest';
import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { OrchestratorError } from '../../model/error.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import { createSystemClock } from '../basis/clock.ts';
import { type IntentSnapshot, NOTHING_DECIDED } from '../ports.ts';
import { SILENT } from '../testing/fakes.ts';
import { createFakeRecoveryStore, keyOf, nameOf } from '../testing/recovery-scene.ts';
import { RECOVERY_SETTINGS } from '../testing/recovery-settings.ts';
import type { BodyEnd, RecoveryBody } from './body.ts';
import { conductBody } from './conduct-body.ts';
import { createExclusion } from './exclusion.ts';
import type { RecoveryRun } from './run.ts';
import type { TraceDeps } from './traces.ts';

const CLUSTER = nameOf(1);
const RECOVERED: BodyEnd = { kind: 'recovered', successor: keyOf(3), lost: [keyOf(5)] };

/** One recovery of server 2, whose body ends as given, in invented surroundings. */
async function scene(given: {
  readonly end?: BodyEnd | Error;
  readonly body?: Partial<RecoveryBody>;
  readonly failingHook?: string;
  readonly run?: Partial<RecoveryRun>;
  readonly phase?: 'registered' | 'prepared';
  /** By people, since it was begun. */
  readonly decided?: Partial<IntentSnapshot>;
  readonly left?: readonly { readonly uid: string; readonly purpose: string; readonly requestedBy: string }[];
  readonly before?: ReturnType<typeof createFakeRecoveryStore>;
}) {
  const store = given.before ?? createFakeRecoveryStore();
  const uid = `u${store.records.length}`;
  const done: string[] = [];
  const entry = {
    code: 'DeadIntermediateMaster',
    view: { key: keyOf(2), clusterName: CLUSTER, clusterAlias: CLUSTER, replicas: [] },
  } as unknown as AnalysisEntry;
  const deps = {
    store,
    logger: SILENT,
    clock: createSystemClock(),
    fleet: { recordOf: () => null },
    intent: {
      endDowntime: async (key: InstanceKey) => void done.push(`end downtime of ${formatKey(key)}`),
      read: async () => ({ ...NOTHING_DECIDED, ...given.decided }),
    },
    operations: () => ({ unfinished: async () => given.left ?? [] }),
    auditLog: { write: async (type: string) => void done.push(`audit ${type}`) },
    hooks: {
      async run(list: string) {
        done.push(list);
        return list === given.failingHook ? { kind: 'failed', message: 'exit code 1' } : { kind: 'succeeded' };
      },
    },
    emit: () => undefined,
    audit: (_run: RecoveryRun, message: string) => void store.steps.push(message),
  } as unknown as TraceDeps;
  const registered = await store.registerRecovery({ uid, key: keyOf(2), analysis: entry.code, clusterName: CLUSTER });
  if (registered.kind !== 'registered') throw new Error('not registered');
  const run = {
    uid,
    entry,
    skipHooks: false,
    command: '',
    isResumed: false,
    errors: [],
    lost: [],
    intent: {
      uid,
      recoveryId: registered.recoveryId,
      epoch: registered.epoch,
      clusterName: CLUSTER,
      failed: keyOf(2),
      phase: given.phase ?? 'registered',
      isForced: false,
      members: [],
    },
    ...given.run,
  } as unknown as RecoveryRun;
  await store.saveIntent(run.intent);
  const body: RecoveryBody = {
    auditType: 'recover-something',
    runsPreFailover: true,
    successHooks: 'PostIntermediateMasterFailoverProcesses',
    objection: () => null,
    plan: async () => ({ kind: 'plan', purpose: '', clusterName: CLUSTER, stages: [], reasons: [] }),
    async carryOut() {
      done.push('body');
      const { end = RECOVERED } = given;
      if (end instanceof Error) throw end;
      return end;
    },
    ...given.body,
  };
  const outcome = await createExclusion().run(
    { clusterName: CLUSTER, failed: keyOf(2), members: [keyOf(2)] },
    (turn) => {
      const release = (uid: string): void => {
        done.push('release');
        turn.release(uid);
      };
      return conductBody(run, body, { ...deps, turn: { ...turn, release } }, RECOVERY_SETTINGS);
    },
    null,
  );
  return { outcome, done, store, record: store.records.find((one) => one.uid === uid), isOpen: store.intents.has(uid) };
}

describe('a recovery that is made of operations', () => {
  it('runs its hooks around its body, and is closed with its successor', async () => {
    const { outcome, done, record, isOpen } = await scene({});
    expect(outcome).toMatchObject({ kind: 'recovered', successor: keyOf(3), lost: [keyOf(5)] });
    expect(done).toEqual([
      'PreFailoverProcesses',
      'body',
      'audit recover-something',
      `end downtime of ${nameOf(3)}`,
      'release',
      'PostIntermediateMasterFailoverProcesses',
      'PostFailoverProcesses',
    ]);
    expect(record).toMatchObject({ isSuccessful: true, successor: keyOf(3), lostReplicas: [keyOf(5)] });
    expect(isOpen).toBe(false);
  });

  it('has no PreFailover hooks and none of its own where its kind has none, and none at all when they are skipped', async () => {
    const bare = await scene({ body: { runsPreFailover: false, successHooks: null } });
    expect(bare.done.filter((word) => word.endsWith('Processes'))).toEqual(['PostFailoverProcesses']);
    const silent = await scene({ run: { skipHooks: true } });
    expect(silent.done).toEqual(['body', 'audit recover-something', 'release']);
  });

  it('does nothing when a PreFailover hook fails, and says so in its row', async () => {
    const { outcome, done, record, isOpen } = await scene({ failingHook: 'PreFailoverProcesses' });
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'PreFailoverProcesses failed: exit code 1' });
    expect(done).not.toContain('body');
    expect(done.at(-1)).toBe('PostUnsuccessfulFailoverProcesses');
    expect(record).toMatchObject({ isSuccessful: false, isAcknowledged: false });
    expect(isOpen).toBe(false);
  });

  it('is unsuccessful when its body fails or breaks off', async () => {
    for (const end of [{ kind: 'failed', reason: 'no home' } as const, new Error('no home')]) {
      const { outcome, done, record } = await scene({ end });
      expect(outcome).toMatchObject({ kind: 'failed', reason: 'no home' });
      expect(done.at(-1)).toBe('PostUnsuccessfulFailoverProcesses');
      expect(record).toMatchObject({ isSuccessful: false, errors: ['no home'], successor: null });
    }
  });

  it('blocks nothing when it is called off the first time; the second time it does', async () => {
    const end = { kind: 'cancelled', reason: 'it answers again' } as const;
    const first = await scene({ end });
    expect(first.record).toMatchObject({ isAcknowledged: true, acknowledgedComment: 'called off: it answers again' });
    const second = await scene({ end, before: first.store });
    expect(second.record).toMatchObject({ isAcknowledged: false });
    expect(second.record?.errors.at(-1)).toMatch(/second time/);
  });

  it('called off, has its last hooks where PreFailover hooks ran, and only there', async () => {
    const end = { kind: 'cancelled', reason: 'it answers again' } as const;
    expect((await scene({ end })).done.slice(-2)).toEqual(['release', 'PostUnsuccessfulFailoverProcesses']);
    expect((await scene({ end, phase: 'prepared' })).done.at(-1)).toBe('PostUnsuccessfulFailoverProcesses');
    const bare = await scene({ end, body: { runsPreFailover: false } });
    expect(bare.done).not.toContain('PostUnsuccessfulFailoverProcesses');
  });

  it('rests, open, when the backend goes away in its middle', async () => {
    const end = new OrchestratorError('store-unreachable', 'the backend is away');
    const { outcome, record, isOpen } = await scene({ end });
    expect(outcome).toMatchObject({ kind: 'failed', reason: /rests/ });
    expect(record).toMatchObject({ endedAt: '' });
    expect(isOpen).toBe(true);
  });

  it('does not repeat its PreFailover hooks when it is gone on with', async () => {
    const { done } = await scene({ phase: 'prepared', run: { isResumed: true } });
    expect(done[0]).toBe('body');
  });

  it.each([
    ['disabled globally', { isRecoveryDisabled: true }],
    ['in maintenance', { maintenance: new Set([nameOf(2)]) }],
    [
      'downtimed',
      {
        downtimes: new Map([
          [nameOf(2), { owner: 'me', reason: 'works', beginAtMs: 0, endAtMs: Number.POSITIVE_INFINITY }],
        ]),
      },
    ],
  ])(
    'is called off when it is %s by the time its hooks are done, or another process goes on',
    async (word, decided) => {
      for (const given of [{}, { phase: 'prepared', run: { isResumed: true } }] as const) {
        const { outcome, done, isOpen } = await scene({ ...given, decided });
        expect(outcome).toMatchObject({ kind: 'failed', reason: expect.stringContaining(word) });
        expect(done).not.toContain('body');
        expect(isOpen).toBe(false);
      }
    },
  );

  it('keeps its row as it is when only its last hooks were missing and it must not go on', async () => {
    const first = await scene({});
    const before = { ...first.store, registerRecovery: async () => ({ kind: 'registered', recoveryId: 1, epoch: 7 }) };
    const run = { uid: 'u0', isResumed: true } as Partial<RecoveryRun>;
    const given = { before: before as unknown as typeof first.store, phase: 'prepared', run } as const;
    const { done } = await scene({ ...given, decided: { isRecoveryDisabled: true } });
    expect(done).toEqual([]);
    expect(first.store.records).toMatchObject([{ uid: 'u0', isSuccessful: true, successor: keyOf(3) }]);
    expect(first.store.steps.at(-1)).toMatch(/only its last hooks had not/);
  });

  it('goes on all the same when a person forced it', async () => {
    const template = await scene({});
    const intent = { ...template.record, uid: 'u0', clusterName: CLUSTER, failed: keyOf(2), phase: 'prepared' };
    const run = { isResumed: true, intent: { ...intent, isForced: true, members: [] } } as unknown as RecoveryRun;
    const { done } = await scene({ run, decided: { isRecoveryDisabled: true } });
    expect(done).toContain('body');
  });

  it('does not take the lock of what it left unfinished itself for the maintenance of people', async () => {
    const given = {
      phase: 'prepared',
      run: { isResumed: true },
      decided: { maintenance: new Set([nameOf(2)]) },
    } as const;
    const left = [{ uid: 'op', purpose: 'move', requestedBy: 'recovery u0' }];
    expect((await scene({ ...given, left })).done).toContain('body');
    const disabled = await scene({ ...given, left, decided: { isRecoveryDisabled: true } });
    expect(disabled.outcome).toMatchObject({ reason: expect.stringMatching(/left unfinished: move \(operation op\)/) });
  });
});
