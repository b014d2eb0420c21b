import { expect, it } from 'vitest';
import { instanceOf, replicationOf, uuidOf } from '../../../model/testing/instances.ts';
import { keyOf, nameOf, recoveryScene } from '../../testing/recovery-scene.ts';

const DRAIN_MS = 60_000;

/** Server 2 has yet to execute half of what it received; 3 has received, and executed, as much, or less. */
function scene(receivedByOther = 10) {
  const made = recoveryScene({ promotionDrainTimeoutMs: DRAIN_MS });
  const replica = (number: number, executed: number, received = 10) =>
    instanceOf(nameOf(number), {
      serverId: number,
      serverUuid: uuidOf(number),
      isReadOnly: true,
      executedGtid: `${uuidOf(1)}:1-${executed}`,
      replication: replicationOf(nameOf(1), {
        sourceUuid: uuidOf(1),
        receivedGtid: `${uuidOf(1)}:1-${received}`,
        applierHasReadAll: executed === received,
        receiver: { state: 'other', errorNumber: 2003, errorText: '' },
      }),
    });
  made.put(1, null);
  made.put(2, 1, replica(2, 5));
  made.put(3, 1, replica(3, receivedByOther, receivedByOther));
  made.kill(1);
  const isSilenced = (): boolean => made.receiverOf(2) === 'stopped' && made.receiverOf(3) === 'stopped';
  return { ...made, isSilenced };
}

it('a successor that dies while it executes what it received is not waited for until the drain is over', async () => {
  const { recover, kill, clock, until, isSilenced } = scene();
  const recovering = recover([2, 3]);
  await until(isSilenced);
  await clock.sleep(100);
  kill(2);
  const diedAtMs = clock.monotonicMs();
  expect(await recovering).toMatchObject({ kind: 'recovered', successor: keyOf(3), lost: [keyOf(2)] });
  expect(clock.monotonicMs() - diedAtMs).toBeLessThan(DRAIN_MS / 2);
}, 30_000);

it.each([
  ['answers again at once', 10, 1_000],
  ['alone has the last rows, and answers again later', 8, 20_000],
])(
  'one that %s is promoted',
  async (_case, receivedByOther, awayMs) => {
    const { recover, kill, servers, clock, until, isSilenced } = scene(receivedByOther);
    const recovering = recover([2, 3]);
    await until(isSilenced);
    await clock.sleep(100);
    const before = servers.at(nameOf(2));
    if (before?.replication == null) throw new Error('it has no source');
    kill(2);
    await clock.sleep(awayMs);
    servers.put(nameOf(2), {
      ...before,
      executedGtid: `${uuidOf(1)}:1-10`,
      replication: { ...before.replication, applierHasReadAll: true },
    });
    expect(await recovering).toMatchObject({ kind: 'recovered', successor: keyOf(2), lost: [] });
  },
  30_000,
);
