import type { OperationPreviewJson, PreviewStepJson } from '../legacy/operation-preview.ts';
import { formatKey } from '../model/instance-key.ts';

/** A dry run as lines for people: why, what would be sent and waited for, and the topology before and after. */
export function renderPreview(preview: OperationPreviewJson): readonly string[] {
  const { purpose, clusterName, method, reasons, steps, before, after } = preview;
  const by = method === null ? '' : `, by ${method}`;
  return [
    `Plan to ${purpose}${by} (cluster ${clusterName}); nothing was changed`,
    ...reasons.map((reason) => `  because: ${reason}`),
    ...(steps.length === 0 ? ['Nothing is to be done.'] : stepLines(steps)),
    'Before:',
    ...indented(before.ascii),
    'After:',
    ...indented(after.ascii),
  ];
}

const indented = (text: string): readonly string[] => text.split('\n').map((line) => `  ${line}`);

/** Stage by stage, in each server by server, as they stand in the plan. */
function stepLines(steps: readonly PreviewStepJson[]): readonly string[] {
  const lines: string[] = [];
  let [stage, server]: [string | null, string | null] = [null, null];
  for (const step of steps) {
    if (step.stage !== stage) {
      lines.push(`${step.stage}:`);
      server = null;
    }
    const name = formatKey(step.server);
    if (name !== server) lines.push(`  ${name}`);
    [stage, server] = [step.stage, name];
    lines.push(...linesOf(step).map((line) => `    ${line}`));
  }
  return lines;
}

function linesOf({
  statements,
  requires,
  waitsFor,
  why,
  isDestructive,
  hasWayBack,
}: PreviewStepJson): readonly string[] {
  const danger = isDestructive && !hasWayBack ? ' (no way back)' : '';
  return [
    `${why}${danger}`,
    ...(requires === null ? [] : [`  only if ${requires}`]),
    ...statements.map((statement) => `  ${statement};`),
    ...(waitsFor === null ? [] : [`  wait until ${waitsFor}`]),
  ];
}
