import type { Instance } from '../../../model/instance.ts';
import { isDrained } from '../../../model/received.ts';
import type { Condition, Objection, Step } from '../../plan.ts';
import { commandStep, waitStep } from '../../steps/build.ts';
import { hasExecutedAll, losesRelayLogAtStart } from '../../steps/relay-log.ts';
import { beforeApplier, beforeReceiver, isApplying, isListening, stopReceiverStep } from '../../steps/threads.ts';
import type { Replica } from '../../steps/types.ts';
import { type Effect, type Member, type OperationInput, sourceOf } from '../input.ts';
import { cannotKeepRelayLog, firstOf, notFresh, notReplica } from '../rules/can-move.ts';
import { objection } from './single.ts';

/** Why threads of it cannot be started or stopped: it is no replica, or did not answer; null when they can. */
export const notStartable = (member: Member, input: OperationInput): Objection | null =>
  firstOf(
    () => notReplica(member),
    () => notFresh(member, input),
  );

export const replicating = (member: Member, is: boolean): readonly Effect[] => [
  { kind: 'replicating', server: member.key, replicating: is },
];

/** Both threads are stopped and nothing is left to execute: the source may be changed as it is. */
export const isAtRest = (instance: Instance): boolean =>
  !isListening(instance) && !isApplying(instance) && isDrained(instance).drained;

/**
 * What must hold before the source of a replica at rest is changed. One that was brought to rest by earlier steps was drained when its
 * applier stopped; a reading afterwards may not show it any more, if the receiver stopped in the middle of a transaction.
 */
export const atRest = (instance: Instance): Condition => ({ kind: isAtRest(instance) ? 'drained' : 'applier-stopped' });

/** Brought to rest, it must apply again: it did, or its receiver may not run without that. */
export const appliesAgain = (instance: Instance): boolean =>
  isApplying(instance) || (isListening(instance) && losesRelayLogAtStart(instance));

/** Why a replica cannot be brought to rest with everything executed; null when it can. */
export function cannotComeToRest(member: Member): Objection | null {
  const lossy = cannotKeepRelayLog(member);
  if (lossy !== null) return lossy;
  const delaySeconds = member.instance.replication?.delaySeconds ?? 0;
  if (delaySeconds === 0 || hasExecutedAll(member.instance)) return null;
  return objection(
    member,
    'delayed',
    `${member.name} is delayed by ${delaySeconds} s and holds transactions it has not executed; set its delay to 0 first (delay-replication)`,
  );
}

/** Judged on one reading, without waiting. */
export const checkStep = (stage: string, replica: Replica, condition: Condition, why: string): Step =>
  waitStep(stage, replica, condition, 0, why);

const STOP = { kind: 'stop-applier' } as const;
const START = { kind: 'start-applier' } as const;

/** The applier stops, whatever it has still to execute; undone by starting it, if it ran. It ends its transaction before. */
export function stopApplierStep(stage: string, replica: Replica, why: string, deadlineMs: number): Step {
  const back = `${replica.name} applies again`;
  return commandStep(stage, replica, STOP, why, {
    ensures: { kind: 'applier-stopped' },
    deadlineMs,
    undo: isApplying(replica.instance)
      ? [
          commandStep(stage, replica, START, back, {
            ...(isListening(replica.instance) ? beforeApplier(replica.instance) : {}),
            ensures: { kind: 'applier-running' },
          }),
        ]
      : [],
  });
}

/**
 * Both threads stop, as far as they run: the applier first, beside a running receiver, so that it can be started again if the
 * receiver does not stop (MariaDB).
 */
export function stopThreadsSteps(stage: string, replica: Replica, why: string, deadlineMs: number): Step[] {
  const { instance } = replica;
  const stopReceiver = stopReceiverStep(stage, replica, why);
  return [
    ...(isApplying(instance) ? [stopApplierStep(stage, replica, why, deadlineMs)] : []),
    ...(isListening(instance) ? [losesRelayLogAtStart(instance) ? { ...stopReceiver, undo: [] } : stopReceiver] : []),
  ];
}

/** The applier starts, alone. Undone by stopping it. */
export const startApplierStep = (stage: string, replica: Replica, why: string): Step =>
  commandStep(stage, replica, START, why, {
    ensures: { kind: 'applier-running' },
    undo: [
      commandStep(stage, replica, STOP, `${replica.name} applies no more, as before`, {
        ensures: { kind: 'applier-stopped' },
      }),
    ],
  });

/** The receiver starts, and must come to `ensures`. Undone by stopping it. On MariaDB only beside a running applier. */
export const startReceiverStep = (stage: string, replica: Replica, why: string, ensures: Condition): Step =>
  commandStep(stage, replica, { kind: 'start-receiver' }, why, {
    ...beforeReceiver(replica.instance),
    ensures,
    undo: [
      commandStep(stage, replica, { kind: 'stop-receiver' }, `${replica.name} listens no more`, {
        ensures: { kind: 'receiver-stopped' },
      }),
    ],
  });

/** The receiver, stopped by earlier steps, comes to be as it was: replicating, or trying to reach its source. */
export function listenAgainSteps(stage: string, member: Member, why: string): Step[] {
  const source = sourceOf(member);
  if (source === null || !isListening(member.instance)) return [];
  const didReplicate = member.instance.replication?.receiver.state === 'running' && isApplying(member.instance);
  const ensures: Condition = didReplicate ? { kind: 'replicating-from', source } : { kind: 'receiver-started' };
  return [startReceiverStep(stage, member, why, ensures)];
}
