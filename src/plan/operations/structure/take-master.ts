import type { Objection, Stage, Step } from '../../plan.ts';
import { lane, noteCompleteStep, noteStep, waitStep } from '../../steps/build.ts';
import { usesGtid } from '../../steps/flavour.ts';
import { changeSourceStep, moveSteps, startAppliedStep, startReceiverStep } from '../../steps/replica.ts';
import { startApplierSteps, stopReceiverStep } from '../../steps/threads.ts';
import { isObjection, type Member, memberOf, type OperationInput, type OperationPlanner } from '../input.ts';
import { makePlan, refuse } from '../make-plan.ts';
import {
  executedNote,
  goOnThere,
  noteEndSteps,
  ownNote,
  restAndNote,
  standsAtEndOf,
} from '../relocation/coordinates.ts';
import { gtidLane } from '../relocation/gtid.ts';
import { destinationOf, nowFollows } from '../relocation/move.ts';
import {
  cannotKeepRelayLog,
  cannotMove,
  firstOf,
  isBinlogServerItself,
  isDescendant,
  isGroupSecondary,
  isOwnGroup,
  notFresh,
} from '../rules/can-move.ts';
import { cannotFindByGtid, cannotReplicateFrom } from '../rules/can-replicate.ts';
import { cannotComeToRest } from '../server/thread-steps.ts';
import { grandparentKeyOf, sourceKeyOf } from './up-and-below.ts';

/** A replica, its source, and the source's source: the first two change places. */
interface Swap {
  readonly replica: Member;
  readonly source: Member;
  readonly grandparent: Member;
}

/**
 * take-master: a replica and its source, itself a replica, change places; the source's other replicas stay below it. By GTID where both
 * use it: then the source's receiver alone stands still for a moment. Else by coordinates, both at rest.
 */
export const planTakeMaster: OperationPlanner = (input) => {
  const swap = readSwap(input);
  if (isObjection(swap)) return refuse(input, 'take the place of the source', swap);
  const { replica, source, grandparent } = swap;
  const purpose = `give ${replica.name} the place of ${source.name} below ${grandparent.name}`;
  const objection = cannotSwap(swap, input);
  if (objection !== null) return refuse(input, purpose, objection);
  const noGtid = cannotSwapByGtid(swap);
  const byPlace = noGtid === null ? null : cannotSwapByCoordinates(swap, input);
  if (byPlace !== null) return refuse(input, purpose, byPlace);
  return makePlan({
    purpose,
    of: replica,
    stages: noGtid === null ? gtidStages(swap, input) : coordinateStages(swap, input),
    reasons:
      noGtid === null
        ? [`${replica.name} and ${source.name} find their new places by GTID`]
        : [`${replica.name} and ${source.name} are brought to the same place`, `not by GTID: ${noGtid.explanation}`],
    // Historic: this operation takes no maintenance lock.
    locks: [],
    effects: [nowFollows(replica.key, grandparent.key), nowFollows(source.key, replica.key)],
    moved: [replica.key, source.key],
    subject: replica.key,
    method: noGtid === null ? 'gtid' : 'coordinates',
  });
};

function readSwap(input: OperationInput): Swap | Objection {
  const replica = memberOf(input, input.request.instance);
  if (isObjection(replica)) return replica;
  const above = sourceKeyOf(replica);
  if (isObjection(above)) return above;
  const source = memberOf(input, above);
  if (isObjection(source)) return source;
  const top = grandparentKeyOf(replica, input);
  if (isObjection(top)) {
    if (top.rule !== 'source-is-top') return top;
    return { ...top, explanation: `${top.explanation}; use graceful-master-takeover` };
  }
  const grandparent = memberOf(input, top);
  return isObjection(grandparent) ? grandparent : { replica, source, grandparent };
}

const cannotSwap = ({ replica, source, grandparent }: Swap, input: OperationInput): Objection | null =>
  firstOf(
    () => isGroupSecondary(replica),
    () => isGroupSecondary(source),
    () => isOwnGroup(source, replica),
    // Covers co-masters: the grandparent is then the replica itself, or below it.
    () => isDescendant(replica, grandparent, input),
    () => (source.record.position.isCoPrimary ? coPrimary(source) : null),
    () => (source.instance.isBinlogServer ? binlogServer(source) : null),
    () => isBinlogServerItself(replica),
    () => notFresh(replica, input),
    () => notFresh(source, input),
    () => notFresh(grandparent, input),
    () => cannotReplicateFrom(source, replica, input.settings),
    () => cannotReplicateFrom(replica, grandparent, input.settings),
    () => cannotKeepRelayLog(replica),
    () => cannotComeToRest(source),
  );

