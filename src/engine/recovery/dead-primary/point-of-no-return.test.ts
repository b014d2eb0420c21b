import { describe, expect, it, vi } from 'vitest';
import type { AnalysisEntry } from '../../../analysis/analysis-entry.ts';
import { formatKey, parseKey } from '../../../model/instance-key.ts';
import { instanceOf, replicationOf, uuidOf } from '../../../model/testing/instances.ts';
import { createSystemClock } from '../../basis/clock.ts';
import { createExecutor } from '../../executor/executor.ts';
import { createFleet } from '../../fleet/fleet.ts';
import { type DeposedPrimary, NOTHING_DECIDED, type RecoveryStore } from '../../ports.ts';
import { createDeposedTable, createFakeServers, SILENT } from '../../testing/fakes.ts';
import { inventIntent } from '../../testing/recovery-intent.ts';
import { RECOVERY_SETTINGS } from '../../testing/recovery-settings.ts';
import type { RecoveryRun } from '../run.ts';
import type { DeadPrimaryDeps } from './deps.ts';
import { promoteSuccessor } from './promote-successor.ts';

const FAILED = parseKey('10.0.0.1:3306', 3306);
const REPLICA = parseKey('10.0.0.2:3306', 3306);
const SIBLING = parseKey('10.0.0.3:3306', 3306);

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
  const addSibling = (): void => {
    const sibling = instanceOf(formatKey(SIBLING), {
      serverId: 3,
      serverUuid: uuidOf(3),
      isReadOnly: true,
      replication: replicationOf(formatKey(FAILED)),
    });
    servers.put(formatKey(SIBLING), sibling);
    fleet.answered(sibling);
  };
  fleet.answered(instanceOf(formatKey(FAILED), { serverUuid: uuidOf(1) }));
  fleet.answered(replica);
  const before: DeposedPrimary = {
    key: REPLICA,
    serverUuid: uuidOf(2),
    serverId: 2,
    clusterName: 'c',
    epoch: 6,
    successor: FAILED,
    source: null,
    deposedAtMs: 1_000,
    fencedAtMs: 2_000,
  };
  const table = createDeposedTable([before]);
  /** What those who watch deposed primaries were told to know, in order. */
  const told: string[][] = [];
  const phases: string[] = [];
  const deps: DeadPrimaryDeps = {
    servers,
    fleet,
    clock,
    executor: createExecutor({ servers, clock }),
    leadership: { isLeader: () => true, remainingMs: () => 60_000 },
    store: {
      ...table,
      saveIntent: async ({ phase }: { phase: string }) => void phases.push(phase),
      currentEpoch: async () => 7,
    } as unknown as RecoveryStore,
    intent: { read: async () => NOTHING_DECIDED },
    audit: () => undefined,
    verifyName: async () => null,
    onDeposedChanged: async () => {
      told.push((await table.readDeposed()).map(({ key }) => formatKey(key)));
    },
    reprieve: async (key) => {
      await table.removeDeposed(key);
      return { hasReturned: false, fence: null };
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
    foundStopped: new Set(),
    seen: new Map(),
    rests: new Map(),
    begunBefore: null,
    deposedBefore: null,
    failedBefore: null,
    fences: [],
    finishesEarlier: false,
    abandoned: [],
    errors: [],
    lost: [],
    intent: inventIntent({
      failed: FAILED,
      failedServerUuid: uuidOf(1),
      phase: 'prepared',
      owner: 'here:1',
      members: [FAILED, REPLICA, SIBLING],
    }),
  };
  const promote = () => promoteSuccessor(run, deps, RECOVERY_SETTINGS);
  return { servers, table, told, phases, promote, addSibling };
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

describe('the last question before the point of no return', () => {
  it('gives a primary far away the time to answer', async () => {
    const { servers, told, promote } = scene();
    const answersAfterMs = 300;
    vi.spyOn(servers, 'knock').mockImplementation(async (key, deadlineMs) => {
      await new Promise((resolve) => setTimeout(resolve, Math.min(answersAfterMs, deadlineMs)));
      if (answersAfterMs <= deadlineMs) return { kind: 'answered' };
      return { kind: 'failed', failure: { kind: 'deadline', errorNumber: null, message: formatKey(key) } };
    });
    expect(await promote()).toMatchObject({ kind: 'cancelled' });
    expect(told).toEqual([]);
  });
});

describe('a successor that has forgotten its source', () => {
  it('stays the successor when a sibling begins to listen again meanwhile', async () => {
    const { servers, phases, promote, addSibling } = scene();
    addSibling();
    const replica = servers.at(formatKey(REPLICA));
    if (replica !== null) servers.put(formatKey(REPLICA), { ...replica, isReadOnly: true });
    const obey = servers.execute;
    let hasFailed = false;
    vi.spyOn(servers, 'execute').mockImplementation(async (instance, command, options) => {
      if (command.kind !== 'set-read-only' || hasFailed) return obey(instance, command, options);
      hasFailed = true;
      const sibling = servers.at(formatKey(SIBLING));
      if (sibling !== null) await obey(sibling, { kind: 'start-receiver' }, options);
      return { kind: 'failed', failure: { kind: 'deadline', errorNumber: null, message: 'too late' } };
    });
    expect(await promote()).toMatchObject({ kind: 'promoted', successor: REPLICA });
    expect(servers.at(formatKey(SIBLING))?.isReadOnly).toBe(true);
    // Back at `silenced` the recovery could be called off, or choose another.
    expect(phases).toEqual(['silenced', 'promoting', 'promoted']);
  });
});

describe('a refusal', () => {
  it('is not the last word while somebody may answer a moment later', async () => {
    const { servers, promote } = scene();
    const replica = servers.at(formatKey(REPLICA));
    servers.put(formatKey(REPLICA), null);
    setTimeout(() => servers.put(formatKey(REPLICA), replica), 300);
    expect(await promote()).toMatchObject({ kind: 'promoted', successor: REPLICA });
  });

  it('calls the recovery off when the failed primary is back: a failed one would block the next for long', async () => {
    const { servers, promote } = scene();
    servers.put(formatKey(REPLICA), null);
    servers.put(formatKey(FAILED), instanceOf(formatKey(FAILED)));
    expect(await promote()).toMatchObject({ kind: 'cancelled' });
  });
});
