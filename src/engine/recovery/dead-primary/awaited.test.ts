import { expect, it } from 'vitest';
import { replicationOf, semiSyncReplica, semiSyncSource, uuidOf } from '../../../model/testing/instances.ts';
import { nameOf, recoveryScene } from '../../testing/recovery-scene.ts';

/** A semi-sync primary that died together with one of its two replicas; that one alone has the last transaction, 1-11. */
function scene(promotionDrainTimeoutMs: number) {
  const made = recoveryScene({ promotionDrainTimeoutMs });
  const executing = (last: number) => ({
    isReadOnly: true,
    semiSync: semiSyncReplica(),
    executedGtid: `${uuidOf(1)}:1-${last}`,
    replication: replicationOf(nameOf(1), {
      sourceUuid: uuidOf(1),
      positioning: 'oracle-auto' as const,
      receivedGtid: `${uuidOf(1)}:1-${last}`,
      applierHasReadAll: true,
    }),
  });
  made.put(1, null, { semiSync: semiSyncSource(2) });
  made.put(2, 1, executing(10));
  made.put(3, 1, executing(11));
  const absent = made.servers.at(nameOf(3));
  made.kill(3);
  made.kill(1);
  return { ...made, bringBack: () => made.servers.put(nameOf(3), absent) };
}

it('a replica that may alone hold acknowledged rows is waited for, and promoted with them', async () => {
  const { recover, bringBack, store, until } = scene(30_000);
  const recovering = recover([2, 3]);
  const isAwaited = (): boolean => /10\.0\.0\.3:3306 acknowledged .* waiting for it/.test(store.steps.join('\n'));
  await until(isAwaited);
  expect(isAwaited()).toBe(true);
  bringBack();
  expect(await recovering).toMatchObject({ kind: 'recovered', successor: { hostname: '10.0.0.3' } });
  expect(store.steps.filter((step) => step.includes('waiting for it'))).toHaveLength(1);
});

it('in vain only so long; nothing was done to the one that answers', async () => {
  const { recover, commandsTo } = scene(100);
  expect(await recover([2, 3])).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/may hold rows/) });
  expect(commandsTo(2)).toEqual([]);
});
