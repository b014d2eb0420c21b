import type { Condition, Objection, Step } from '../../plan.ts';
import { commandStep } from '../../steps/build.ts';
import { canMoveReceiverAlone } from '../../steps/flavour.ts';
import { hasExecutedAll } from '../../steps/relay-log.ts';
import { restSteps, startAppliedStep } from '../../steps/replica.ts';
import { hasBrokenApplier, isApplying, isListening, stopReceiverStep } from '../../steps/threads.ts';
import type { Member, OperationInput } from '../input.ts';
import { firstOf, isGroupSecondary, notFresh, notReplica } from '../rules/can-move.ts';
import { already, type Deed, objection, plannerOn } from './single.ts';
import {
  appliesAgain,
  atRest,
  isAtRest,
  listenAgainSteps,
  startReceiverStep,
  stopApplierStep,
} from './thread-steps.ts';

/** The most that MASTER_DELAY takes (MySQL manual: 2^31 − 1). */
const LONGEST_DELAY_SECONDS = 2 ** 31 - 1;

const delayOf = ({ instance }: Member): number => instance.replication?.delaySeconds ?? 0;

function setDelayStep(stage: string, member: Member, seconds: number, requires: Condition): Step {
  const before = delayOf(member);
  const back = `${member.name} is delayed by ${before} s again`;
  return commandStep(stage, member, { kind: 'set-delay', seconds }, `${member.name} is delayed by ${seconds} s`, {
    requires,
    ensures: { kind: 'delayed-by', seconds },
    undo: [
      commandStep(stage, member, { kind: 'set-delay', seconds: before }, back, {
        requires,
        ensures: { kind: 'delayed-by', seconds: before },
      }),
    ],
  });
}

/**
 * Another delay, with nothing of the relay log lost (design §4, measured). MySQL 5.7 and later: the applier stops, and the receiver
 * must run meanwhile, for with both at rest the relay log would go. MariaDB and 5.6: both stop, with everything executed.
 */
export function delaySteps(stage: string, member: Member, seconds: number, input: OperationInput): Step[] {
  const { instance, name } = member;
  const { drainTimeoutMs } = input.settings;
  if (isAtRest(instance)) return [setDelayStep(stage, member, seconds, atRest(instance))];
  const why = `${name} is delayed by ${seconds} s`;
  if (!canMoveReceiverAlone(instance)) {
    return [
      ...restSteps(stage, member, drainTimeoutMs + delayOf(member) * 1000, why),
      setDelayStep(stage, member, seconds, atRest(instance)),
      ...(appliesAgain(instance) ? [startAppliedStep('resume', member, why)] : []),
      ...listenAgainSteps('resume', member, why),
    ];
  }
  const keeps = `${name} keeps its relay log only while its receiver runs`;
  return [
    ...(isListening(instance) ? [] : [startReceiverStep(stage, member, keeps, { kind: 'receiver-started' })]),
    ...(isApplying(instance) ? [stopApplierStep(stage, member, why, drainTimeoutMs)] : []),
    setDelayStep(stage, member, seconds, { kind: 'receiver-started' }),
    ...(isApplying(instance) ? [startAgainStep(member)] : []),
    ...(isListening(instance) ? [] : [stopReceiverStep(stage, member, `${name} listens no more, as before`)]),
  ];
}

/** Stopped again without waiting when it is undone: with a long delay it would never be done. */
const startAgainStep = (member: Member): Step =>
  commandStep('resume', member, { kind: 'start-applier' }, `${member.name} applies again`, {
    ensures: { kind: 'applier-running' },
    undo: [
      commandStep('resume', member, { kind: 'stop-applier' }, `the delay of ${member.name} is set back`, {
        ensures: { kind: 'applier-stopped' },
      }),
    ],
  });

/** Where the relay log goes with the change, everything in it must be executed, and the delay in force makes that wait. */
function cannotDelay(member: Member, input: OperationInput): Objection | null {
  const { instance, name } = member;
  if (canMoveReceiverAlone(instance) || isAtRest(instance)) return null;
  if (hasBrokenApplier(instance)) {
    const { errorNumber = 0, errorText = '' } = instance.replication?.applier ?? {};
    return objection(
      member,
      'applier-error',
      `the applier of ${name} stopped with error ${errorNumber}: ${errorText}; mend it first (skip-query may help)`,
    );
  }
  const delaySeconds = delayOf(member);
  if (hasExecutedAll(instance) || delaySeconds * 1000 <= input.settings.drainTimeoutMs) return null;
  return objection(
    member,
    'delayed',
    `${name} is delayed by ${delaySeconds} s, and a change would throw away what it has received and not executed; stop its receiver alone, wait until it has executed everything (about ${delaySeconds} s), then repeat`,
  );
}

/** delay-replication: both flavours; the relay log survives. */
export const planDelay = plannerOn('set the delay of', (member, input): Deed | Objection => {
  const { delaySeconds } = input.request;
  if (
    delaySeconds === undefined ||
    !Number.isInteger(delaySeconds) ||
    delaySeconds < 0 ||
    delaySeconds > LONGEST_DELAY_SECONDS
  ) {
    return objection(
      member,
      'delay-missing',
      `the delay must be a whole number of seconds, 0 to ${LONGEST_DELAY_SECONDS}`,
    );
  }
  const no = firstOf(
    () => notReplica(member),
    () => isGroupSecondary(member),
    () => notFresh(member, input),
  );
  if (no !== null) return no;
  if (delayOf(member) === delaySeconds) return already(`${member.name} is delayed by ${delaySeconds} s already`);
  return cannotDelay(member, input) ?? { steps: delaySteps('delay', member, delaySeconds, input) };
});
