import { sameKey } from '../../../model/instance-key.ts';
import type { Objection, Stage } from '../../plan.ts';
import { lane, waitStep } from '../../steps/build.ts';
import {
  isObjection,
  type Member,
  memberOf,
  type OperationInput,
  type OperationPlan,
  replicasBelow,
  sourceOf,
} from '../input.ts';
import { makePlan } from '../make-plan.ts';
import {
  cannotMove,
  firstOf,
  isBinlogServerItself,
  isGroupSecondary,
  notFresh,
  notReplica,
  takesOwnWrites,
} from '../rules/can-move.ts';
import { cannotReplicateFrom } from '../rules/can-replicate.ts';
import { cannotComeToRest } from '../server/thread-steps.ts';
import {
  executedNote,
  goOnThere,
  noteEndSteps,
  ownNote,
  restAndNote,
  resumeSteps,
  standStill,
  standsAtEndOf,
} from './coordinates.ts';
import { destinationOf, type JointWay, type Move, nowFollows, purposeOf } from './move.ts';

/** The source between a replica and its grandparent; an objection when there is no such pair. */
function middleOf({ replica, destination }: Move, input: OperationInput): Member | Objection {
  const above = sourceOf(replica);
  if (above === null)
    return { subject: replica.name, rule: 'not-a-replica', explanation: `${replica.name} is not a replica` };
  const middle = memberOf(input, above);
  if (isObjection(middle)) return middle;
  const grandparent = sourceOf(middle);
  if (grandparent === null) {
    return {
      subject: replica.name,
      rule: 'source-is-top',
      explanation: `${middle.name}, the source of ${replica.name}, is not a replica`,
    };
  }
  if (!sameKey(grandparent, destination.key)) {
    const explanation = `${destination.name} is not the source of ${middle.name}, the source of ${replica.name}`;
    return { subject: replica.name, rule: 'not-grandparent', explanation };
  }
  return middle;
}

/** Why a replica cannot move up by coordinates; null when it can. */
const cannotMoveUp = (move: Move, middle: Member, input: OperationInput): Objection | null =>
  firstOf(
    () => notReplica(move.replica),
    () => isGroupSecondary(move.replica),
    () => takesOwnWrites(middle),
    () => isBinlogServerItself(move.replica),
    () => isBinlogServerItself(middle),
    () => cannotMove(move.replica, input),
    () => cannotMove(middle, input),
    () => notFresh(move.destination, input),
    () => cannotComeToRest(move.replica),
    () => cannotReplicateFrom(move.replica, move.destination, input.settings),
  );

/**
 * Replicas move up one level by coordinates. Their source's applier comes to rest first; its own log stands still then, so that they come to its end by themselves, and stand where their source stands in the grandparent's log.
 */
export function moveUpStages(middle: Member, moves: readonly Move[], input: OperationInput): Stage[] {
  const { drainTimeoutMs } = input.settings;
  const isSingle = moves.length === 1;
  const still = `${middle.name} stands still, so that its replicas come to the end of its log`;
  return [
    {
      name: 'rest',
      lanes: [lane(middle, [...standStill('rest', middle, input, still), ...noteEndSteps('rest', middle)])],
    },
    {
      name: 'move',
      lanes: moves.map(({ replica, destination }) =>
        lane(
          replica,
          [
            waitStep(
              'move',
              replica,
              { kind: 'executed-to', place: { note: ownNote(middle) } },
              drainTimeoutMs,
              `${replica.name} executes all of ${middle.name}`,
            ),
            ...restAndNote('move', replica, input, `${replica.name} stands where ${middle.name} does`),
            waitStep('move', replica, standsAtEndOf(middle), 0, `nothing else came to ${middle.name}`),
            ...goOnThere('move', replica, destinationOf(destination), { note: executedNote(middle) }),
          ],
          isSingle,
        ),
      ),
    },
    // Its failure must not send back replicas that may have read on in the grandparent's log already.
    { name: 'resume', lanes: [lane(middle, resumeSteps('resume', middle), false)] },
  ];
}

/** One level up by coordinates. */
export const moveUpWay: JointWay = {
  kind: 'joint',
  method: 'move-up',
  plan(move, input): OperationPlan | Objection {
    const middle = middleOf(move, input);
    if (isObjection(middle)) return middle;
    const objection = cannotMoveUp(move, middle, input);
    if (objection !== null) return objection;
    return makePlan({
      purpose: purposeOf(move),
      of: move.replica,
      stages: moveUpStages(middle, [move], input),
      reasons: [`${move.replica.name} moves up by coordinates while ${middle.name} stands still`],
      locks: [move.replica, middle],
      effects: [nowFollows(move.replica.key, move.destination.key)],
      method: 'move-up',
    });
  },
};

/** All given replicas of one server, one level up. Those that cannot are left out and told. */
export function planMoveUpAll(
  middle: Member,
  grandparent: Member,
  replicas: readonly Member[],
  input: OperationInput,
): { readonly plan: OperationPlan | null; readonly objections: readonly Objection[] } {
  const objections: Objection[] = [];
  const moves = replicas.flatMap((replica) => {
    const move = { replica, destination: grandparent };
    const objection = cannotMoveUp(move, middle, input);
    if (objection === null) return [move];
    objections.push(objection);
    return [];
  });
  if (moves.length === 0) return { plan: null, objections };
  const others = replicasBelow(input, middle.key).length - moves.length;
  const plan = makePlan({
    purpose: `move ${moves.length} replicas of ${middle.name} up, below ${grandparent.name}`,
    of: middle,
    stages: moveUpStages(middle, moves, input),
    reasons: [
      `they move up by coordinates while ${middle.name} stands still`,
      ...(others > 0 ? [`${others} other replicas of ${middle.name} stay`] : []),
      ...objections.map(({ explanation }) => explanation),
    ],
    locks: [middle, ...moves.map(({ replica }) => replica)],
    effects: moves.map(({ replica }) => nowFollows(replica.key, grandparent.key)),
    moved: moves.map(({ replica }) => replica.key),
    subject: grandparent.key,
    method: 'move-up',
  });
  return { plan, objections };
}
