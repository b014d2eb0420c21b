import { describe, expect, it } from 'vitest';
import { replicationOf } from '../../model/testing/instances.ts';
import { keyOf, nameOf, recoveryScene } from '../testing/recovery-scene.ts';

const STOPPED = { state: 'stopped', errorNumber: 0, errorText: '' } as const;

/** Server 3 rests with its receiver stopped when the primary dies. */
function scene() {
  const made = recoveryScene();
  made.put(1, null);
  made.put(2, 1);
  made.put(3, 1, { replication: replicationOf(nameOf(1), { receiver: STOPPED }) });
  made.kill(1);
  return made;
}

describe('a replica that rests when the primary dies', () => {
  it('is started below the successor where it was us who had stopped it to have it look again', async () => {
    const { recover, silences, servers, receiverOf } = scene();
    silences.hold(keyOf(1), { key: keyOf(3), isReceiverStopped: true, isApplierStopped: false });
    expect(await recover([2, 3], { candidate: keyOf(2) })).toMatchObject({ kind: 'recovered', successor: keyOf(2) });
    expect(servers.at(nameOf(3))?.replication?.source).toEqual(keyOf(2));
    expect(receiverOf(3)).toBe('running');
  });

  it('is not started where a person had stopped it', async () => {
    const { recover, receiverOf, store } = scene();
    expect(await recover([2, 3], { candidate: keyOf(2) })).toMatchObject({ kind: 'recovered', successor: keyOf(2) });
    expect(receiverOf(3)).toBe('stopped');
    // Whoever reads the steps must not think that it follows.
    expect(store.steps.at(-1)).toBe(
      'Recovery complete, no replica is lost; left stopped, as found: 10.0.0.3:3306 (start-replica starts it)',
    );
  });

  it('by file and position has its applier run again when the recovery is called off, where it was us who had stopped that', async () => {
    const { recover, silences, put, servers, receiverOf } = recoveryScene();
    put(1, null);
    const replication = replicationOf(nameOf(1), { receiver: STOPPED, applier: STOPPED, positioning: 'coordinates' });
    put(2, 1, { replication });
    void silences.owe(keyOf(1), [{ key: keyOf(2), isReceiverStopped: true, isApplierStopped: true }]);
    expect(await recover([2])).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/answers again/) });
    expect(receiverOf(2)).toBe('running');
    expect(servers.at(nameOf(2))?.replication?.applier.state).toBe('running');
    expect(silences.left()).toEqual([]);
  });
});
