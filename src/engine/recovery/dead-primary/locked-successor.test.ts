import { expect, it, vi } from 'vitest';
import { createSystemClock } from '../../basis/clock.ts';
import { keyOf, nameOf, recoveryScene } from '../../testing/recovery-scene.ts';

it('a successor whose first commits wait for acknowledgements, so that it does not tell where its log ends, gets its replicas', async () => {
  const { recover, put, kill, servers, store } = recoveryScene();
  const clock = createSystemClock();
  put(1, null);
  put(2, 1, { isReadOnly: true, isSuperReadOnly: true });
  put(3, 1, { isReadOnly: true });
  kill(1);
  const isLocked = (): boolean => {
    const [successor, sibling] = [servers.at(nameOf(2)), servers.at(nameOf(3))];
    return successor?.isReadOnly === false && sibling?.replication?.source.hostname !== '10.0.0.2';
  };
  const { probe } = servers;
  const heldUp: string[] = [];
  vi.spyOn(servers, 'probe').mockImplementation(async (key, request) => {
    if (key.hostname !== '10.0.0.2' || request.withoutLogEnd === true || !isLocked()) return probe(key, request);
    heldUp.push(nameOf(2));
    await clock.sleep(request.deadlineMs);
    const failure = { kind: 'deadline' as const, errorNumber: null, message: 'it did not answer the probe' };
    return { kind: 'failed', failure, isPartial: false, latencyMs: request.deadlineMs };
  });
  expect(await recover([2, 3])).toMatchObject({ kind: 'recovered', successor: keyOf(2), lost: [] });
  expect(servers.at(nameOf(3))?.replication?.source).toEqual(keyOf(2));
  // Nobody waits for what it cannot tell, and the recovery is recorded as one that went well.
  expect(heldUp).toEqual([]);
  expect(store.records).toMatchObject([{ isSuccessful: true, errors: [] }]);
});
