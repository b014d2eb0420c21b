import { expect, it, vi } from 'vitest';
import type { Instance } from '../../../model/instance.ts';
import { replicationOf, uuidOf } from '../../../model/testing/instances.ts';
import { NOTHING_DECIDED } from '../../ports.ts';
import { keyOf, nameOf, recoveryScene } from '../../testing/recovery-scene.ts';

const received = (last: number): Partial<Instance> => ({
  executedGtid: `${uuidOf(1)}:1-${last}`,
  replication: replicationOf(nameOf(1), {
    sourceUuid: uuidOf(1),
    receivedGtid: `${uuidOf(1)}:1-${last}`,
    applierHasReadAll: true,
    receiver: { state: 'other', errorNumber: 2003, errorText: '' },
  }),
});

/** Server 2 is preferred and has less than server 3, from which it is to catch up. `onMoved`: when it was pointed there. */
function story(onMoved: (scene: ReturnType<typeof recoveryScene>) => void) {
  const scene = recoveryScene();
  const { put, kill, servers, fleet } = scene;
  put(1, null);
  put(2, 1, received(5));
  put(3, 1, received(10));
  fleet.setIntent({ ...NOTHING_DECIDED, candidates: new Map([[nameOf(2), 'prefer']]) });
  kill(1);
  const obey = servers.execute;
  vi.spyOn(servers, 'execute').mockImplementation(async (instance, command, options) => {
    const outcome = await obey(instance, command, options);
    if (command.kind === 'change-source' && command.source.hostname === keyOf(3).hostname) onMoved(scene);
    return outcome;
  });
  return scene;
}

it('a donor that dies while the successor catches up from it is done without', async () => {
  const { recover, servers } = story(({ kill }) => kill(3));
  expect(await recover([2, 3])).toEqual({ kind: 'recovered', uid: 'u1', successor: keyOf(2), lost: [keyOf(3)] });
  expect(servers.at(nameOf(2))).toMatchObject({ isReadOnly: false, replication: null });
});

it('a donor that lives, and does not let the successor catch up, is promoted itself', async () => {
  const { recover, servers } = story(() => undefined);
  expect(await recover([2, 3])).toMatchObject({ kind: 'recovered', successor: keyOf(3) });
  expect(servers.at(nameOf(2))?.replication?.source).toEqual(keyOf(3));
});
