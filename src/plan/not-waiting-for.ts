import type { InstanceKey } from '../model/instance-key.ts';
import { sameKey } from '../model/instance-key.ts';
import type { Plan, Step } from './plan.ts';

/**
 * The plan with ways back that do not wait for a server which is dead: none of them would ever be gone to its end, and the replica
 * would be left half way. Such waits keep MariaDB from refusing a replica that is ahead of its source; a dead source refuses nobody,
 * and there is nothing better to go back to.
 */
export function notWaitingFor<P extends Plan>(plan: P, dead: InstanceKey): P {
  const lighten = (step: Step): Step => ({ ...step, undo: wayBack(step.undo, dead) });
  return {
    ...plan,
    stages: plan.stages.map((stage) => ({
      ...stage,
      lanes: stage.lanes.map((lane) => ({ ...lane, steps: lane.steps.map(lighten) })),
    })),
  };
}

function wayBack(undo: readonly Step[], dead: InstanceKey): readonly Step[] {
  const isVain = ({ server, action, ensures }: Step): boolean =>
    action.kind === 'wait' && ensures?.kind === 'has-executed' && sameKey(server, dead);
  const notes = new Set(undo.filter(isVain).flatMap(noteAwaited));
  // What was noted for nothing but that is not noted: it could fail as well.
  return undo.filter((step) => !isVain(step) && !(step.action.kind === 'note' && notes.has(step.action.note)));
}

const noteAwaited = ({ ensures }: Step): string[] =>
  ensures?.kind === 'has-executed' && typeof ensures.gtid !== 'string' ? [ensures.gtid.note] : [];
