import { describe, expect, it, vi } from 'vitest';
import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { parseKey, sameKey } from '../../model/instance-key.ts';
import { instanceOf, recordOf, replicationOf } from '../../model/testing/instances.ts';
import type { RecoveryResolution } from '../ports.ts';
import { SILENT } from '../testing/fakes.ts';
import { createTakeover, type TakeoverDeps } from './takeover.ts';

const PRIMARY = parseKey('p:3306', 3306);
const SUCCESSOR = parseKey('s:3306', 3306);
const LOST = parseKey('l:3306', 3306);

/** Everything goes well on the servers, but for one replica; `fails`: what the backend does not take. */
function scene(fails: readonly string[] = []) {
  const records = [
    recordOf(instanceOf('p:3306')),
    ...['s:3306', 'l:3306'].map((name) => recordOf(instanceOf(name, { replication: replicationOf('p:3306') }))),
  ];
  const subject = records[1];
  const told: string[] = [];
  const pardoned: unknown[] = [];
  const lostToldTo = new Map<string, readonly unknown[]>();
  const resolved: RecoveryResolution[] = [];
  const backend = async (what: string): Promise<void> => {
    if (fails.includes(what)) throw new Error('the backend is away');
    told.push(what);
  };
  const takeover = createTakeover({
    operations: {
      plan: async () => ({ kind: 'plan', subject: SUCCESSOR }),
      run: async () => ({
        kind: 'done',
        plan: { locks: [PRIMARY, SUCCESSOR] },
        subject,
        moved: [],
        failed: [{ server: LOST, reason: 'it does not answer' }],
        leftovers: [],
      }),
    },
    fleet: {
      recordsOfCluster: () => records,
      recordOf: (key: typeof PRIMARY) => records.find((one) => sameKey(one.key, key)) ?? null,
    },
    clock: { now: () => 0 },
    logger: SILENT,
    intent: {
      renameCluster: () => backend('rename'),
      setClusterAlias: () => backend('alias'),
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
    analyse: async () =>
      ({
        code: 'NoProblem',
        view: { key: PRIMARY, clusterName: 'p:3306', clusterAlias: 'main', replicas: [SUCCESSOR, LOST] },
      }) as unknown as AnalysisEntry,
    emit: () => undefined,
    onPromoted: () => void told.push('onPromoted'),
    onIntentChanged: () => backend('read again'),
    pardon: async (key: typeof PRIMARY) => {
      pardoned.push(key);
      if (fails.includes('pardon')) throw new Error('the backend is away');
    },
    publish: vi.fn(async () => void told.push('published')),
  } as unknown as TakeoverDeps);
  const run = () =>
    takeover.run({ kind: 'graceful-master-takeover', clusterName: 'p:3306', designated: SUCCESSOR }, 'me');
  return { run, told, pardoned, lostToldTo, resolved };
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
    const { run, told } = scene();
    expect(await run()).toMatchObject({ kind: 'promoted', troubles: [{ server: LOST }] });
    expect(told.slice(3)).toEqual(['published', 'rename', 'alias', 'downtime', 'read again', 'onPromoted', ...AFTER]);
  });

  it.each(['rename', 'alias', 'downtime', 'read again'])(
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
