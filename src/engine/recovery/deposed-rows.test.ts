import { describe, expect, it, vi } from 'vitest';
import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, replicationOf, uuidOf } from '../../model/testing/instances.ts';
import { createSystemClock } from '../clock.ts';
import { createExecutor } from '../executor/executor.ts';
import { createFleet } from '../fleet.ts';
import type { DeposedPrimary, RecoveryStore } from '../ports.ts';
import { createDeposedTable, createFakeServers, SILENT } from '../testing/fakes.ts';
import { type DeadPrimaryDeps, promoteSuccessor } from './dead-primary.ts';
import type { RecoveryRun } from './run.ts';

const FAILED = parseKey('10.0.0.1:3306', 3306);
const REPLICA = parseKey('10.0.0.2:3306', 3306);

/** One primary, dead, and one replica which once was a primary itself: it was deposed, and came back writable. */
function scene() {
  const clock = createSystemClock();
  const servers = createFakeServers();
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  const replica = instanceOf(formatKey(REPLICA), {
    serverId: 2,
    serverUuid: uuidOf(2),
    replication: replicationOf(formatKey(FAILED)),
  });
  servers.put(formatKey(REPLICA), replica);
  fleet.answered(instanceOf(formatKey(FAILED), { serverUuid: uuidOf(1) }));
  fleet.answered(replica);
  const before: DeposedPrimary = {
    key: REPLICA,
    serverUuid: uuidOf(2),
    serverId: 2,
    clusterName: 'c',
    epoch: 6,
    successor: FAILED,
    deposedAtMs: 1_000,
    fencedAtMs: 2_000,
  };
  const table = createDeposedTable([before]);
  /** What those who watch deposed primaries were told to know, in order. */
  const told: string[][] = [];
  const deps: DeadPrimaryDeps = {
    servers,
    fleet,
    clock,
    executor: createExecutor({ servers, clock }),
    leadership: { isLeader: () => true, remainingMs: () => 60_000 },
    store: { ...table, saveIntent: async () => undefined, currentEpoch: async () => 7 } as unknown as RecoveryStore,
    audit: () => undefined,
    onDeposedChanged: async () => {
      told.push((await table.readDeposed()).map(({ key }) => formatKey(key)));
    },
  };
  const run: RecoveryRun = {
    uid: 'u',
    entry: { view: { replicas: [REPLICA] } } as unknown as AnalysisEntry,
    skipHooks: false,
    candidate: null,
    command: '',
    suspectedAtMs: 0,
    isResumed: false,
    excluded: [],
    silenced: new Set(),
    abandoned: [],
    errors: [],
    lost: [],
    intent: {
      uid: 'u',
      recoveryId: 1,
      epoch: 7,
      clusterName: 'c',
      failed: FAILED,
      failedServerUuid: uuidOf(1),
      failedServerId: 1,
      phase: 'prepared',
      owner: 'here:1',
      successor: null,
      isForced: false,
      members: [FAILED, REPLICA],
      updatedAtMs: 0,
    },
  };
  const promote = () =>
    promoteSuccessor(run, deps, {
      promotionDrainTimeoutMs: 1_000,
      preventCrossDataCenter: false,
      preventCrossRegion: false,
      failPromotionOnLagMinutes: 0,
      failIfApplierNotUpToDate: false,
      isPromotionIgnored: () => false,
      applyPromotion: true,
      maxConcurrentOperations: 5,
    });
  return { servers, table, told, promote };
}

describe('the list of deposed primaries', () => {
  it('loses the successor, and gains the failed primary, before anything destructive is done', async () => {
    const { servers, told, promote } = scene();
    const obey = servers.execute;
    let toldBefore: string[][] = [];
    vi.spyOn(servers, 'execute').mockImplementation((instance, command, options) => {
      if (command.kind === 'forget-source') toldBefore = [...told];
      return obey(instance, command, options);
    });
    expect(await promote()).toMatchObject({ kind: 'promoted' });
    expect(toldBefore).toEqual([[formatKey(FAILED)]]);
  });

  it('loses the failed primary again when its successor is given up', async () => {
    const { servers, table, told, promote } = scene();
    const obey = servers.execute;
    vi.spyOn(servers, 'execute').mockImplementation(async (instance, command, options) => {
      if (command.kind !== 'forget-source') return obey(instance, command, options);
      const failure = { kind: 'answered', errorNumber: 1227, message: 'not allowed' } as const;
      return { kind: 'failed', failure };
    });
    expect(await promote()).toMatchObject({ kind: 'failed' });
    expect(await table.readDeposed()).toEqual([]);
    expect(told.at(-1)).toEqual([]);
  });
});
