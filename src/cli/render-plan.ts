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
  const what = step.action.kind === 'wait' ? `wait for ${step.ensures?.kind ?? 'nothing'}` : step.action.command.kind;
  return `${what}${step.isDestructive ? ' (no way back)' : ''}: ${step.why}`;
}

/** A refusal as one text of several lines. */
export function renderRefusal(refusal: Refusal): string {
  const objections = refusal.objections.map((one) => `  ${one.subject}: ${one.explanation} (${one.rule})`);
  return [`Refused to ${refusal.purpose}: ${refusal.reason}`, ...objections].join('\n');
}
