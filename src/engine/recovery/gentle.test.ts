import { describe, expect, it } from 'vitest';
import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, NO_CLASSIFICATION, recordOf, replicationOf } from '../../model/testing/instances.ts';
import { createFakeServers } from '../testing/fakes.ts';
import { RECOVERY_SETTINGS } from '../testing/recovery-settings.ts';
import { createNonWriteableBody } from './non-writeable.ts';
import type { RecoveryRun } from './run.ts';
import { createSemiSyncBody } from './semi-sync.ts';
import type { TraceDeps } from './traces.ts';

const PRIMARY = 'p:3306';
const key = parseKey(PRIMARY, 3306);
const SEMI_SYNC = { ...instanceOf(PRIMARY).semiSync, available: true };

/** A primary that waits for one of its replicas `a` and `b`, of which neither acknowledges. */
function scene(options: { readonly isDeposed?: boolean; readonly priority?: number; readonly heals?: boolean } = {}) {
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
  let nowMs = 0;
  const deps = {
    servers,
    fleet: {
      recordOf: (one: typeof key) => records.get(formatKey(one)) ?? null,
      recordsOfCluster: () => [...records.values()],
      answered: (instance: Instance) => records.set(formatKey(instance.key), recordOf(instance)),
      failed: () => undefined,
    },
    clock: {
      monotonicMs: () => nowMs,
      sleep: async (ms: number) => {
        nowMs += ms;
      },
    },
    store: { currentEpoch: async () => 1 },
    operations: () => ({
      async run({ kind, instance }: { kind: string; instance: typeof key }) {
        asked.push(`${kind} ${instance.hostname}`);
        if (options.heals !== false) put(primary(1));
        return { kind: 'done', failed: [] };
      },
      unfinished: async () => [],
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
    intent: { failed: key, epoch: 1 },
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

describe('a primary that is read-only', () => {
  it('is opened', async () => {
    const { deps, run, entry, asked } = scene();
    const body = createNonWriteableBody(deps);
    expect(body.objection(entry, false)).toBeNull();
    expect(await body.carryOut(run)).toMatchObject({ kind: 'recovered', successor: key });
    expect(asked).toEqual(['set-writeable p']);
  });

  it('is not opened when a failover has replaced it', () => {
    const { deps, entry } = scene({ isDeposed: true });
    expect(createNonWriteableBody(deps).objection(entry, false)).toMatch(/read-only on purpose/);
  });
});
