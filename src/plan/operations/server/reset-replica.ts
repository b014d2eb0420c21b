import type { Objection } from '../../plan.ts';
import { commandStep } from '../../steps/build.ts';
import { canMoveReceiverAlone } from '../../steps/flavour.ts';
import { hasExecutedAll } from '../../steps/relay-log.ts';
import { restSteps } from '../../steps/replica.ts';
import { cannotKeepRelayLog, firstOf, isGroupSecondary, notFresh } from '../rules/can-move.ts';
import { delaySteps } from './delay.ts';
import { already, type Deed, plannerOn } from './single.ts';
import { atRest, isAtRest } from './thread-steps.ts';

/**
 * reset-replica: the server forgets its source. Everything it received is executed before (a delay is lifted for it where the relay
 * log survives that), so that nothing is thrown away; a broken applier refuses it.
 */
export const planResetReplica = plannerOn('reset replication of', (member, input): Deed | Objection => {
  const { instance, name } = member;
  const { replication } = instance;
  if (replication === null) return already(`${name} has no source`);
  const no = firstOf(
    () => isGroupSecondary(member),
    () => notFresh(member, input),
    () => cannotKeepRelayLog(member),
  );
  if (no !== null) return no;
  const { drainTimeoutMs } = input.settings;
  const why = `${name} forgets its source`;
  const isDelayed = replication.delaySeconds > 0 && !hasExecutedAll(instance) && canMoveReceiverAlone(instance);
  return {
    steps: [
      ...(isDelayed ? delaySteps('lift', member, 0, input) : []),
      ...(isAtRest(instance) ? [] : restSteps('rest', member, drainTimeoutMs, why)),
      commandStep('reset', member, { kind: 'forget-source' }, why, {
        requires: atRest(instance),
        ensures: { kind: 'has-no-source' },
        isDestructive: true,
      }),
    ],
    reasons: [`${name} executes everything it has received before it forgets its source`],
    effects: [{ kind: 'source', server: member.key, source: null }],
    isLocked: true,
  };
});
