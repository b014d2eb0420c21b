import { lane, waitStep } from '../../steps/build.ts';
import type { OperationInput } from '../input.ts';
import { firstOf, isBinlogServerItself, notFresh, notReplica } from '../rules/can-move.ts';
import { cannotReplicateFrom } from '../rules/can-replicate.ts';
import { cannotComeToRest } from '../server/thread-steps.ts';
import { goOnThere, restAndNote } from './coordinates.ts';
import { destinationOf, type Move, type SoloWay } from './move.ts';

/** An earlier move has shown which place of the destination's log equals the one where the replica stands. */
export const equivalenceWay: SoloWay = {
  kind: 'solo',
  method: 'equivalence',
  objectionTo: ({ replica, destination }: Move, input: OperationInput) =>
    firstOf(
      () => notReplica(replica),
      () =>
        input.evidence.equivalent === null
          ? {
              subject: replica.name,
              rule: 'no-equivalence',
              explanation: `no place of ${destination.name} is known to equal the one where ${replica.name} stands`,
            }
          : null,
      () => notFresh(replica, input),
      () => notFresh(destination, input),
      () => cannotReplicateFrom(replica, destination, input.settings),
      () => isBinlogServerItself(replica),
      () => cannotComeToRest(replica),
    ),
  lane: ({ replica, destination }, input, isRequired) => {
    const executed = replica.instance.replication?.executedCoordinates;
    const there = input.evidence.equivalent;
    if (executed === undefined || there === null) return lane(replica, [], isRequired);
    return lane(
      replica,
      [
        ...restAndNote('move', replica, input, `${replica.name} follows ${destination.name}`),
        waitStep('move', replica, { kind: 'executed-exactly', place: executed }, 0, `${replica.name} has not moved on`),
        ...goOnThere('move', replica, destinationOf(destination), there),
      ],
      isRequired,
    );
  },
  reason: ({ replica, destination }) =>
    `a place in the log of ${destination.name} is known to equal that of ${replica.name}`,
};
