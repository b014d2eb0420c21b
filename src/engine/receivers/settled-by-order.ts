import type { OperationKind } from '../../plan/operations/request.ts';
import type { AfterOperation } from '../operations/after-operation.ts';
import type { Silences } from './silences.ts';

/** Orders about what runs on a replica. */
const ABOUT_THREADS: readonly OperationKind[] = [
  'start-replica',
  'stop-replica',
  'stop-replica-nice',
  'restart-replica',
  'detach-replica',
  'reattach-replica',
  'reset-replica',
];

/** Whoever has ordered what is to run on a replica has decided it: nothing is owed to it any more. */
export const settledByOrder =
  (silences: Pick<Silences, 'of'>): AfterOperation =>
  async ({ request, end }) => {
    if (end.kind === 'done' && ABOUT_THREADS.includes(request.kind)) silences.of(request.instance)?.settle();
    return [];
  };
