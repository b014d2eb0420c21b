import { describe, expect, it, vi } from 'vitest';
import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { parseKey, sameKey } from '../../model/instance-key.ts';
import { instanceOf, recordOf, replicationOf } from '../../model/testing/instances.ts';
import type { OperationRequest } from '../../plan/operations/request.ts';
import type { OperationEnd } from '../operations/after-operation.ts';
import type { RecoveryResolution } from '../ports.ts';
import { SILENT } from '../testing/fakes.ts';
import { createTakeoverEnd, type TakeoverEndDeps } from './end.ts';
import { createTakeover, type TakeoverDeps } from './takeover.ts';

const PRIMARY = parseKey('p:3306', 3306);
const SUCCESSOR = parseKey('s:3306', 3306);
const LOST = parseKey('l:3306', 3306);

/** Everything goes well on the servers, but for one replica; `fails`: what the backend does not take. */
function scene(fails: readonly string[] = [], isCopied = false) {
  const records = [
    recordOf(instanceOf('p:3306')),
    ...['s:3306', 'l:3306'].map((name) => recordOf(instanceOf(name, { replication: replicationOf('p:3306') }))),
  ];
  const subject = records[1];
  const told: string[] = [];
  const pardoned: unknown[] = [];
  const deposed: (typeof PRIMARY)[] = [];
  const attributes: unknown[] = [];
  const lostToldTo = new Map<string, readonly unknown[]>();
  const resolved: RecoveryResolution[] = [];
  const backend = async (what: string): Promise<void> => {
    if (fails.includes(what)) throw new Error('the backend is away');
    told.push(what);
  };
  const outcome = {
    kind: 'done',
    plan: { locks: [PRIMARY, SUCCESSOR] },
    subject,
    moved: [],
    failed: [{ server: LOST, reason: 'it does not answer' }],
    leftovers: [],
  } as unknown as Extract<OperationEnd, { kind: 'done' }>;
  const entry = {
    code: 'NoProblem',
    view: {
      key: PRIMARY,
      clusterName: 'p:3306',
      clusterAlias: 'main',
      clusterDomain: 'main.db',
      replicas: [SUCCESSOR, LOST],
    },
  } as unknown as AnalysisEntry;
  const deps = {
    fleet: {
      recordsOfCluster: () => records,
      recordOf: (key: typeof PRIMARY) => records.find((one) => sameKey(one.key, key)) ?? null,
    },
    clock: { now: () => 0 },
    logger: SILENT,
    intent: {
      renameCluster: () => backend('rename'),
      setClusterAlias: () => backend('alias'),
      putAttribute: (noted: unknown) => {
        attributes.push(noted);
        return backend('attribute');
      },
      endDowntime: () => backend('downtime'),
    },
    auditLog: { write: async () => undefined },
    recoveries: {
      recordTakeover: async () => 1,
      addStep: async () => undefined,
      resolveRecovery: async (_uid: string, resolution: RecoveryResolution) => void resolved.push(resolution),
    },
    hooks: {
      async run(list: string, { lost }: { lost: readonly unknown[] }) {
        told.push(list);
        lostToldTo.set(list, lost);
        return { kind: 'succeeded' };
      },
    },
    newUid: () => 'u',
    analyse: async () => entry,
    emit: () => undefined,
    isDeposed: (key: typeof PRIMARY) => deposed.some((one) => sameKey(one, key)),
    onPromoted: () => void told.push('onPromoted'),
    onIntentChanged: () => backend('read again'),
    isAliasOfAnother: async () => isCopied,
    pardon: async (key: typeof PRIMARY) => {
      pardoned.push(key);
      if (fails.includes('pardon')) throw new Error('the backend is away');
    },
    publish: vi.fn(async () => void told.push('published')),
  } as unknown as TakeoverDeps & TakeoverEndDeps;
  const after = createTakeoverEnd(deps);
  const remembered: OperationRequest[] = [];
  const conclude = (request: OperationRequest, end: OperationEnd, isLeftBehind: boolean) =>
    after({
      request,
      end,
      isLeftBehind,
      audit: () => undefined,
      remember: async (anew) => void remembered.push(anew),
    });
  const takeover = createTakeover({
    ...deps,
    operations: {
      plan: async () => ({ kind: 'plan', subject: SUCCESSOR }),
      run: async (request: OperationRequest) => {
        if (fails.includes('operation')) {
          const end = { ...outcome, kind: 'failed', reason: 'a step failed' } as unknown as OperationEnd;
          await conclude(request, end, false);
          return end;
        }
        return { ...outcome, leftovers: await conclude(request, outcome, false) };
      },
    },
  } as unknown as TakeoverDeps);
  const run = () =>
    takeover.run({ kind: 'graceful-master-takeover', clusterName: 'p:3306', designated: SUCCESSOR }, 'me');
  /** As it stands when the process dies: begun, these hook lists told. */
  const left = (toldBefore: readonly string[] = []): OperationRequest => ({
    kind: 'graceful-master-takeover',
    instance: PRIMARY,
    destination: SUCCESSOR,
    takeover: { uid: 'u', recoveryId: 1, entry, told: toldBefore },
  });
  const finish = (request: OperationRequest) => conclude(request, outcome, true);
  const undo = (request: OperationRequest) =>
    conclude(request, { ...outcome, kind: 'failed', reason: 'taken back by me' } as unknown as OperationEnd, true);
  return { run, left, finish, undo, told, pardoned, attributes, lostToldTo, resolved, remembered, deposed };
}

