import type { Objection } from '../../plan.ts';
import { commandStep, lane, noteStep, waitStep } from '../../steps/build.ts';
import type { OperationInput, OperationPlan } from '../input.ts';
import { makePlan } from '../make-plan.ts';
import {
  areSiblings,
  cannotMove,
  firstOf,
  isBinlogServerItself,
  isGroupSecondary,
  takesOwnWrites,
} from '../rules/can-move.ts';
import { cannotReplicateFrom } from '../rules/can-replicate.ts';
import { cannotComeToRest } from '../server/thread-steps.ts';
import { executedNote, goOnThere, ownNote, restAndNote, resumeSteps, standStill } from './coordinates.ts';
import { destinationOf, type JointWay, type Move, nowFollows, purposeOf } from './move.ts';

const cannotMoveBelow = ({ replica, destination }: Move, input: OperationInput): Objection | null =>
  firstOf(
    () =>
      areSiblings(replica, destination)
        ? null
        : {
            subject: replica.name,
            rule: 'not-siblings',
            explanation: `${replica.name} and ${destination.name} are not replicas of the same source`,
          },
    () => isGroupSecondary(replica),
    () => takesOwnWrites(destination),
    () => isBinlogServerItself(replica),
    () => isBinlogServerItself(destination),
    () => cannotMove(replica, input),
    () => cannotMove(destination, input),
    () => cannotComeToRest(replica),
    () => cannotReplicateFrom(replica, destination, input.settings),
  );

/**
 * Below a sibling, by coordinates. The sibling rests first, so that the replica comes to be level or ahead; then the replica rests
 * with everything it received executed, and the sibling goes exactly as far (START … UNTIL): the end of its log is then the place
 * where the replica reads on. Only the replica that has executed everything changes its source, so no relay log is thrown away.
 */
export const moveBelowWay: JointWay = {
  kind: 'joint',
  method: 'move-below',
  plan(move, input): OperationPlan | Objection {
    const objection = cannotMoveBelow(move, input);
    if (objection !== null) return objection;
    const { replica, destination: sibling } = move;
    const { drainTimeoutMs } = input.settings;
    const level = `${replica.name} comes level with ${sibling.name}`;
    const there = { note: executedNote(replica) };
    return makePlan({
      purpose: purposeOf(move),
      of: replica,
      stages: [
        { name: 'rest', lanes: [lane(sibling, standStill('rest', sibling, input, `${sibling.name} stands still`))] },
        {
          name: 'catch-up',
          lanes: [
            lane(replica, [
              waitStep(
                'catch-up',
                replica,
                { kind: 'executed-to', place: { note: executedNote(sibling) } },
                drainTimeoutMs,
                level,
              ),
              ...restAndNote('catch-up', replica, input, level),
            ]),
          ],
        },
        {
          name: 'align',
          lanes: [
            lane(sibling, [
              commandStep('align', sibling, { kind: 'start-until' }, `${sibling.name} goes as far as ${replica.name}`, {
                at: executedNote(replica),
                unless: { kind: 'executed-exactly', place: there },
                // Else the applier, started again, would still stop there.
                undo: [
                  commandStep('align', sibling, { kind: 'stop-applier' }, `${sibling.name} goes on without a limit`, {
                    ensures: { kind: 'applier-stopped' },
                  }),
                ],
              }),
              waitStep(
                'align',
                sibling,
                { kind: 'executed-exactly', place: there },
                drainTimeoutMs,
                `${sibling.name} goes as far as ${replica.name}`,
              ),
              // Only 9.7 stops there by itself; MariaDB and 5.6 first want to see what comes next, and perhaps nothing does (measured).
              commandStep('align', sibling, { kind: 'stop-applier' }, `${sibling.name} stops there`, {
                ensures: { kind: 'applier-stopped' },
              }),
              noteStep('align', sibling, ownNote(sibling), 'own', `the end of the log of ${sibling.name} is noted`),
            ]),
          ],
        },
        {
          name: 'move',
          lanes: [
            lane(replica, goOnThere('move', replica, destinationOf(sibling), { note: ownNote(sibling) })),
            // Its failure must not send back a replica that may have read on there already.
            lane(sibling, resumeSteps('move', sibling), false),
          ],
        },
      ],
      reasons: [`${replica.name} and ${sibling.name} are brought to the same place of their source's log`],
      locks: [replica, sibling],
      effects: [nowFollows(replica.key, sibling.key)],
      method: 'move-below',
    });
  },
};
