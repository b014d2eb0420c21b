import type { Lane, Objection } from '../../plan.ts';
import { correlateStep, lane } from '../../steps/build.ts';
import type { OperationInput } from '../input.ts';
import { firstOf, isBinlogServerItself, isGroupSecondary, notFresh, notReplica } from '../rules/can-move.ts';
import { cannotReplicateFrom } from '../rules/can-replicate.ts';
import { noCommonOrder } from '../rules/log-order.ts';
import { cannotComeToRest } from '../server/thread-steps.ts';
import { goOnThere, restAndNote } from './coordinates.ts';
import { destinationOf, type Move, type SoloWay } from './move.ts';

/** Searching two servers' logs of many gigabytes may take its time; only the replica that is moved waits for it. */
export const CORRELATE_MS = 600_000;

/** Why a replica cannot be matched below another server by Pseudo-GTID; null when it can. */
export const cannotMatch = ({ replica, destination }: Move, input: OperationInput): Objection | null =>
  firstOf(
    () => notReplica(replica),
    () =>
      input.settings.knowsPseudoGtid
        ? null
        : {
            subject: replica.name,
            rule: 'no-pseudo-gtid',
            explanation: 'PseudoGTIDPattern not configured; cannot use Pseudo-GTID',
          },
    () => isGroupSecondary(replica),
    () => notFresh(replica, input),
    () => notFresh(destination, input),
    () => cannotReplicateFrom(replica, destination, input.settings),
    () =>
      destination.instance.isBinlogServer
        ? {
            subject: destination.name,
            rule: 'binlog-server',
            explanation: `${destination.name} is a binlog server: nothing can be matched below it`,
          }
        : null,
    () =>
      destination.record.intent.inMaintenance
        ? { subject: destination.name, rule: 'in-maintenance', explanation: `${destination.name} is in maintenance` }
        : null,
    () => isBinlogServerItself(replica),
    () => noCommonOrder(replica, destination, input),
    () => cannotComeToRest(replica),
  );

/** The replica rests, its place is found in the destination's log by Pseudo-GTID, and it reads on there. */
export function matchLane({ replica, destination }: Move, input: OperationInput, isRequired: boolean): Lane {
  const note = `place of ${replica.name} in the log of ${destination.name}`;
  const why = `${replica.name} is matched below ${destination.name}`;
  return lane(
    replica,
    [
      ...restAndNote('move', replica, input, why),
      correlateStep('move', replica, destination.key, note, { deadlineMs: CORRELATE_MS, why }),
      ...goOnThere('move', replica, destinationOf(destination), { note }),
    ],
    isRequired,
  );
}

export const pseudoGtidWay: SoloWay = {
  kind: 'solo',
  method: 'pseudo-gtid',
  objectionTo: cannotMatch,
  lane: matchLane,
  reason: ({ replica, destination }) =>
    `the place of ${replica.name} in the log of ${destination.name} is found by Pseudo-GTID`,
};
