import type { Objection } from '../../plan.ts';
import { hasExecutedAll, losesRelayLogAtStart } from '../../steps/relay-log.ts';
import { restSteps } from '../../steps/replica.ts';
import { hasBrokenApplier, isApplying, isListening } from '../../steps/threads.ts';
import type { Member } from '../input.ts';
import { already, type Deed, objection, plannerOn } from './single.ts';
import { isAtRest, notStartable, replicating, stopThreadsSteps } from './thread-steps.ts';

/** What a person must know who starts it again by hand. */
const startWarning = (member: Member): readonly string[] =>
  losesRelayLogAtStart(member.instance) && !hasExecutedAll(member.instance)
    ? [
        `start ${member.name} again with start-replica: START SLAVE, of whichever thread, would throw away what it has received and not executed`,
      ]
    : [];

/** stop-replica: both threads, at once. What is received and not executed stays in the relay log for start-replica. */
export const planStop = plannerOn('stop replication on', (member, input): Deed | Objection => {
  const no = notStartable(member, input);
  if (no !== null) return no;
  if (!isListening(member.instance) && !isApplying(member.instance))
    return already(`${member.name} is stopped already`);
  const why = `${member.name} stops replicating`;
  return {
    steps: stopThreadsSteps('stop', member, why, input.settings.drainTimeoutMs),
    reasons: startWarning(member),
    effects: replicating(member, false),
  };
});

/**
 * stop-replica-nice: the receiver, then the applier once everything received is executed. A delayed replica is not waited for
 * (historic). The applier is started for it where it does not run; the receiver is never started.
 */
export const planStopNicely = plannerOn('stop replication nicely on', (member, input): Deed | Objection => {
  const { instance, name } = member;
  const no = notStartable(member, input);
  if (no !== null) return no;
  if (isAtRest(instance)) return already(`${name} is stopped, with everything executed, already`);
  const { drainTimeoutMs } = input.settings;
  const why = `${name} stops replicating`;
  const delaySeconds = instance.replication?.delaySeconds ?? 0;
  if (delaySeconds > 0 && !hasExecutedAll(instance)) {
    return {
      steps: stopThreadsSteps('stop', member, why, drainTimeoutMs),
      reasons: [`${name} is delayed by ${delaySeconds} s, which is not waited for`, ...startWarning(member)],
      effects: replicating(member, false),
    };
  }
  if (hasBrokenApplier(instance)) {
    const { errorNumber = 0, errorText = '' } = instance.replication?.applier ?? {};
    const explanation = `the applier of ${name} stopped with error ${errorNumber}: ${errorText}; mend it first (skip-query may help), or use stop-replica`;
    return objection(member, 'applier-error', explanation);
  }
  return {
    steps: restSteps('stop', member, drainTimeoutMs, why),
    reasons: [`${name} executes everything it has received before it stops`],
    effects: replicating(member, false),
  };
});
