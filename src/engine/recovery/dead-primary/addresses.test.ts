import { expect, it } from 'vitest';
import type { ServerRecord } from '../../../model/server-record.ts';
import { keyOf, nameOf, recoveryScene } from '../../testing/recovery-scene.ts';
import type { RecoveryRun } from '../run.ts';
import { addressesOf } from './addresses.ts';

/** Server 2 goes by the virtual name vip; `objection`: what the check of it says. */
async function addresses(manner: RecoveryRun['manner'], objection: string | null) {
  const { put, fleet } = recoveryScene();
  put(2, 1);
  const record = fleet.recordOf(keyOf(2)) as ServerRecord;
  const named = { ...record, intent: { ...record.intent, unresolvedHostname: 'vip' } };
  let checks = 0;
  const verifyName = async () => {
    checks += 1;
    return objection;
  };
  const run = { ...(manner === undefined ? {} : { manner }) } as RecoveryRun;
  const found = await addressesOf(run, [named], new Set([nameOf(2)]), { verifyName, audit: () => undefined });
  return { address: found.get(nameOf(2))?.hostname ?? null, checks };
}

it('a virtual name is used once it was made sure of', async () => {
  expect(await addresses(undefined, null)).toEqual({ address: 'vip', checks: 1 });
  expect(await addresses(undefined, 'vip is another server')).toEqual({ address: null, checks: 1 });
});

it('whoever ordered the recovery may have it without such names, or without the check', async () => {
  expect(await addresses({ ignoresVirtualNames: true }, null)).toEqual({ address: null, checks: 0 });
  expect(await addresses({ trustsVirtualNames: true }, 'vip is another server')).toEqual({ address: 'vip', checks: 0 });
});
