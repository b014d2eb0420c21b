import { messageOf } from '../../../model/error.ts';
import { sameKey } from '../../../model/instance-key.ts';
import { compilePattern } from '../../../model/pattern.ts';
import type { Objection, Refusal } from '../../plan.ts';
import {
  isObjection,
  type LeftBehind,
  type Member,
  memberOf,
  type OperationInput,
  type OperationPlan,
  type OperationPlanner,
  replicasBelow,
  sourceOf,
} from '../input.ts';
import { makePlan, refuse, refuseAll } from '../make-plan.ts';
import { firstOf, isDescendant } from '../rules/can-move.ts';
import { gtidWay } from './gtid.ts';
import { type Move, nowFollows, type SoloWay } from './move.ts';
import { planMoveUpAll } from './move-up.ts';
import { pseudoGtidWay } from './pseudo-gtid.ts';
import { cannotRelocate, chooseWay } from './relocate.ts';
import { repointWay } from './repoint.ts';

/** Server whose replicas are meant, where they are to go, and the replicas themselves. */
export interface MassMove {
  readonly from: Member;
  readonly destination: Member;
  readonly replicas: readonly Member[];
}

/** The replicas of a server that match the request's pattern, without the destination itself. */
export function readReplicas(
  input: OperationInput,
  from: Member,
  destination: Member | null,
): readonly Member[] | Objection {
  const matches = matcherOf(input.request.pattern ?? '');
  if (isObjection(matches)) return matches;
  return replicasBelow(input, from.key).filter(
    (replica) => matches.test(replica.name) && (destination === null || !sameKey(replica.key, destination.key)),
  );
}

function matcherOf(pattern: string): RegExp | Objection {
  try {
    return compilePattern(pattern, 'pattern');
  } catch (thrown) {
    return { subject: pattern, rule: 'pattern', explanation: messageOf(thrown) };
  }
}

/** Reads the servers of a request about all replicas of one. `defaultTo` names the destination where the request has none. */
export function readMassMove(
  input: OperationInput,
  defaultTo: (from: Member) => ReturnType<typeof sourceOf> = () => null,
): MassMove | Objection {
  const from = memberOf(input, input.request.instance);
  if (isObjection(from)) return from;
  const to = input.request.destination ?? defaultTo(from);
  if (to === null)
    return { subject: from.name, rule: 'no-destination', explanation: 'the destination is missing; name it with -d' };
  const destination = memberOf(input, to);
  if (isObjection(destination)) return destination;
  const replicas = readReplicas(input, from, destination);
  return isObjection(replicas) ? replicas : { from, destination, replicas };
}

export const massPurpose = ({ from, destination }: MassMove): string =>
  `move the replicas of ${from.name} below ${destination.name}`;

/** The way a replica goes; or the one rule that refuses it; or every method tried, with its rule. */
type Way = { readonly way: SoloWay } | Objection | readonly Objection[];

const isRefused = (way: Way): way is Objection | readonly Objection[] => Array.isArray(way) || isObjection(way);

