import { expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import type { OperationKind } from '../../plan/operations/request.ts';
import type { EndedOperation, OperationEnd } from '../operations/after-operation.ts';
import { settledByOrder } from './settled-by-order.ts';
import { createSilences } from './silences.ts';

const [PRIMARY, REPLICA] = [parseKey('p', 3306), parseKey('r', 3306)];

/** Whether the replica is owed its receiver still, after an operation on it. */
async function isOwedAfter(kind: OperationKind, end: OperationEnd['kind']): Promise<boolean> {
  const silences = createSilences();
  await silences.owe(PRIMARY, [{ key: REPLICA, isReceiverStopped: true, isApplierStopped: false }]);
  const request = { kind, instance: REPLICA, destination: null };
  await settledByOrder(silences)({ request, end: { kind: end } } as unknown as EndedOperation);
  return silences.of(REPLICA) !== null;
}

it.each(['stop-replica', 'start-replica', 'detach-replica'] as const)(
  'whoever orders %s has decided what runs: nothing is owed any more',
  async (kind) => {
    expect(await isOwedAfter(kind, 'done')).toBe(false);
  },
);

it('an order that was taken back decides nothing, nor does one about something else', async () => {
  expect(await isOwedAfter('stop-replica', 'failed')).toBe(true);
  expect(await isOwedAfter('set-read-only', 'done')).toBe(true);
});
