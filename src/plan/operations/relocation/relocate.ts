import { sameKey } from '../../../model/instance-key.ts';
import type { Objection, Refusal } from '../../plan.ts';
import {
  isObjection,
  memberOf,
  type OperationInput,
  type OperationPlan,
  type OperationPlanner,
  sourceOf,
} from '../input.ts';
import { refuse, refuseAll } from '../make-plan.ts';
import { firstOf, isDescendant, isGroupSecondary, isOwnGroup, notReplica } from '../rules/can-move.ts';
import { cannotReplicateFrom } from '../rules/can-replicate.ts';
import { binlogServerWay } from './binlog-server.ts';
import { equivalenceWay } from './equivalence.ts';
import { gtidWay } from './gtid.ts';
import { type Move, type MoveWay, planWay, purposeOf, readMove } from './move.ts';
import { moveBelowWay } from './move-below.ts';
import { moveUpWay } from './move-up.ts';
import { pseudoGtidWay } from './pseudo-gtid.ts';
import { repointWay } from './repoint.ts';

/** What no way can overcome; null when some way may be found. */
export const cannotRelocate = (move: Move, input: OperationInput): Objection | null =>
  firstOf(
    () => isDescendant(move.replica, move.destination, input),
    () => notReplica(move.replica),
    () => isGroupSecondary(move.replica),
    () => isOwnGroup(move.replica, move.destination),
    () => cannotReplicateFrom(move.replica, move.destination, input.settings),
  );

/** Already where it should be: it is pointed there again, which mends a wrong address. */
const isAlreadyBelow: MoveWay = {
  ...repointWay,
  objectionTo: (move, input) => {
    const source = sourceOf(move.replica);
    if (source !== null && sameKey(source, move.destination.key)) return repointWay.objectionTo(move, input);
    return {
      subject: move.replica.name,
      rule: 'not-below',
      explanation: `${move.replica.name} is not below ${move.destination.name} yet`,
    };
  },
};

/** Matched only where both have Pseudo-GTID entries: else a replica would stand still in vain. */
const smartMatch: MoveWay = {
  ...pseudoGtidWay,
  objectionTo: (move, input) => {
    const bare = [move.replica, move.destination].find(({ instance }) => !instance.pseudoGtid);
    if (bare === undefined || !input.settings.knowsPseudoGtid) return pseudoGtidWay.objectionTo(move, input);
    return {
      subject: bare.name,
      rule: 'no-pseudo-gtid',
      explanation: `${bare.name} is not known to have Pseudo-GTID entries (AutoPseudoGTID, DetectPseudoGTIDQuery)`,
    };
  },
};

/** The historic order of trying. */
const WAYS: readonly MoveWay[] = [
  isAlreadyBelow,
  equivalenceWay,
  binlogServerWay,
  gtidWay,
  smartMatch,
  moveBelowWay,
  moveUpWay,
];

/** The first way that has no objection, without those that the request rules out; or all objections. */
export function chooseWay(
  move: Move,
  input: OperationInput,
  ways: readonly MoveWay[] = WAYS,
):
  | { readonly kind: 'chosen'; readonly way: MoveWay; readonly plan: OperationPlan }
  | { readonly kind: 'none'; readonly objections: readonly Objection[] } {
  const objections: Objection[] = [];
  for (const way of ways) {
    if (input.request.without?.includes(way.method) === true) {
      const explanation = `${way.method} is left out, since it was tried before`;
      objections.push({ subject: way.method, rule: 'tried-before', explanation });
      continue;
    }
    const planned = planWay(way, move, input);
    if (!isObjection(planned)) {
      const reasons = [...planned.reasons, ...objections.map((one) => `not by ${one.subject}: ${one.explanation}`)];
      return { kind: 'chosen', way, plan: { ...planned, reasons } };
    }
    objections.push({ ...planned, subject: way.method });
  }
  return { kind: 'none', objections };
}

/** Smart move of one replica: the safest way that is possible, or every way with the rule that refused it. */
export const planRelocate: OperationPlanner = (input): OperationPlan | Refusal => {
  const move = readMove(input);
  if (isObjection(move)) return refuse(input, 'relocate', move);
  const hopeless = cannotRelocate(move, input);
  if (hopeless !== null) return refuse(input, purposeOf(move), hopeless);
  const choice = chooseWay(move, input);
  if (choice.kind === 'chosen') return choice.plan;
  const reason = `Relocating ${move.replica.name} below ${move.destination.name} turns to be too complex; please do it manually`;
  return refuseAll(input, purposeOf(move), reason, choice.objections);
};

/** The planner of one way alone, as the historic commands force it. */
export const plannerOf =
  (way: MoveWay): OperationPlanner =>
  (input) => {
    const move = readMove(input);
    if (isObjection(move)) return refuse(input, way.method, move);
    const objection = firstOf(
      () => isDescendant(move.replica, move.destination, input),
      () => isOwnGroup(move.replica, move.destination),
    );
    if (objection !== null) return refuse(input, purposeOf(move), objection);
    const planned = planWay(way, move, input);
    return isObjection(planned) ? refuse(input, purposeOf(move), planned) : planned;
  };

/** repoint: without a destination the replica's own source. A source that does not answer is no obstacle to stay below it. */
export const planRepoint: OperationPlanner = (input) => {
  if (input.request.destination !== null) return plannerOf(repointWay)(input);
  const replica = memberOf(input, input.request.instance);
  if (isObjection(replica)) return refuse(input, 'repoint', replica);
  const source = sourceOf(replica);
  const objection = notReplica(replica);
  if (objection !== null || source === null)
    return refuse(
      input,
      `repoint ${replica.name}`,
      objection ?? { subject: replica.name, rule: 'not-a-replica', explanation: `${replica.name} is not a replica` },
    );
  return plannerOf(repointWay)({ ...input, request: { ...input.request, destination: source } });
};
