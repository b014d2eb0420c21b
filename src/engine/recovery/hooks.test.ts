import { expect, it } from 'vitest';
import { analyse } from '../../analysis/analyse.ts';
import { contextOf } from '../../analysis/testing/context.ts';
import { inventFamily } from '../../analysis/testing/records.ts';
import { createRecoveryHooks, HOOK_LISTS, type HookListName } from './hooks.ts';

it('hooks of the end find in the backend what came about; those before it wait for nothing, nor does a list without hooks', async () => {
  const order: string[] = [];
  const [entry] = analyse(inventFamily({ valid: false }, [{ receiver: 'stopped' }]), contextOf());
  if (entry === undefined) throw new Error('no entry');
  const lists = Object.fromEntries(HOOK_LISTS.map((name) => [name, [name]])) as Record<HookListName, string[]>;
  lists.PostTakeMasterProcesses = [];
  const hooks = createRecoveryHooks(
    {
      hookRunner: {
        run: async ([name]) => {
          order.push(name ?? '');
          return { kind: 'succeeded' };
        },
      },
      keepUp: async () => void order.push('written'),
    },
    { lists, nodeHostname: 'node1' },
  );
  const occasion = { entry, uid: 'u1', command: '', successor: null, lost: [], audit: () => undefined };
  for (const name of HOOK_LISTS) await hooks.run(name, occasion);
  expect(order).toEqual([
    'OnFailureDetectionProcesses',
    'PreFailoverProcesses',
    ...['written', 'PostMasterFailoverProcesses'],
    ...['written', 'PostIntermediateMasterFailoverProcesses'],
    ...['written', 'PostFailoverProcesses'],
    ...['written', 'PostUnsuccessfulFailoverProcesses'],
    'PreGracefulTakeoverProcesses',
    ...['written', 'PostGracefulTakeoverProcesses'],
  ]);
});
