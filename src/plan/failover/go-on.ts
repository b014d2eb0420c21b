import { formatKey } from '../../model/instance-key.ts';
import type { Step } from '../plan.ts';
import { commandStep } from '../steps/build.ts';
import { isApplying, isListening, startApplierSteps } from '../steps/threads.ts';
import type { FailoverInput, Participant } from './input.ts';
import { restOf } from './places.ts';

/**
 * What is left to do where nothing has to be moved: an earlier process of ours died in the middle of a move, or its source stays what it is.
 * One whose receiver a person had stopped gets only its applier back, if it was brought to rest.
 */
export function goOnSteps(sibling: Participant, input: FailoverInput): Step[] {
  const { replication } = sibling.instance;
  if (replication === null) return [];
  const why = `${sibling.name} follows ${formatKey(replication.source)}`;
  if (!sibling.mayReceive) return restOf(sibling, input) === null ? [] : startApplierSteps('repoint', sibling, why);
  if (isListening(sibling.instance) && isApplying(sibling.instance)) return [];
  return [
    ...startApplierSteps('repoint', sibling, why),
    commandStep('repoint', sibling, { kind: 'start-receiver' }, why, {
      ensures: { kind: 'replicating-from', source: replication.source },
    }),
  ];
}
