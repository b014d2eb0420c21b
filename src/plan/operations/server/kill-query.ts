import type { Objection } from '../../plan.ts';
import { commandStep } from '../../steps/build.ts';
import { type Deed, objection, plannerOn } from './single.ts';

/** kill-query: ends the statement that a session runs; the session stays. */
export const planKillQuery = plannerOn('kill a query on', (member, input): Deed | Objection => {
  const { processId } = input.request;
  if (processId === undefined || !Number.isSafeInteger(processId) || processId < 1) {
    return objection(
      member,
      'process-missing',
      'the process must be the number of a session, as the process list gives it',
    );
  }
  const why = `the statement of session ${processId} on ${member.name} ends`;
  return { steps: [commandStep('kill', member, { kind: 'kill-query', processId }, why, { isDestructive: true })] };
});
