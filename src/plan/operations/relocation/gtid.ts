import { sameKey } from '../../../model/instance-key.ts';
import type { Lane, Objection, Step } from '../../plan.ts';
import { lane, noteCompleteStep, waitStep } from '../../steps/build.ts';
import { canMoveReceiverAlone } from '../../steps/flavour.ts';
import { moveSteps } from '../../steps/replica.ts';
import { isListening, startApplierSteps, stopReceiverStep } from '../../steps/threads.ts';
import { type OperationInput, sourceOf } from '../input.ts';
import { cannotKeepRelayLog, firstOf, isGroupSecondary, notFresh, notReplica } from '../rules/can-move.ts';
import { cannotFindByGtid, cannotReplicateFrom } from '../rules/can-replicate.ts';
import { destinationOf, type Move, type SoloWay } from './move.ts';

/** Why a replica cannot be moved by GTID; null when it can. */
export const cannotMoveByGtid = ({ replica, destination }: Move, input: OperationInput): Objection | null =>
  firstOf(
    () => notReplica(replica),
    () => isGroupSecondary(replica),
    () => notFresh(replica, input),
    () => notFresh(destination, input),
    () => cannotReplicateFrom(replica, destination, input.settings),
    () => cannotFindByGtid(replica, destination),
    () => cannotKeepRelayLog(replica),
  );

/**
 * The receiver of a replica stops. MySQL 5.7 and later: its relay log stays whatever follows. MariaDB and 5.6: everything received
 * is executed.
 */
export function silenceSteps(stage: string, { replica, destination }: Move, input: OperationInput): Step[] {
  const why = `${replica.name} follows ${destination.name}`;
  if (canMoveReceiverAlone(replica.instance))
    return isListening(replica.instance) ? [stopReceiverStep(stage, replica, why)] : [];
  const drained = `${replica.name} executes everything it has received`;
  return [
    // Before the receiver: MariaDB throws its relay log away when the receiver starts beside a resting applier.
    ...startApplierSteps(stage, replica, why),
    stopReceiverStep(stage, replica, why),
    waitStep(stage, replica, { kind: 'drained' }, input.settings.drainTimeoutMs, drained),
  ];
}

/**
 * A silenced replica waits until its destination has executed everything that it has itself. Its errant transactions are left out:
 * those the destination never gets.
 */
export function levelSteps(stage: string, { replica, destination }: Move, input: OperationInput): Step[] {
  const note = `what ${replica.name} has`;
  const why = `${destination.name} has everything that ${replica.name} has`;
  return [
    noteCompleteStep(stage, replica, note, replica.record.position.errantGtid, `what ${replica.name} has is noted`),
    waitStep(
      `${stage} ${replica.name}`,
      destination,
      { kind: 'has-executed', gtid: { note } },
      input.settings.drainTimeoutMs,
      why,
    ),
  ];
}

/** MariaDB refuses (1236) a replica that is ahead of its source; MySQL lets it wait there. */
const mustBeLevel = ({ replica, destination }: Move): boolean => {
  const source = sourceOf(replica);
  return replica.instance.version.flavour === 'mariadb' && (source === null || !sameKey(source, destination.key));
};

/**
 * A replica that positions itself by GTID gets another source. MySQL 5.7 and later: only the receiver is stopped, its relay log
 * stays. MariaDB and 5.6: everything received is executed first.
 */
export function gtidLane(move: Move, input: OperationInput, isRequired: boolean): Lane {
  return lane(
    move.replica,
    [
      ...silenceSteps('move', move, input),
      ...(mustBeLevel(move) ? levelSteps('move', move, input) : []),
      ...moveSteps('move', move.replica, destinationOf(move.destination), true),
    ],
    isRequired,
  );
}

/** The replica finds its place by its GTIDs: the shortest and safest way. */
export const gtidWay: SoloWay = {
  kind: 'solo',
  method: 'gtid',
  objectionTo: cannotMoveByGtid,
  lane: gtidLane,
  reason: ({ replica, destination }) => `${replica.name} finds its place below ${destination.name} by GTID`,
};
