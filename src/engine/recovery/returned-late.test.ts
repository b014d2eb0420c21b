import { expect, it } from 'vitest';
import { replicationOf } from '../../model/testing/instances.ts';
import { keyOf, nameOf, recoveryScene } from '../testing/recovery-scene.ts';

const CONNECTING = { state: 'other', errorNumber: 2003, errorText: 'cannot connect' } as const;

it('a replica that was out of sight when the others were moved is moved once it answers, not detached', async () => {
  const scene = recoveryScene({ detachLostReplicas: true });
  const { put, kill, recover, servers, store, downtimed, until, hooksRun } = scene;
  put(1, null);
  for (const number of [2, 3, 4]) put(number, 1, { isReadOnly: true });
  kill(1);
  kill(4);
  let release: () => void = () => undefined;
  scene.holdHooks('PostMasterFailoverProcesses', new Promise<void>((resolve) => (release = resolve)));
  const end = recover([2, 3, 4]);
  await until(() => hooksRun.includes('PostMasterFailoverProcesses'));
  put(4, 1, { isReadOnly: true, replication: replicationOf(nameOf(1), { receiver: CONNECTING }) });
  release();
  expect(await end).toMatchObject({ kind: 'recovered', successor: keyOf(2), lost: [] });
  expect(servers.at(nameOf(4))?.replication?.source).toEqual(keyOf(2));
  expect(downtimed).not.toContain(nameOf(4));
  expect(store.steps.join('\n')).toMatch(/10\.0\.0\.4:3306 answers by now, and is moved after all/);
}, 20_000);

it('one that stays out of sight is lost', async () => {
  const { put, kill, recover, downtimed } = recoveryScene({ detachLostReplicas: true });
  put(1, null);
  for (const number of [2, 3, 4]) put(number, 1, { isReadOnly: true });
  kill(1);
  kill(4);
  expect(await recover([2, 3, 4])).toMatchObject({ kind: 'recovered', lost: [keyOf(4)] });
  expect(downtimed).toContain(nameOf(4));
}, 20_000);
