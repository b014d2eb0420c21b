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
    const { recover, resting, servers, receiverOf } = scene();
    resting.push(nameOf(3));
    expect(await recover([2, 3], { candidate: keyOf(2) })).toMatchObject({ kind: 'recovered', successor: keyOf(2) });
    expect(servers.at(nameOf(3))?.replication?.source).toEqual(keyOf(2));
    expect(receiverOf(3)).toBe('running');
  });

  it('is not started where a person had stopped it', async () => {
    const { recover, receiverOf } = scene();
    expect(await recover([2, 3], { candidate: keyOf(2) })).toMatchObject({ kind: 'recovered', successor: keyOf(2) });
    expect(receiverOf(3)).toBe('stopped');
  });
});
