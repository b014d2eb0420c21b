import { formatKey } from '../model/instance-key.ts';
import type { Plan, Refusal, Step } from '../plan/plan.ts';

/** A plan as lines for people: what was weighed, then stage by stage what would be done. */
export function renderPlan(plan: Plan): readonly string[] {
  const lines = [`Plan to ${plan.purpose} (cluster ${plan.clusterName}); nothing was changed`];
  for (const reason of plan.reasons) lines.push(`  because: ${reason}`);
  for (const stage of plan.stages) {
    lines.push(`${stage.name}:`);
    for (const lane of stage.lanes) {
      for (const step of lane.steps) lines.push(`  ${formatKey(lane.server)}  ${describeStep(step)}`);
    }
  }
  return lines;
}

function describeStep(step: Step): string {
  return `${describeAction(step)}${step.isDestructive ? ' (no way back)' : ''}: ${step.why}`;
}

function describeAction({ action, ensures }: Step): string {
  switch (action.kind) {
    case 'command':
      return action.command.kind;
    case 'wait':
      return `wait for ${ensures?.kind ?? 'nothing'}`;
    case 'note':
      return `note where it stands (${action.place})`;
    case 'correlate':
      return `find its place in the log of ${formatKey(action.destination)}`;
  }
}

/** A refusal as one text of several lines. */
export function renderRefusal(refusal: Refusal): string {
  const objections = refusal.objections.map((one) => `  ${one.subject}: ${one.explanation} (${one.rule})`);
  return [`Refused to ${refusal.purpose}: ${refusal.reason}`, ...objections].join('\n');
}
