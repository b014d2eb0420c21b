import { messageOf } from '../../model/error.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { expectedRecords, recordsConcerned } from '../../plan/operations/expected.ts';
import type { OperationPlan } from '../../plan/operations/input.ts';
import type { Condition, Step } from '../../plan/plan.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Servers } from '../ports.ts';

/** One step of a plan as a person reads it before it is done. */
export interface PreviewedStep {
  readonly stage: string;
  readonly server: InstanceKey;
  /** What would be sent, in the words of that server; empty for steps that send nothing. Passwords show as ***. */
  readonly statements: readonly string[];
  readonly why: string;
  /** What must hold before, and what is waited for after. */
  readonly requires: Condition | null;
  readonly waitsFor: Condition | null;
  readonly isDestructive: boolean;
  /** False when nothing takes it back. */
  readonly hasWayBack: boolean;
}

/** A plan with its statements and the topology before and after. Nothing of it was done. */
export interface OperationPreview {
  readonly kind: 'preview';
  readonly plan: OperationPlan;
  readonly steps: readonly PreviewedStep[];
  readonly before: readonly ServerRecord[];
  readonly after: readonly ServerRecord[];
}

/** What would be done. The coordinates that are noted only on the way show as those of the last reading. */
export function previewOf(
  plan: OperationPlan,
  deps: { readonly servers: Servers; readonly fleet: Fleet },
): OperationPreview {
  const before = recordsConcerned(plan, deps.fleet.records());
  const steps = plan.stages.flatMap(({ name, lanes }) =>
    lanes.flatMap((lane) => lane.steps.map((step) => previewStep(name, step, deps))),
  );
  return { kind: 'preview', plan, steps, before, after: expectedRecords(plan, before) };
}

function previewStep(
  stage: string,
  step: Step,
  deps: { readonly servers: Servers; readonly fleet: Fleet },
): PreviewedStep {
  return {
    stage,
    server: step.server,
    statements: statementsOf(step, deps),
    why: step.why,
    requires: step.requires,
    waitsFor: step.ensures,
    isDestructive: step.isDestructive,
    hasWayBack: step.undo.length > 0,
  };
}

function statementsOf(
  { action, server }: Step,
  { servers, fleet }: { readonly servers: Servers; readonly fleet: Fleet },
): readonly string[] {
  const instance = fleet.recordOf(server)?.instance;
  if (action.kind !== 'command' || instance == null) return [];
  const { command, at } = action;
  const needsPlace = at !== undefined && (command.kind === 'change-source' || command.kind === 'start-until');
  const shown = needsPlace
    ? { ...command, coordinates: { kind: 'binlog' as const, file: `<${at}>`, position: 0 } }
    : command;
  try {
    return servers
      .render(instance, shown)
      .map((text) => (needsPlace ? text.replace(/_LOG_POS=0\b/, '_LOG_POS=<…>') : text));
  } catch (thrown) {
    return [`cannot be sent: ${messageOf(thrown)}`];
  }
}
