import type { BinlogCoordinates } from '../../../model/coordinates.ts';
import { compareCoordinates, formatCoordinates } from '../../../model/coordinates.ts';
import type { Objection, Step } from '../../plan.ts';
import { correlateStep, noteStep, waitStep } from '../../steps/build.ts';
import { moveSteps } from '../../steps/replica.ts';
import type { Member, OperationInput } from '../input.ts';
import { executedNote, goOnThere, ownNote, restAndNote } from '../relocation/coordinates.ts';
import { cannotMoveByGtid, levelSteps, silenceSteps } from '../relocation/gtid.ts';
import { destinationOf, type Move } from '../relocation/move.ts';
import { CORRELATE_MS, cannotMatch } from '../relocation/pseudo-gtid.ts';
import { cannotRepoint, repointLane } from '../relocation/repoint.ts';
import type { MoveMethod } from '../request.ts';
import {
  firstOf,
  isBinlogServerItself,
  isDescendant,
  isGroupSecondary,
  notFresh,
  notReplica,
  takesOwnWrites,
} from '../rules/can-move.ts';
import { cannotReplicateFrom } from '../rules/can-replicate.ts';
import { cannotComeToRest } from '../server/thread-steps.ts';
import { completeCoordinates, isAheadForGood, isReceiving } from './surplus.ts';

/**
 * A way by which replicas of one source come below one of them, the leader. In two parts, since the leader may move in between:
 * level: the sibling stands still, and the leader gets everything that the sibling has. join: it follows the leader.
 * So nothing that a sibling has is missing above it, whatever becomes of their source.
 */
export interface GatherWay {
  readonly method: MoveMethod;
  /** Why it cannot be done; null when it can. `destination` is the leader. */
  readonly objectionTo: (move: Move, input: OperationInput) => Objection | null;
  readonly level: (move: Move, input: OperationInput) => readonly Step[];
  readonly join: (move: Move, input: OperationInput) => readonly Step[];
  /** One sentence: why this way. */
  readonly reason: (move: Move) => string;
}

const LEVEL = 'level';
const JOIN = 'join';

export const gatherByGtid: GatherWay = {
  method: 'gtid',
  objectionTo: (move, input) =>
    firstOf(
      () => isDescendant(move.replica, move.destination, input),
      () => cannotMoveByGtid(move, input),
      () => isAheadForGood(move.replica, move.destination),
    ),
  level: (move, input) => [...silenceSteps(LEVEL, move, input), ...levelSteps(LEVEL, move, input)],
  join: ({ replica, destination }) => moveSteps(JOIN, replica, destinationOf(destination), true),
  reason: ({ replica, destination }) => `${replica.name} finds its place below ${destination.name} by GTID`,
};

/** Their source's log tells who is ahead; where the sibling stands in the leader's log is found by Pseudo-GTID. */
export const gatherByPseudoGtid: GatherWay = {
  method: 'pseudo-gtid',
  objectionTo: (move, input) =>
    firstOf(
      () => isDescendant(move.replica, move.destination, input),
      () => takesOwnWrites(move.destination),
      () => cannotMatch(move, input),
      () => isAheadForGood(move.replica, move.destination),
    ),
  level: ({ replica, destination }, input) => {
    const why = `${destination.name} comes at least as far as ${replica.name}`;
    return [
      ...restAndNote(LEVEL, replica, input, `${replica.name} is matched below ${destination.name}`),
      waitFor(destination, replica, { note: executedNote(replica) }, 'executed-to', input.settings.drainTimeoutMs, why),
    ];
  },
  join: ({ replica, destination }) => {
    const note = `place of ${replica.name} in the log of ${destination.name}`;
    const why = `${replica.name} is matched below ${destination.name}`;
    return [
      correlateStep(JOIN, replica, destination.key, note, { deadlineMs: CORRELATE_MS, why }),
      ...goOnThere(JOIN, replica, destinationOf(destination), { note }),
    ];
  },
  reason: ({ replica, destination }) =>
    `the place of ${replica.name} in the log of ${destination.name} is found by Pseudo-GTID`,
};