const AFTER = ['PostMasterFailoverProcesses', 'PostFailoverProcesses', 'PostGracefulTakeoverProcesses'];

describe('a takeover', () => {
  it('takes its successor off the list of deposed primaries, or it would be fenced for taking writes', async () => {
    for (const fails of [[], ['pardon']]) {
      const { run, pardoned } = scene(fails);
      expect(await run()).toMatchObject({ kind: 'promoted' });
      expect(pardoned).toEqual([SUCCESSOR]);
    }
  });

  it('moves what people decided to the new name, and then tells everybody', async () => {
    const { run, told, attributes } = scene();
    expect(await run()).toMatchObject({ kind: 'promoted', troubles: [{ server: LOST }] });
    const moved = ['rename', 'alias', 'attribute', 'downtime', 'read again'];
    expect(told.slice(3)).toEqual(['published', ...moved, 'onPromoted', ...AFTER]);
    expect(attributes).toEqual([{ hostname: '*', name: 'main.db', value: 's:3306' }]);
  });

  it('leaves alias and domain with the cluster they are published for, where its own only goes by a copy of them', async () => {
    const { run, told, attributes } = scene([], true);
    expect(await run()).toMatchObject({ kind: 'promoted' });
    expect(told).toContain('rename');
    expect(told).not.toContain('alias');
    expect(attributes).toEqual([{ hostname: '*', name: 'p:3306', value: 's:3306' }]);
  });

  it.each(['rename', 'alias', 'attribute', 'downtime', 'read again'])(
    'tells everybody, hooks and all, though the backend goes away right after it (%s)',
    async (what) => {
      const { run, told, lostToldTo, resolved } = scene([what]);
      const outcome = await run();
      expect(outcome).toMatchObject({
        kind: 'promoted',
        successor: SUCCESSOR,
        troubles: [{ server: LOST }, { server: SUCCESSOR, reason: expect.stringMatching(/the backend is away/) }],
      });
      expect(told.slice(-4)).toEqual(['onPromoted', ...AFTER]);
      expect(told).toContain('published');
      // The successor has a trouble, and is no lost replica.
      for (const list of AFTER) expect(lostToldTo.get(list)).toEqual([LOST]);
      expect(resolved).toMatchObject([{ isSuccessful: true, lostReplicas: [LOST] }]);
      expect(resolved[0]?.errors.join('\n')).toMatch(/s:3306: .*the backend is away/);
    },
  );
});

describe('a takeover whose process has died', () => {
  const MOVED = ['published', 'rename', 'alias', 'attribute', 'downtime', 'read again', 'onPromoted'];

  it('is finished with all that comes after it; only hooks of the time before are not run again', async () => {
    const { left, finish, told, resolved, remembered } = scene();
    await finish(left());
    expect(told).toEqual([...MOVED, ...AFTER]);
    expect(resolved).toMatchObject([{ isSuccessful: true, successor: SUCCESSOR, lostReplicas: [LOST] }]);
    expect(remembered.map(({ takeover }) => takeover?.told.length)).toEqual([1, 2, 3]);
  });

  it('in the middle of its last hooks: no list runs twice, everything else is made sure of', async () => {
    const { left, finish, told } = scene();
    await finish(left(AFTER.slice(0, 2)));
    expect(told).toEqual([...MOVED, ...AFTER.slice(2)]);
  });

  it('and was taken back, has failed', async () => {
    const { left, undo, told, resolved } = scene();
    await undo(left());
    expect(told).toEqual(['PostUnsuccessfulFailoverProcesses']);
    expect(resolved).toMatchObject([{ isSuccessful: false, successor: null, errors: ['taken back by me'] }]);
  });

  it('and whose successor was replaced since, gives it no names', async () => {
    const { left, finish, told, resolved, deposed } = scene();
    deposed.push(SUCCESSOR);
    expect(await finish(left())).toEqual([
      { server: SUCCESSOR, reason: expect.stringMatching(/is not the primary any more/) },
    ]);
    expect(told).toEqual([]);
    expect(resolved).toMatchObject([{ isSuccessful: true, successor: SUCCESSOR }]);
  });

  it('an operation that fails is told once, as it always was', async () => {
    const { run, told, resolved } = scene(['operation']);
    expect(await run()).toEqual({ kind: 'failed', reason: 'a step failed' });
    expect(told.slice(3)).toEqual(['PostUnsuccessfulFailoverProcesses']);
    expect(resolved).toMatchObject([{ isSuccessful: false, errors: ['a step failed'] }]);
  });
});
