import { describe, expect, it, vi } from 'vitest';
import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, replicationOf, uuidOf } from '../../model/testing/instances.ts';
import { createSystemClock } from '../basis/clock.ts';
import { createFleet } from '../fleet/fleet.ts';
import { createDeposedTable, createFakeServers, SILENT } from '../testing/fakes.ts';
import { inventIntent } from '../testing/recovery-intent.ts';
import { RECOVERY_SETTINGS } from '../testing/recovery-settings.ts';
import type { RecoveriesDeps } from './deps.ts';
import { createRecoveries } from './recoveries.ts';

const FAILED = parseKey('10.0.0.1:3306', 3306);
const SUCCESSOR = parseKey('10.0.0.2:3306', 3306);
const SIBLING = parseKey('10.0.0.3:3306', 3306);

const entry = {
  code: 'DeadMaster',
  view: { key: FAILED, clusterName: 'c', clusterAlias: 'c', replicas: [SUCCESSOR, SIBLING] },
} as unknown as AnalysisEntry;

function scene() {
  const clock = createSystemClock();
  const servers = createFakeServers();
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  const store = {
    ...createDeposedTable(),
    claimIntent: async () => intent,
    saveIntent: vi.fn(async () => undefined),
    resolveRecovery: vi.fn(async () => undefined),
    closeIntent: vi.fn(async () => undefined),
    registerRecovery: vi.fn(),
    addStep: async () => undefined,
    readRecoveries: async () => [],
    currentEpoch: async () => 7,
  };
  const intentStore = {
    beginDowntime: vi.fn(async () => undefined),
    endDowntime: async () => true,
    renameCluster: async () => undefined,
    setClusterAlias: async () => undefined,
    putAttribute: async () => undefined,
  };
  const hooks = { run: vi.fn(async () => ({ kind: 'succeeded' as const })) };
  const intent = inventIntent({
    failed: FAILED,
    failedServerUuid: uuidOf(1),
    phase: 'promoted',
    successor: SUCCESSOR,
    members: [FAILED, SUCCESSOR, SIBLING],
  });
  const recoveries = createRecoveries(
    {
      servers,
      fleet,
      clock,
      logger: SILENT,
      leadership: { isLeader: () => true, remainingMs: () => 60_000 },
      store,
      intent: intentStore,
      auditLog: { write: async () => undefined },
      hooks,
      detections: { detect: async () => ({ detectionId: 1, mayGoOn: true }) },
      newUid: () => 'u',
      emit: () => undefined,
      takeResting: () => new Set(),
      owe: () => undefined,
      onDeposedChanged: async () => undefined,
      onPromoted: () => undefined,
    } as unknown as RecoveriesDeps,
    RECOVERY_SETTINGS,
  );
  const put = (number: number, source: string | null, isReadOnly: boolean): void => {
    const instance = instanceOf(`10.0.0.${number}:3306`, {
      serverId: number,
      serverUuid: uuidOf(number),
      isReadOnly,
      ...(source === null ? {} : { replication: replicationOf(source) }),
    });
    servers.put(formatKey(instance.key), instance);
    fleet.answered(instance);
  };
  return { recoveries, servers, store, intentStore, hooks, intent, put };
}

describe('recoveries', () => {
  it('do not go on with one that people have undone by hand since: the failed server is the primary again', async () => {
    const { recoveries, servers, store, intentStore, hooks, intent, put } = scene();
    put(1, null, false);
    put(2, formatKey(FAILED), true);
    put(3, formatKey(FAILED), true);
    await recoveries.resume(intent, entry);
    expect(servers.commands).toEqual([]);
    expect(hooks.run).not.toHaveBeenCalled();
    expect(intentStore.beginDowntime).not.toHaveBeenCalled();
    expect(store.resolveRecovery).toHaveBeenCalledTimes(1);
    expect(store.closeIntent).toHaveBeenCalledTimes(1);
  });

  it('begin no more once they are closed', async () => {
    const { recoveries, store } = scene();
    await recoveries.close();
    const options = { isForced: false, candidate: null, skipHooks: false, command: '', suspectedAtMs: 0 };
    expect(await recoveries.recover(entry, options)).toMatchObject({ kind: 'not-attempted' });
    expect(store.registerRecovery).not.toHaveBeenCalled();
  });
});
