import { expect, it, vi } from 'vitest';
import { keyOf, nameOf, recoveryScene } from '../../testing/recovery-scene.ts';

it('a successor whose first commits wait for acknowledgements, so that it does not tell where its log ends, gets its replicas', async () => {
  const { recover, put, kill, servers } = recoveryScene();
  put(1, null);
  put(2, 1, { isReadOnly: true, isSuperReadOnly: true });
  put(3, 1, { isReadOnly: true });
  kill(1);
  const isLocked = (): boolean => {
    const [successor, sibling] = [servers.at(nameOf(2)), servers.at(nameOf(3))];
    return successor?.isReadOnly === false && sibling?.replication?.source.hostname !== '10.0.0.2';
  };
  const { probe } = servers;
  vi.spyOn(servers, 'probe').mockImplementation(async (key, request) => {
    if (key.hostname !== '10.0.0.2' || request.withoutLogEnd === true || !isLocked()) return probe(key, request);
    const failure = { kind: 'deadline' as const, errorNumber: null, message: 'it did not answer the probe' };
    return { kind: 'failed', failure, isPartial: false, latencyMs: 0 };
  });
  expect(await recover([2, 3])).toMatchObject({ kind: 'recovered', successor: keyOf(2), lost: [] });
  expect(servers.at(nameOf(3))?.replication?.source).toEqual(keyOf(2));
});
