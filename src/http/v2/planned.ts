import type { OperationPreview } from '../../engine/operations/preview.ts';
import { conditionText } from '../../legacy/condition-words.ts';
import { operationPreviewJson } from '../../legacy/operation-preview.ts';
import { wouldDo } from '../../legacy/would.ts';
import type { Plan, Refusal } from '../../plan/plan.ts';
import type { PlannedV2 } from '../contract/v2/operations.ts';
import type { RequestInfo } from '../route.ts';
import { refuse } from './problem.ts';

/** The answer of a dry run. @throws ProblemError plan-refused when there is no plan. */
export function planned(info: RequestInfo, made: OperationPreview | Plan | Refusal): PlannedV2 {
  switch (made.kind) {
    case 'refusal':
      return refuse(made);
    case 'plan':
      return ofPlan(made);
    case 'preview':
      return ofPreview(info, made);
  }
}

function ofPreview({ services }: RequestInfo, made: OperationPreview): PlannedV2 {
  const { clock, settings } = services;
  const shown = operationPreviewJson(made, { nowMs: clock.now(), settings });
  return {
    dryRun: true,
    would: wouldDo(shown.purpose),
    plan: {
      clusterName: shown.clusterName,
      reasons: [...shown.reasons],
      method: shown.method,
      steps: shown.steps.map((step) => ({ ...step, statements: [...step.statements] })),
      before: shown.before.ascii,
      after: shown.after.ascii,
    },
  };
}

/** A recovery is planned anew after every stage, in the words of whoever then answers; its statements are not known before. */
const ofPlan = ({ purpose, clusterName, reasons, stages }: Plan): PlannedV2 => ({
  dryRun: true,
  would: wouldDo(purpose),
  plan: {
    clusterName,
    reasons: [...reasons],
    method: null,
    steps: stages.flatMap(({ name, lanes }) =>
      lanes.flatMap(({ steps }) =>
        steps.map(({ server, why, requires, ensures, isDestructive, undo }) => ({
          stage: name,
          server,
          statements: null,
          why,
          requires: requires === null ? null : conditionText(requires),
          waitsFor: ensures === null ? null : conditionText(ensures),
          isDestructive,
          hasWayBack: undo.length > 0,
        })),
      ),
    ),
    before: null,
    after: null,
  },
});
