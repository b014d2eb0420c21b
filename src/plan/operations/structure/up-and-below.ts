import type { InstanceKey } from '../../../model/instance-key.ts';
import type { Objection, Refusal } from '../../plan.ts';
import {
  isObjection,
  type Member,
  memberOf,
  type OperationInput,
  type OperationPlan,
  type OperationPlanner,
  sourceOf,
} from '../input.ts';
import { refuse, refuseAll } from '../make-plan.ts';
import { binlogServerWay } from '../relocation/binlog-server.ts';
import { gtidWay } from '../relocation/gtid.ts';
import { type MoveWay, purposeOf, readMove } from '../relocation/move.ts';
import { moveBelowWay } from '../relocation/move-below.ts';
import { moveUpWay } from '../relocation/move-up.ts';
import { pseudoGtidWay } from '../relocation/pseudo-gtid.ts';
import { chooseWay, plannerOf } from '../relocation/relocate.ts';
import { planRelocateReplicas } from '../relocation/relocate-replicas.ts';
import { areSiblings, firstOf, isDescendant, isOwnGroup } from '../rules/can-move.ts';

/** The source of a replica; an objection when it has none. */
export function sourceKeyOf(replica: Member): InstanceKey | Objection {
  return (
    sourceOf(replica) ?? {
      subject: replica.name,
      rule: 'not-a-replica',
      explanation: `${replica.name} is not a replica`,
    }
  );
}

/** The source of a replica's source; an objection when there is none. */
export function grandparentKeyOf(replica: Member, input: OperationInput): InstanceKey | Objection {
  const above = sourceKeyOf(replica);
  if (isObjection(above)) return above;
  const middle = memberOf(input, above);
  if (isObjection(middle)) return middle;
  const explanation = `${middle.name}, the source of ${replica.name}, is not a replica`;
  return sourceOf(middle) ?? { subject: replica.name, rule: 'source-is-top', explanation };
}

/** The same operation with the destination that follows from the topology. */
function plannerTo(
  what: string,
  find: (replica: Member, input: OperationInput) => InstanceKey | Objection,
  planner: OperationPlanner,
): OperationPlanner {
  return (input) => {
    const replica = memberOf(input, input.request.instance);
    if (isObjection(replica)) return refuse(input, what, replica);
    const destination = find(replica, input);
    if (isObjection(destination)) return refuse(input, `${what} ${replica.name}`, destination);
    return planner({ ...input, request: { ...input.request, destination } });
  };
}

/** The first of these ways that is possible; a replica that uses GTID keeps it where both ends can. */
const plannerOfWays =
  (ways: readonly MoveWay[], needsSiblings: boolean): OperationPlanner =>
  (input): OperationPlan | Refusal => {
    const move = readMove(input);
    if (isObjection(move)) return refuse(input, input.request.kind, move);
    const { replica, destination } = move;
    const objection = firstOf(
      () => isDescendant(replica, destination, input),
      () => isOwnGroup(replica, destination),
      () => {
        if (!needsSiblings || areSiblings(replica, destination)) return null;
        const explanation = `${replica.name} and ${destination.name} are not replicas of the same source`;
        return { subject: replica.name, rule: 'not-siblings', explanation };
      },
    );
    if (objection !== null) return refuse(input, purposeOf(move), objection);
    const choice = chooseWay(move, input, ways);
    if (choice.kind === 'chosen') return choice.plan;
    // The last way is the one the operation is known for: its rule is what a person asks about.
    const reason = choice.objections.at(-1)?.explanation ?? '';
    return refuseAll(input, purposeOf(move), reason, choice.objections);
  };

/** move-up: one level up, by GTID where the replica uses it, else by coordinates while its source stands still. */
export const planMoveUp = plannerTo(
  'move up',
  grandparentKeyOf,
  plannerOfWays([binlogServerWay, gtidWay, moveUpWay], false),
);

/** move-below: below a sibling, by GTID where the replica uses it, else by coordinates while both stand still. */
export const planMoveBelow = plannerOfWays([binlogServerWay, gtidWay, moveBelowWay], true);

/** match-up: one level up, by Pseudo-GTID. */
export const planMatchUp = plannerTo('match up', grandparentKeyOf, plannerOf(pseudoGtidWay));

/** rematch: below its own source again, at the place that Pseudo-GTID finds. */
export const planRematch = plannerTo('rematch', sourceKeyOf, plannerOf(pseudoGtidWay));

/** take-siblings: all other replicas of the replica's source come below it, each in its best way. */
export const planTakeSiblings: OperationPlanner = (input) => {
  const replica = memberOf(input, input.request.instance);
  if (isObjection(replica)) return refuse(input, 'take the siblings', replica);
  const source = sourceKeyOf(replica);
  if (isObjection(source)) return refuse(input, `take the siblings of ${replica.name}`, source);
  const request = { ...input.request, kind: 'relocate-replicas', instance: source, destination: replica.key } as const;
  return planRelocateReplicas({ ...input, request });
};
