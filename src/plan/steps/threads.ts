import type { Instance } from '../../model/instance.ts';
import type { Condition, Step } from '../plan.ts';
import { commandStep } from './build.ts';
import { executeRelayLogSteps, hasExecutedAll, losesRelayLogAtStart } from './relay-log.ts';
import type { Replica } from './types.ts';

/** The receiver runs, or tries to reach its source. */
export const isListening = ({ replication }: Instance): boolean =>
  replication?.receiver.state === 'running' || replication?.receiver.state === 'other';

export const isApplying = ({ replication }: Instance): boolean => replication?.applier.state === 'running';

/** Its applier stopped with an error: whether it goes on is seen only when it has executed all it has. */
export const hasBrokenApplier = (instance: Instance): boolean =>
  !isApplying(instance) && (instance.replication?.applier.errorNumber ?? 0) !== 0;

/** What must hold before a receiver starts; nothing where the relay log stays anyway. */
export const beforeReceiver = (instance: Instance): { readonly requires?: Condition } =>
  losesRelayLogAtStart(instance) ? { requires: { kind: 'applier-running' } } : {};

/** What must hold before an applier starts that has something to execute. */
export const beforeApplier = (instance: Instance): { readonly requires?: Condition } =>
  losesRelayLogAtStart(instance) ? { requires: { kind: 'receiver-started' } } : {};

/** How long a replica may take to execute its relay log where the caller has no deadline of its own. */
const RELAY_LOG_DEADLINE_MS = 60_000;

/** The receiver stops; undone by starting it, if it ran. */
export function stopReceiverStep(stage: string, replica: Replica, why: string): Step {
  const back = `${replica.name} listens to its source again`;
  return commandStep(stage, replica, { kind: 'stop-receiver' }, why, {
    ensures: { kind: 'receiver-stopped' },
    undo: isListening(replica.instance)
      ? [commandStep(stage, replica, { kind: 'start-receiver' }, back, beforeReceiver(replica.instance))]
      : [],
  });
}

/** The applier stops, once everything received is executed; undone by starting it, if it ran. */
export function stopDrainedApplierStep(stage: string, replica: Replica, why: string): Step {
  const back = `${replica.name} applies again`;
  return commandStep(stage, replica, { kind: 'stop-applier' }, why, {
    requires: { kind: 'drained' },
    ensures: { kind: 'applier-stopped' },
    undo: isApplying(replica.instance)
      ? [commandStep(stage, replica, { kind: 'start-applier' }, back, { ensures: { kind: 'applier-running' } })]
      : [],
  });
}

/**
 * The applier runs afterwards. A receiver is moved or started only beside a running applier: else the relay log is thrown away
 * un-applied (design §4). On MariaDB an applier may be started only beside a running receiver, or with nothing left to execute.
 */
export function startApplierSteps(
  stage: string,
  replica: Replica,
  why: string,
  deadlineMs = RELAY_LOG_DEADLINE_MS,
): Step[] {
  const { instance } = replica;
  if (isApplying(instance)) return [];
  const isAlone = losesRelayLogAtStart(instance) && !isListening(instance);
  if (isAlone && !hasExecutedAll(instance)) return executeRelayLogSteps(stage, replica, deadlineMs);
  return [
    commandStep(stage, replica, { kind: 'start-applier' }, why, {
      ...(isAlone ? {} : beforeApplier(instance)),
      ensures: { kind: 'applier-running' },
      undo: [
        commandStep(stage, replica, { kind: 'stop-applier' }, `${replica.name} applies no more, as before`, {
          ensures: { kind: 'applier-stopped' },
        }),
      ],
    }),
  ];
}
