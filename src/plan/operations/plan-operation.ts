import type { Refusal } from '../plan.ts';
import { filterNotes } from './filter-notes.ts';
import type { OperationInput, OperationPlan, OperationPlanner } from './input.ts';
import { refuseAll } from './make-plan.ts';
import { equivalenceWay } from './relocation/equivalence.ts';
import { gtidWay } from './relocation/gtid.ts';
import { pseudoGtidWay } from './relocation/pseudo-gtid.ts';
import { plannerOf, planRelocate, planRepoint } from './relocation/relocate.ts';
import {
  planMatchReplicas,
  planMatchUpReplicas,
  planMoveReplicasGtid,
  planMoveUpReplicas,
  planRelocateReplicas,
  planRepointReplicas,
} from './relocation/relocate-replicas.ts';
import type { OperationKind } from './request.ts';
import { SERVER_PLANNERS } from './server/planners.ts';
import { STRUCTURE_PLANNERS } from './structure/planners.ts';
import { planTakeover } from './takeover/plan-takeover.ts';

/** One planner for each kind of operation. */
const PLANNERS: Readonly<Partial<Record<OperationKind, OperationPlanner>>> = {
  relocate: planRelocate,
  'relocate-replicas': planRelocateReplicas,
  'move-equivalent': plannerOf(equivalenceWay),
  'move-gtid': plannerOf(gtidWay),
  'move-replicas-gtid': planMoveReplicasGtid,
  'move-up-replicas': planMoveUpReplicas,
  repoint: planRepoint,
  'repoint-replicas': planRepointReplicas,
  match: plannerOf(pseudoGtidWay),
  'match-replicas': planMatchReplicas,
  'match-up-replicas': planMatchUpReplicas,
  ...SERVER_PLANNERS,
  ...STRUCTURE_PLANNERS,
  'graceful-master-takeover': planTakeover,
  'graceful-master-takeover-auto': planTakeover,
};

/**
 * What would be done for a request, or why nothing can be. Pure: the same readings give the same plan, so that the dry run, the
 * preview and the deed cannot differ.
 */
export function planOperation(input: OperationInput): OperationPlan | Refusal {
  const planner = PLANNERS[input.request.kind];
  if (planner === undefined) return refuseAll(input, input.request.kind, `${input.request.kind} is not available`, []);
  const plan = planner(input.request.ignoresVirtualNames === true ? withoutVirtualNames(input) : input);
  const notes = plan.kind === 'plan' ? filterNotes(plan, input) : [];
  return plan.kind === 'plan' && notes.length > 0 ? { ...plan, reasons: [...plan.reasons, ...notes] } : plan;
}

const withoutVirtualNames = (input: OperationInput): OperationInput => ({
  ...input,
  records: input.records.map((record) => ({ ...record, intent: { ...record.intent, unresolvedHostname: '' } })),
});