const coPrimary = ({ name }: Member): Objection => ({
  subject: name,
  rule: 'co-primary',
  explanation: `${name} is one of two co-masters; its place cannot be taken`,
});

const binlogServer = ({ name }: Member): Objection => ({
  subject: name,
  rule: 'binlog-server',
  explanation: `${name} is a binlog server; move its replicas up instead (relocate)`,
});

const cannotSwapByGtid = ({ replica, source, grandparent }: Swap): Objection | null =>
  firstOf(
    () => cannotFindByGtid(replica, grandparent),
    () => cannotFindByGtid(source, replica),
  );

const cannotSwapByCoordinates = ({ replica, source }: Swap, input: OperationInput): Objection | null =>
  firstOf(
    () => cannotMove(replica, input),
    () => cannotMove(source, input),
    () => cannotComeToRest(replica),
  );

/** The source receives nothing more, the replica gets all it has, rises, and the source follows it. */
function gtidStages(swap: Swap, input: OperationInput): Stage[] {
  const { replica, source, grandparent } = swap;
  const { drainTimeoutMs } = input.settings;
  const note = `what ${source.name} has`;
  const level = `${replica.name} has everything that ${source.name} has`;
  const still = `${source.name} stands still until ${replica.name} has everything`;
  return [
    {
      name: 'rest',
      lanes: [
        lane(source, [
          ...startApplierSteps('rest', source, still),
          stopReceiverStep('rest', source, still),
          waitStep('rest', source, { kind: 'drained' }, drainTimeoutMs, still),
          noteCompleteStep('rest', source, note, '', `what ${source.name} has is noted`),
        ]),
      ],
    },
    {
      name: 'level',
      lanes: [
        lane(replica, [waitStep('level', replica, { kind: 'has-executed', gtid: { note } }, drainTimeoutMs, level)]),
      ],
    },
    { name: 'rise', lanes: [gtidLane({ replica, destination: grandparent }, input, true)] },
    {
      name: 'sink',
      lanes: [lane(source, [...silentSteps(source), ...moveSteps('sink', source, destinationOf(replica), true)])],
    },
  ];
}

/**
 * Its receiver rests already; this is for the way back. By then the replica has more than the source, and MariaDB does not let it go back
 * below it so: the source must listen again before that, not only when its rest is taken back.
 */
const silentSteps = (source: Member): Step[] =>
  source.instance.version.flavour === 'mariadb'
    ? [stopReceiverStep('sink', source, `${source.name} receives nothing until it follows the replica`)]
    : [];

/**
 * By coordinates: the source comes to rest, then the replica exactly at the end of its log. The source goes below first, while the
 * replica still rests: until the very last step nothing new is executed by either, so that both can go back.
 */
function coordinateStages(swap: Swap, input: OperationInput): Stage[] {
  const { replica, source, grandparent } = swap;
  const { drainTimeoutMs } = input.settings;
  const level = `${replica.name} stands where ${source.name} does`;
  const end = { note: ownNote(source) };
  return [
    {
      name: 'rest',
      lanes: [
        lane(source, [
          ...restAndNote('rest', source, input, `${source.name} stands still`),
          ...noteEndSteps('rest', source),
        ]),
      ],
    },
    {
      name: 'level',
      lanes: [
        lane(replica, [
          waitStep('level', replica, { kind: 'executed-to', place: end }, drainTimeoutMs, level),
          ...restAndNote('level', replica, input, level),
          waitStep('level', replica, standsAtEndOf(source), 0, level),
          noteStep('level', replica, ownNote(replica), 'own', `the end of the log of ${replica.name} is noted`),
        ]),
      ],
    },
    { name: 'sink', lanes: [lane(source, goOn('sink', source, replica, ownNote(replica)))] },
    { name: 'rise', lanes: [lane(replica, goOn('rise', replica, grandparent, executedNote(source)))] },
  ];
}

/** A server at rest goes on elsewhere: by GTID where it uses it and can, else at the noted place. */
function goOn(stage: string, member: Member, to: Member, note: string): Step[] {
  const there = destinationOf(to);
  if (!usesGtid(member.instance) || cannotFindByGtid(member, to) !== null)
    return goOnThere(stage, member, there, { note });
  return [
    changeSourceStep(stage, member, there, false),
    startAppliedStep(stage, member, `${member.name} follows ${to.name}`),
    startReceiverStep(stage, member, there),
  ];
}
