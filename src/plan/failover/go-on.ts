import { formatKey } from '../../model/instance-key.ts';
import type { Step } from '../plan.ts';
import { commandStep } from '../steps/build.ts';
import { isApplying, isListening, startApplierSteps } from '../steps/threads.ts';
import type { Participant } from './input.ts';

/** What is left to do where the address was changed already: an earlier process of ours died in the middle of a move. */
export function goOnSteps(sibling: Participant): Step[] {
  const { replication } = sibling.instance;
  if (replication === null || !sibling.mayReceive) return [];
  if (isListening(sibling.instance) && isApplying(sibling.instance)) return [];
  const why = `${sibling.name} follows ${formatKey(replication.source)}`;
  return [
    ...startApplierSteps('repoint', sibling, why),
    commandStep('repoint', sibling, { kind: 'start-receiver' }, why, {
      ensures: { kind: 'replicating-from', source: replication.source },
    }),
  ];
}
