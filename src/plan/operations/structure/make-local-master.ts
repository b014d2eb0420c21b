import type { Objection } from '../../plan.ts';
import { lane, stageOf } from '../../steps/build.ts';
import { isObjection, memberOf, type OperationInput, type OperationPlanner } from '../input.ts';
import { makePlan, refuse, refuseAll } from '../make-plan.ts';
import { gtidWay } from '../relocation/gtid.ts';
import { type Move, nowFollows, type SoloWay } from '../relocation/move.ts';
import { pseudoGtidWay } from '../relocation/pseudo-gtid.ts';
import { firstOf, isDescendant, isOwnGroup, notFresh } from '../rules/can-move.ts';
import { gather, gatherEffects, gatheredMembers, gatherLanes } from './gather.ts';
import { gatherByGtid, gatherByPseudoGtid } from './gather-ways.ts';
import { readHeir, sourceName } from './heir.ts';
import { grandparentKeyOf } from './up-and-below.ts';

/** The heir's own ways up: both leave its source alone, which may be dead. */
const WAYS: readonly SoloWay[] = [gtidWay, pseudoGtidWay];

/**
 * make-local-master (historic): a replica takes the place of its source in the middle of the tree: it moves below its grandparent, and
 * its siblings below it. Siblings stand still before it moves, since only below their common source it gets what they have.
 */
export const planMakeLocalMaster: OperationPlanner = (input) => {
  const member = memberOf(input, input.request.instance);
  if (isObjection(member)) return refuse(input, 'make a local master', member);
  const purpose = `make ${member.name} a local master`;
  const above = grandparentKeyOf(member, input);
  if (isObjection(above)) return refuse(input, purpose, above);
  const grandparent = memberOf(input, above);
  if (isObjection(grandparent)) return refuse(input, purpose, grandparent);
  const heir = readHeir(member, input);
  if (isObjection(heir)) return refuse(input, purpose, heir);
  const move: Move = { replica: member, destination: grandparent };
  const hopeless = firstOf(
    () => notFresh(grandparent, input),
    () => isDescendant(member, grandparent, input),
    () => isOwnGroup(member, grandparent),
  );
  if (hopeless !== null) return refuse(input, purpose, hopeless);
  const { way, objections } = chooseUp(move, input);
  if (way === null) {
    const texts = objections.map(({ explanation }) => explanation).join('; ');
    return refuseAll(input, purpose, `${member.name} cannot come below ${grandparent.name}: ${texts}`, objections);
  }
  const gathering = gather(member, heir.siblings, [gatherByGtid, gatherByPseudoGtid], input);
  return makePlan({
    purpose,
    of: member,
    stages: [
      ...stageOf('level', gatherLanes(gathering, ['level'], input)),
      ...stageOf('move', [lane(member, way.lane(move, input, true).steps)]),
      ...stageOf('gather', gatherLanes(gathering, ['join'], input)),
    ],
    reasons: [
      `${member.name} takes the place of ${sourceName(heir)} below ${grandparent.name}`,
      way.reason(move),
      ...gathering.reasons,
    ],
    locks: [member, ...gatheredMembers(gathering)],
    effects: [nowFollows(member.key, grandparent.key), ...gatherEffects(gathering)],
    moved: [member.key, ...gatheredMembers(gathering).map(({ key }) => key)],
    subject: member.key,
    method: [...new Set([way.method, ...gathering.joining.map((one) => one.way.method)])].join(', '),
  });
};

function chooseUp(
  move: Move,
  input: OperationInput,
): { readonly way: SoloWay | null; readonly objections: readonly Objection[] } {
  const objections: Objection[] = [];
  const way = WAYS.find((one) => {
    const objection = one.objectionTo(move, input);
    if (objection !== null) objections.push({ ...objection, subject: one.method });
    return objection === null;
  });
  return { way: way ?? null, objections };
}
