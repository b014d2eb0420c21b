import { expect, it, vi } from 'vitest';
import { replicationOf, semiSyncReplica, semiSyncSource, uuidOf } from '../../../model/testing/instances.ts';
import { nameOf, recoveryScene } from '../../testing/recovery-scene.ts';

/** A primary dies; 2, which is the most advanced of its replicas, dies too when it has just forgotten its source. 3 has executed `last`. */
function scene({ last, isSemiSync, patienceMs }: { last: number; isSemiSync: boolean; patienceMs: number }) {
  const made = recoveryScene({ promotionDrainTimeoutMs: patienceMs });
  const executing = (count: number) => ({
    isReadOnly: true,
    supportsOracleGtid: true,
    gtidMode: 'ON',
    semiSync: semiSyncReplica(isSemiSync),
    executedGtid: `${uuidOf(1)}:1-${count}`,
    replication: replicationOf(nameOf(1), {
      sourceUuid: uuidOf(1),
      positioning: 'oracle-auto' as const,
      receivedGtid: `${uuidOf(1)}:1-${count}`,
      applierHasReadAll: true,
    }),
  });
  made.put(1, null, isSemiSync ? { semiSync: semiSyncSource(2) } : {});
  made.put(2, 1, executing(11));
  made.put(3, 1, executing(last));
  made.kill(1);
  const obey = made.servers.execute;
  let begun = null as ReturnType<typeof made.servers.at>;
  vi.spyOn(made.servers, 'execute').mockImplementation(async (instance, command, options) => {
    if (command.kind !== 'set-read-only' || instance.key.hostname !== '10.0.0.2')
      return obey(instance, command, options);
    if (begun !== null) return obey(instance, command, options);
    begun = made.servers.at(nameOf(2));
    made.kill(2);
    return { kind: 'failed', failure: { kind: 'refused', errorNumber: null, message: 'refused' } };
  });
  return { ...made, hasBegun: () => begun !== null, bringBack: () => made.servers.put(nameOf(2), begun) };
}

it('under semi-sync nobody takes the place of a begun successor that alone has the last rows; it is waited for', async () => {
  const { recover, bringBack, hasBegun, store, until } = scene({ last: 10, isSemiSync: true, patienceMs: 30_000 });
  const recovering = recover([2, 3]);
  const isAwaited = (): boolean => /10\.0\.0\.2:3306 had begun .* waiting for it/.test(store.steps.join('\n'));
  await until(isAwaited);
  expect(isAwaited()).toBe(true);
  expect(hasBegun()).toBe(true);
  bringBack();
  expect(await recovering).toMatchObject({ kind: 'recovered', successor: { hostname: '10.0.0.2' } });
}, 30_000);

it('in vain only so long: then a person decides', async () => {
  const { recover } = scene({ last: 10, isSemiSync: true, patienceMs: 100 });
  expect(await recover([2, 3])).toMatchObject({
    kind: 'failed',
    reason: expect.stringMatching(/start it again, or choose/),
  });
}, 30_000);

it('what the failed primary promised counts, also when it has come back without semi-sync meanwhile', async () => {
  const { recover, servers, put, hasBegun, until } = scene({ last: 10, isSemiSync: true, patienceMs: 100 });
  const recovering = recover([2, 3]);
  await until(hasBegun);
  put(1, null, { isReadOnly: true, isSuperReadOnly: true, semiSync: { ...semiSyncSource(0), sourceEnabled: false } });
  expect(await recovering).toMatchObject({
    kind: 'failed',
    reason: expect.stringMatching(/start it again, or choose/),
  });
  expect(servers.at(nameOf(3))?.isReadOnly).toBe(true);
}, 30_000);

it.each([
  ['another has as much', { last: 11, isSemiSync: true }],
  ['nothing was promised', { last: 10, isSemiSync: false }],
])(
  'another takes its place where %s',
  async (_case, given) => {
    const { recover } = scene({ ...given, patienceMs: 30_000 });
    expect(await recover([2, 3])).toMatchObject({ kind: 'recovered', successor: { hostname: '10.0.0.3' } });
  },
  30_000,
);