/** One plan whose replicas move side by side, each in its own way; those that cannot are told in the reasons. */
export function planSideBySide(
  mass: MassMove,
  input: OperationInput,
  wayOf: (move: Move) => Way,
): OperationPlan | Refusal {
  const objections: Objection[] = [];
  const left: LeftBehind[] = [];
  const chosen: { readonly move: Move; readonly way: SoloWay }[] = [];
  for (const replica of mass.replicas) {
    const move = { replica, destination: mass.destination };
    const found = wayOf(move);
    if (!isRefused(found)) {
      chosen.push({ move, way: found.way });
      continue;
    }
    const against = isObjection(found) ? [found] : found;
    left.push({ server: replica.key, reason: against.map(({ explanation }) => explanation).join('; ') });
    objections.push(...against);
  }
  if (chosen.length === 0 && left.length > 0) {
    const texts = [...new Set(objections.map(({ explanation }) => explanation))].join('; ');
    const reason = `Relocating ${left.length} replicas of ${mass.from.name} below ${mass.destination.name} turns to be too complex; please do it manually. Additional Errors: ${texts}`;
    return refuseAll(input, massPurpose(mass), reason, objections);
  }
  return makePlan({
    purpose: massPurpose(mass),
    of: mass.from,
    stages:
      chosen.length === 0 ? [] : [{ name: 'move', lanes: chosen.map(({ move, way }) => way.lane(move, input, false)) }],
    reasons: [
      ...chosen.map(({ move, way }) => way.reason(move)),
      ...objections.map(({ explanation }) => `left where it is: ${explanation}`),
    ],
    locks: chosen.map(({ move }) => move.replica),
    effects: chosen.map(({ move }) => nowFollows(move.replica.key, mass.destination.key)),
    moved: chosen.map(({ move }) => move.replica.key),
    left,
    subject: mass.destination.key,
    ...(chosen.length === 0 ? {} : { method: [...new Set(chosen.map(({ way }) => way.method))].join(', ') }),
  });
}

/** All replicas of one server below another, in one way. */
export const massPlannerOf =
  (way: SoloWay, defaultTo?: (from: Member) => ReturnType<typeof sourceOf>): OperationPlanner =>
  (input) => {
    const mass = readMassMove(input, defaultTo);
    if (isObjection(mass)) return refuse(input, way.method, mass);
    return planSideBySide(mass, input, (move) => {
      const objection = firstOf(
        () => isDescendant(move.replica, move.destination, input),
        () => way.objectionTo(move, input),
      );
      return objection ?? { way };
    });
  };

export const planMoveReplicasGtid = massPlannerOf(gtidWay);
export const planMatchReplicas = massPlannerOf(pseudoGtidWay);
/** match-up-replicas: below the server's own source. */
export const planMatchUpReplicas = massPlannerOf(pseudoGtidWay, sourceOf);
/** repoint-replicas: without a destination onto the server itself. */
export const planRepointReplicas = massPlannerOf(repointWay, (from) => from.key);

/** Smart move of all replicas of a server: each in the best way that concerns itself only; else all one level up together. */
export const planRelocateReplicas: OperationPlanner = (input) => {
  const mass = readMassMove(input);
  if (isObjection(mass)) return refuse(input, 'relocate-replicas', mass);
  const planned = planSideBySide(mass, input, (move) => {
    const hopeless = cannotRelocate(move, input);
    if (hopeless !== null) return hopeless;
    const choice = chooseWay(move, input);
    if (choice.kind === 'none')
      return choice.objections.map((one) => ({ ...one, subject: `${move.replica.name} by ${one.subject}` }));
    if (choice.way.kind === 'solo') return { way: choice.way };
    return notMovable(move);
  });
  const above = sourceOf(mass.from);
  const isUp = above !== null && sameKey(above, mass.destination.key);
  if (planned.kind === 'plan' || !isUp) return planned;
  return planMoveUpAll(mass.from, mass.destination, mass.replicas, input).plan ?? planned;
};

const notMovable = ({ replica, destination }: Move): Objection => ({
  subject: replica.name,
  rule: 'only-alone',
  explanation: `${replica.name} can come below ${destination.name} by coordinates only, one replica at a time (relocate)`,
});

/** All (matching) replicas of a server one level up, by coordinates; by GTID where they position themselves so. */
export const planMoveUpReplicas: OperationPlanner = (input) => {
  const from = memberOf(input, input.request.instance);
  if (isObjection(from)) return refuse(input, 'move-up-replicas', from);
  const above = sourceOf(from);
  if (above === null)
    return refuse(input, 'move-up-replicas', {
      subject: from.name,
      rule: 'not-a-replica',
      explanation: `${from.name} is not a replica`,
    });
  return planRelocateReplicas({
    ...input,
    request: { ...input.request, kind: 'relocate-replicas', destination: above },
  });
};