/**
 * Both have received exactly as much, and nothing more comes to the leader: the end of its log is the sibling's place. Needs no GTID
 * of any kind, where their source is dead.
 */
export const gatherEqual: GatherWay = {
  method: 'equivalence',
  objectionTo: (move, input) =>
    firstOf(
      () => isDescendant(move.replica, move.destination, input),
      () => notReplica(move.replica),
      () => isGroupSecondary(move.replica),
      () => notFresh(move.replica, input),
      () => cannotReplicateFrom(move.replica, move.destination, input.settings),
      () => takesOwnWrites(move.destination),
      () => isBinlogServerItself(move.replica),
      () => cannotComeToRest(move.replica),
      () => notEqual(move),
    ),
  level: ({ replica, destination }, input) => {
    const place = completeCoordinates(destination.instance);
    if (place === null) return [];
    const equal = `${replica.name} stands where ${destination.name} does`;
    return [
      ...restAndNote(LEVEL, replica, input, `${replica.name} follows ${destination.name}`),
      waitStep(LEVEL, replica, { kind: 'executed-exactly', place }, 0, equal),
    ];
  },
  join: ({ replica, destination }, input) => {
    const place = completeCoordinates(destination.instance);
    if (place === null) return [];
    const note = `${ownNote(destination)} for ${replica.name}`;
    const still = `${destination.name} has executed everything it has received`;
    return [
      waitFor(destination, replica, place, 'executed-exactly', input.settings.drainTimeoutMs, still),
      noteStep(
        `${JOIN} ${replica.name}`,
        destination,
        note,
        'own',
        `the end of the log of ${destination.name} is noted`,
      ),
      // Once more: what was noted is the end of exactly that.
      waitFor(destination, replica, place, 'executed-exactly', 0, `nothing more came to ${destination.name}`),
      ...goOnThere(JOIN, replica, destinationOf(destination), { note }),
    ];
  },
  reason: ({ replica, destination }) => `${replica.name} and ${destination.name} have received exactly as much`,
};

function notEqual({ replica, destination }: Move): Objection | null {
  const no = (explanation: string): Objection => ({ subject: replica.name, rule: 'not-equal', explanation });
  if (isReceiving(destination)) return no(`${destination.name} still receives from its source`);
  const [own, its] = [completeCoordinates(replica.instance), completeCoordinates(destination.instance)];
  if (own === null || its === null) return no(`${replica.name} and ${destination.name} have no common log`);
  if (compareCoordinates(own, its) === 0) return null;
  return no(
    `${replica.name} has received ${formatCoordinates(own)}, ${destination.name} ${formatCoordinates(its)} of their source's log`,
  );
}

/** A step on the leader in a sibling's lane: its name tells for whom. */
const waitFor = (
  leader: Member,
  sibling: Member,
  place: BinlogCoordinates | { readonly note: string },
  kind: 'executed-to' | 'executed-exactly',
  deadlineMs: number,
  why: string,
): Step => waitStep(`${deadlineMs === 0 ? 'check' : LEVEL} ${sibling.name}`, leader, { kind, place }, deadlineMs, why);

/** Binlog servers: all serve the same log, so only the address changes. */
export const gatherBinlogServers: GatherWay = {
  method: 'binlog-server',
  objectionTo: (move, input) =>
    firstOf(
      () => isDescendant(move.replica, move.destination, input),
      () => {
        const other = [move.replica, move.destination].find(({ instance }) => !instance.isBinlogServer);
        if (other === undefined) return null;
        const explanation = `${other.name} is not a binlog server`;
        return { subject: move.replica.name, rule: 'not-a-binlog-server', explanation };
      },
      () => cannotRepoint(move, input),
    ),
  level: () => [],
  join: (move, input) => repointLane(move, input, false).steps,
  reason: ({ replica, destination }) => `${replica.name} reads the same log at ${destination.name}`,
};
