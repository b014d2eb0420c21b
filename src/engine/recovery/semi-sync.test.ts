import { describe, expect, it } from 'vitest';
import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, NO_CLASSIFICATION, recordOf, replicationOf } from '../../model/testing/instances.ts';
import type { OperationRequest } from '../../plan/operations/request.ts';
import { createHurriedClock } from '../testing/clocks.ts';
import { createFakeServers } from '../testing/fakes.ts';
import { RECOVERY_SETTINGS } from '../testing/recovery-settings.ts';
import type { RecoveryRun } from './run.ts';
import { createSemiSyncBody } from './semi-sync.ts';
import type { TraceDeps } from './traces.ts';

const PRIMARY = 'p:3306';
const key = parseKey(PRIMARY, 3306);
const PRIORITIES = new Map([
  ['a', 3],
  ['b', 2],
  ['c', 1],
]);
const LOCKED = { ...RECOVERY_SETTINGS, recoverLockedSemiSync: true };
const EXACT = { ...RECOVERY_SETTINGS, enforceExactSemiSync: true };

/**
 * A primary that waits for one acknowledgement. `a` comes first by priority; those of `acknowledging` do it. The primary notices
 * a change `lagReads` of its readings late.
 */
function scene(given: { acknowledging: readonly string[]; unable?: readonly string[]; lagReads?: number }) {
  const acknowledging = new Set(given.acknowledging);
  let counted = acknowledging.size;
  let unread = 0;
  const servers = createFakeServers();
  const records = new Map<string, ReturnType<typeof recordOf>>();
  const available = { ...instanceOf(PRIMARY).semiSync, available: true };
  const refresh = (): void => {
    unread += 1;
    if (unread > (given.lagReads ?? 0)) counted = acknowledging.size;
    const semiSync = {
      ...available,
      sourceEnabled: true,
      sourceActive: true,
      waitForReplicaCount: 1,
      connectedReplicas: counted,
    };
    servers.put(PRIMARY, instanceOf(PRIMARY, { semiSync }));
    for (const [name, semiSyncPriority] of PRIORITIES) {
      const isOn = acknowledging.has(name);
      const instance = instanceOf(`${name}:3306`, {
        replication: replicationOf(PRIMARY),
        semiSync: { ...available, replicaEnabled: isOn, replicaActive: isOn },
        classification: { ...NO_CLASSIFICATION, semiSyncPriority },
      });
      servers.put(formatKey(instance.key), instance);
    }
  };
  const answered = (instance: Instance): void => void records.set(formatKey(instance.key), recordOf(instance));
  const probe: typeof servers.probe = async (one, options) => {
    if (formatKey(one) === PRIMARY) refresh();
    return servers.probe(one, options);
  };
  refresh();
  const names = [PRIMARY, ...[...PRIORITIES.keys()].map((name) => `${name}:3306`)];
  for (const name of names) {
    const instance = servers.at(name);
    if (instance !== null) answered(instance);
  }
  const asked: string[] = [];
  let fewest = acknowledging.size;
  const clock = createHurriedClock();
  const deps = {
    servers: { ...servers, probe },
    fleet: {
      recordOf: (one: typeof key) => records.get(formatKey(one)) ?? null,
      recordsOfCluster: () => [...records.values()],
      answered,
      failed: () => undefined,
    },
    clock,
    store: { currentEpoch: async () => 1 },
    operations: () => ({
      async run({ kind, instance: { hostname } }: OperationRequest) {
        asked.push(`${kind} ${hostname}`);
        if (given.unable?.includes(hostname)) return { kind: 'failed', reason: 'it does not start' };
        unread = 0;
        if (kind === 'enable-semi-sync-replica') acknowledging.add(hostname);
        else acknowledging.delete(hostname);
        fewest = Math.min(fewest, acknowledging.size);
        return { kind: 'done', failed: [] };
      },
    }),
    audit: () => undefined,
    markers: { write: async () => ({ kind: 'written' }) },
  } as unknown as TraceDeps;
  const replicas = names.slice(1).map((name) => parseKey(name, 3306));
  const entry = { code: 'MasterWithTooManySemiSyncReplicas', view: { key, replicas } } as unknown as AnalysisEntry;
  const run = {
    uid: 'u',
    entry,
    intent: { failed: key, epoch: 1 },
    errors: [],
    isResumed: false,
  } as unknown as RecoveryRun;
  const carryOut = () => createSemiSyncBody('too-many', deps, EXACT).carryOut(run);
  /** Too few acknowledge. */
  const unlock = (settings = LOCKED) => createSemiSyncBody('too-few', deps, settings).carryOut(run);
  return { carryOut, unlock, asked, run, acknowledging, fewest: () => fewest };
}

describe('a primary with more acknowledging replicas than it waits for', () => {
  it('keeps the first by priority; the least wanted is switched off first', async () => {
    const { carryOut, asked, acknowledging } = scene({ acknowledging: ['b', 'c'] });
    expect(await carryOut()).toMatchObject({ kind: 'recovered', successor: key });
    expect(asked).toEqual(['enable-semi-sync-replica a', 'disable-semi-sync-replica c', 'disable-semi-sync-replica b']);
    expect([...acknowledging]).toEqual(['a']);
  });

  it('keeps another when the first cannot be switched on: it never has fewer than it waits for', async () => {
    const { carryOut, asked, acknowledging, run } = scene({ acknowledging: ['b', 'c'], unable: ['a'] });
    expect(await carryOut()).toMatchObject({ kind: 'recovered', successor: key });
    expect(asked).toEqual(['enable-semi-sync-replica a', 'disable-semi-sync-replica c']);
    expect([...acknowledging]).toEqual(['b']);
    expect(run.errors).toEqual([
      'enable-semi-sync-replica on a:3306: it does not start',
      'b:3306 goes on acknowledging: p:3306 waits for 1 and has 1',
    ]);
  });

  it('never has fewer where it counts those who left, or came, with a delay', async () => {
    for (const unable of [[], ['a']]) {
      const { carryOut, acknowledging, fewest } = scene({ acknowledging: ['b', 'c'], unable, lagReads: 3 });
      await carryOut();
      expect(fewest()).toBe(1);
      expect(acknowledging.size).toBe(1);
    }
  });
});

describe.each([
  ['RecoverLockedSemiSyncMaster', LOCKED],
  ['EnforceExactSemiSyncReplicas', EXACT],
])('a primary whose commits hang for want of acknowledgements (%s)', (_key, settings) => {
  it('is released by the first by priority', async () => {
    const { unlock, asked } = scene({ acknowledging: [] });
    expect(await unlock(settings)).toMatchObject({ kind: 'recovered', successor: key });
    expect(asked).toEqual(['enable-semi-sync-replica a']);
  });

  it('is released by the next when that cannot be switched on', async () => {
    const { unlock, asked } = scene({ acknowledging: [], unable: ['a'] });
    expect(await unlock(settings)).toMatchObject({ kind: 'recovered', successor: key });
    expect(asked).toEqual(['enable-semi-sync-replica a', 'enable-semi-sync-replica b']);
  });

  it('is not when none can', async () => {
    const { unlock, asked } = scene({ acknowledging: [], unable: ['a', 'b', 'c'] });
    expect(await unlock(settings)).toMatchObject({ kind: 'failed' });
    expect(asked).toHaveLength(3);
  });
});
