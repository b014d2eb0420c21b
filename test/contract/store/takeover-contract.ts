import { describe, expect, test } from 'vitest';
import type { Backend } from './harness.ts';
import { PRIMARY, RESOLVED, sampleRecovery } from './samples.ts';

export function takeoverContract(backend: Backend): void {
  const { isForced: _, ...takeover } = sampleRecovery('t1');

  describe('planned takeovers', () => {
    test('one is in the history, and blocks nothing: neither while it is under way nor afterwards', async () => {
      const store = await backend.open();
      const recoveryId = await store.recoveries.recordTakeover(takeover);
      const [underWay] = await store.recoveries.readRecoveries({ uid: 't1' });
      expect(underWay).toMatchObject({ recoveryId, isInActivePeriod: false, endedAt: '', isSuccessful: false });
      expect(underWay?.endActivePeriodUnixtime).toBeGreaterThan(0);
      await store.recoveries.resolveRecovery('t1', RESOLVED);
      const [ended] = await store.recoveries.readRecoveries({});
      expect(ended).toMatchObject({ uid: 't1', isSuccessful: true, successor: RESOLVED.successor });
      expect(ended?.endedAt).not.toBe('');
      expect(await store.recoveries.registerRecovery(sampleRecovery('u2'))).toMatchObject({ kind: 'registered' });
    });

    test('one does not hold back a recovery of its cluster while it is under way', async () => {
      const store = await backend.open();
      await store.recoveries.recordTakeover(takeover);
      expect(await store.recoveries.registerRecovery(sampleRecovery('u2'))).toMatchObject({ kind: 'registered' });
    });

    test('several of one server within a second are all kept', async () => {
      const store = await backend.open();
      const uids = ['t1', 't2', 't3'];
      for (const uid of uids) await store.recoveries.recordTakeover({ ...takeover, uid });
      expect((await store.recoveries.readRecoveries({ key: PRIMARY })).map(({ uid }) => uid)).toEqual(
        [...uids].reverse(),
      );
    });

    test('one that ended with the process that did it is closed after an hour, not before', async () => {
      const dead = await backend.open({ node: { hostname: 'node-b', token: 'token-b' } });
      await dead.recoveries.recordTakeover(takeover);
      const store = await backend.open();
      await store.recoveries.expire();
      expect(await store.recoveries.readRecoveries({ uid: 't1' })).toMatchObject([{ endedAt: '' }]);
      await backend.sql(`update topology_recovery set start_active_period = ${backend.ago(3_601)}`);
      await store.recoveries.expire();
      const [closed] = await store.recoveries.readRecoveries({ uid: 't1' });
      expect(closed).toMatchObject({ isAcknowledged: true, acknowledgedComment: 'detected crashed recovery' });
      expect(closed?.endedAt).not.toBe('');
    });
  });
}
