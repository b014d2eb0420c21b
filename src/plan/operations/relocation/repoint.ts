import { compareCoordinates, formatCoordinates } from '../../../model/coordinates.ts';
import type { Lane, Objection } from '../../plan.ts';
import { lane, noteStep } from '../../steps/build.ts';
import { usesGtid } from '../../steps/flavour.ts';
import { restSteps } from '../../steps/replica.ts';
import type { OperationInput } from '../input.ts';
import { cannotKeepRelayLog, firstOf, isGroupSecondary, notFresh, notReplica } from '../rules/can-move.ts';
import { cannotReplicateFrom } from '../rules/can-replicate.ts';
import { cannotComeToRest } from '../server/thread-steps.ts';
import { executedNote, goOnThere } from './coordinates.ts';
import { gtidLane } from './gtid.ts';
import { destinationOf, type Move, type SoloWay } from './move.ts';

/** Why a replica cannot be pointed there with the coordinates it has; null when it can. The person vouches for the rest. */
export const cannotRepoint = ({ replica, destination }: Move, input: OperationInput): Objection | null =>
  firstOf(
    () => notReplica(replica),
    () => isGroupSecondary(replica),
    () => notFresh(replica, input),
    () => cannotReplicateFrom(replica, destination, input.settings),
    () => isBehind({ replica, destination }),
    () => (usesGtid(replica.instance) ? cannotKeepRelayLog(replica) : cannotComeToRest(replica)),
  );

/** A binlog server must have come as far as the replica. */
function isBehind({ replica, destination }: Move): Objection | null {
  const [executed, own] = [replica.instance.replication?.executedCoordinates, destination.instance.ownCoordinates];
  if (!destination.instance.isBinlogServer || executed === undefined || own === null) return null;
  if (compareCoordinates(own, executed) >= 0) return null;
  const explanation = `${destination.name} has come to ${formatCoordinates(own)} only, ${replica.name} to ${formatCoordinates(executed)}`;
  return { subject: replica.name, rule: 'binlog-server-behind', explanation };
}

/** Another address, the same place: by GTID the replica finds it anyway, by coordinates it reads on at those it has. */
export function repointLane(move: Move, input: OperationInput, isRequired: boolean): Lane {
  const { replica, destination } = move;
  if (usesGtid(replica.instance)) return gtidLane(move, input, isRequired);
  const why = `${replica.name} follows ${destination.name}`;
  return lane(
    replica,
    [
      ...restSteps('move', replica, input.settings.drainTimeoutMs, why),
      noteStep('move', replica, executedNote(replica), 'executed', `where ${replica.name} stands is noted`),
      ...goOnThere('move', replica, destinationOf(destination), { note: executedNote(replica) }),
    ],
    isRequired,
  );
}

/** The replica keeps its place and gets another address. */
export const repointWay: SoloWay = {
  kind: 'solo',
  method: 'repoint',
  objectionTo: cannotRepoint,
  lane: repointLane,
  reason: ({ replica, destination }) => `${replica.name} keeps its place and is pointed at ${destination.name}`,
};
