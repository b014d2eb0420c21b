import { expect, it, vi } from 'vitest';
import { OrchestratorError } from '../../model/error.ts';
import type { RecoveryRecord } from '../ports.ts';
import { keyOf, nameOf, recoveryScene } from '../testing/recovery-scene.ts';

/** Whether the intent was written when the recovery of server 1 was registered, after another one of the cluster that has ended. */
async function isWrittenFirst(analysis: string): Promise<boolean> {
  const { put, kill, recover, store } = recoveryScene();
  put(1, null);
  put(2, 1);
  kill(1);
  store.records.push({
    uid: 'before',
    key: keyOf(1),
    clusterName: nameOf(1),
    analysis,
    recoveryId: 9,
    isSuccessful: true,
    isInActivePeriod: true,
    endedAt: '2026-01-01 00:00:00',
    errors: [],
    lostReplicas: [],
    replicas: [],
  } as unknown as RecoveryRecord);
  let isWritten = false;
  const register = store.registerRecovery;
  vi.spyOn(store, 'registerRecovery').mockImplementation(async (asked) => {
    isWritten = store.intents.size > 0;
    return register(asked);
  });
  await recover([2]);
  return isWritten;
}

it('what will be registered is written before it is, also after a recovery that gives way to it', async () => {
  expect(await isWrittenFirst('NoWriteableMasterStructureWarning')).toBe(true);
  expect(await isWrittenFirst('LockedSemiSyncMaster')).toBe(true);
});

it('what is blocked is not written each time that it is tried', async () => {
  expect(await isWrittenFirst('DeadMaster')).toBe(false);
});

it.each(['saveIntent', 'saveDeposed'] as const)(
  'nobody is left silenced when the backend goes away at the point of no return (%s)',
  async (write) => {
    const { put, kill, recover, store, receiverOf, commandsTo } = recoveryScene();
    put(1, null);
    for (const number of [2, 3]) put(number, 1);
    kill(1);
    const save = store[write] as (row: { phase?: string }) => Promise<void>;
    vi.spyOn(store, write).mockImplementation(async (row: { phase?: string }) => {
      if (write === 'saveDeposed' || row.phase === 'promoting')
        throw new OrchestratorError('store-unreachable', 'the backend is away');
      return save(row);
    });
    expect(await recover([2, 3])).toMatchObject({ kind: 'failed', reason: /rests/ });
    expect(commandsTo(2)).toContain('stop-receiver');
    expect([receiverOf(2), receiverOf(3)]).not.toContain('stopped');
    expect(commandsTo(2)).not.toContain('forget-source');
    expect(store.intents.size).toBe(1);
  },
);

it('a recovery whose backend goes away after the promotion has come to rest when it ends', async () => {
  const { put, kill, recover, servers, intentStore, commandsTo, clock } = recoveryScene();
  put(1, null);
  for (const number of [2, 3]) put(number, 1);
  kill(1);
  const execute = servers.execute;
  vi.spyOn(servers, 'execute').mockImplementation(async (instance, command, options) => {
    // Longer than the hooks wait for siblings.
    if (command.kind === 'change-source') await clock.sleep(4_000);
    return execute(instance, command, options);
  });
  vi.spyOn(intentStore, 'renameCluster').mockRejectedValue(new OrchestratorError('store-unreachable', 'away'));
  await recover([2, 3]);
  expect(commandsTo(3)).toContain('change-source');
  const done = servers.commands.length;
  await clock.sleep(20_000);
  expect(servers.commands.length).toBe(done);
});

it('a live primary that was closed for it stays so, where the backend goes away at the point of no return', async () => {
  const { put, recover, store, servers, receiverOf } = recoveryScene();
  put(1, null);
  for (const number of [2, 3]) put(number, 1);
  vi.spyOn(store, 'saveDeposed').mockRejectedValue(new OrchestratorError('store-unreachable', 'the backend is away'));
  const order = { isForced: true, command: 'force-master-takeover', closesLivePrimary: true } as const;
  expect(await recover([2, 3], order)).toMatchObject({ kind: 'failed', reason: /rests/ });
  expect(servers.at(nameOf(1))?.isReadOnly).toBe(true);
  expect([receiverOf(2), receiverOf(3)]).not.toContain('stopped');
});
