import type { InstanceKey } from '../../../model/instance-key.ts';
import { virtualAddressOf } from '../../../model/virtual-name.ts';
import type { Lane, Objection } from '../../plan.ts';
import type { Destination } from '../../steps/types.ts';
import { type Effect, isObjection, type Member, memberOf, type OperationInput, type OperationPlan } from '../input.ts';
import { makePlan } from '../make-plan.ts';
import type { MoveMethod } from '../request.ts';

/** One replica and where it is to go. */
export interface Move {
  readonly replica: Member;
  readonly destination: Member;
}

/** A way to move a replica that tells only the replica itself what to do, so that many can go side by side. */
export interface SoloWay {
  readonly kind: 'solo';
  readonly method: MoveMethod;
  /** Why it cannot be done; null when it can. */
  readonly objectionTo: (move: Move, input: OperationInput) => Objection | null;
  /** What is done. `isRequired` false: its failure leaves the others alone. */
  readonly lane: (move: Move, input: OperationInput, isRequired: boolean) => Lane;
  /** One sentence: why this way. */
  readonly reason: (move: Move) => string;
}

/** A way that needs other servers to stand still meanwhile. */
export interface JointWay {
  readonly kind: 'joint';
  readonly method: MoveMethod;
  readonly plan: (move: Move, input: OperationInput) => OperationPlan | Objection;
}

export type MoveWay = SoloWay | JointWay;

/** The plan of one move in one way, or the rule that refuses it. */
export function planWay(way: MoveWay, move: Move, input: OperationInput): OperationPlan | Objection {
  if (way.kind === 'joint') return way.plan(move, input);
  const objection = way.objectionTo(move, input);
  if (objection !== null) return objection;
  return makePlan({
    purpose: purposeOf(move),
    of: move.replica,
    stages: [{ name: 'move', lanes: [way.lane(move, input, true)] }],
    reasons: [way.reason(move)],
    effects: [nowFollows(move.replica.key, move.destination.key)],
    method: way.method,
  });
}

/** Instance and destination of a request, both known. */
export function readMove(input: OperationInput): Move | Objection {
  const { instance, destination } = input.request;
  const replica = memberOf(input, instance);
  if (isObjection(replica)) return replica;
  if (destination === null) {
    return {
      subject: replica.name,
      rule: 'no-destination',
      explanation: 'the destination is missing; name it with -d',
    };
  }
  const below = memberOf(input, destination);
  return isObjection(below) ? below : { replica, destination: below };
}

/** The purpose of a move, for people. */
export const purposeOf = ({ replica, destination }: Move): string => `move ${replica.name} below ${destination.name}`;

/** Where a replica connects to: the destination, under the name registered for it (hostname_unresolve) where there is one. */
export function destinationOf(member: Member): Destination {
  const address = virtualAddressOf(member.record);
  const base = { key: member.key, name: member.name };
  return address === null ? base : { ...base, address };
}

export const nowFollows = (server: InstanceKey, source: InstanceKey): Effect => ({ kind: 'source', server, source });
