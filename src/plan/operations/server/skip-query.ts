import type { Instance } from '../../../model/instance.ts';
import { usesOracleGtid } from '../../../model/instance.ts';
import { isDetachedKey } from '../../../model/instance-key.ts';
import type { Condition, Objection, Step } from '../../plan.ts';
import { commandStep } from '../../steps/build.ts';
import { executeRelayLogSteps, losesRelayLogAtStart } from '../../steps/relay-log.ts';
import { isListening } from '../../steps/threads.ts';
import type { Member, OperationInput } from '../input.ts';
import { firstOf, notFresh, notReplica } from '../rules/can-move.ts';
import { type Deed, objection, plannerOn } from './single.ts';
import { replicating, startReceiverStep } from './thread-steps.ts';

/** Where every transaction has a GTID the skip counter is refused (1858), and an empty one must take its place. */
const skipsByGtid = (instance: Instance): boolean =>
  instance.supportsOracleGtid && (instance.gtidMode === 'ON' || usesOracleGtid(instance));

function notBroken(member: Member): Objection | null {
  const applier = member.instance.replication?.applier;
  if (applier === undefined) return null;
  // Historic texts.
  if (applier.state === 'running' || applier.state === 'other') {
    return objection(member, 'applier-running', `Replication SQL thread is running on ${member.name}`);
  }
  return applier.errorNumber === 0 ? objection(member, 'no-error', `No SQL error on ${member.name}`) : null;
}

/** The transaction is left out: MySQL with GTIDs commits an empty one under its GTID; the others count one past. */
function skipStep(member: Member, blockedGtid: string | null): Step | Objection {
  const { instance, name } = member;
  if (blockedGtid !== null && instance.gtidMode !== 'OFF' && instance.supportsOracleGtid) {
    return commandStep(
      'skip',
      member,
      { kind: 'inject-empty', gtids: [blockedGtid] },
      `an empty transaction takes the place of ${blockedGtid} on ${name}`,
      {
        requires: { kind: 'applier-stopped' },
        ensures: { kind: 'has-executed', gtid: blockedGtid },
        isDestructive: true,
      },
    );
  }
  if (skipsByGtid(instance)) {
    return objection(
      member,
      'blocked-gtid-unknown',
      `${name} does not tell at which transaction its applier stopped (performance_schema, or its relay log): commit an empty transaction with that GTID there by hand, then start-replica`,
    );
  }
  return commandStep('skip', member, { kind: 'skip-transaction' }, `${name} leaves out one transaction`, {
    requires: { kind: 'applier-stopped' },
    isDestructive: true,
  });
}

/** skip-query: leaves out the one transaction at which the applier stopped with an error, and replicates on. */
export const planSkipQuery = plannerOn('skip a transaction on', (member, input): Deed | Objection => {
  const no = firstOf(
    () => notReplica(member),
    () => notBroken(member),
    () => notFresh(member, input),
  );
  if (no !== null) return no;
  const { replication } = member.instance;
  if (replication === null) return objection(member, 'not-a-replica', `${member.name} is not a replica`);
  const skip = skipStep(member, input.evidence.blockedGtid);
  if ('rule' in skip) return skip;
  const { applier, configuredSource } = replication;
  const why = `${member.name} replicates on`;
  const needsReceiver = !isListening(member.instance) && !isDetachedKey(configuredSource);
  return {
    steps: [
      ...goOnSteps(member, skip, why, input),
      ...(needsReceiver ? [startReceiverStep('resume', member, why, { kind: 'receiver-started' })] : []),
    ],
    reasons: [`the applier of ${member.name} stopped with error ${applier.errorNumber}: ${applier.errorText}`],
    effects: replicating(member, true),
  };
});

/** The transaction is left out, and the applier executes the next. Both threads at rest: on MariaDB the relay log must be kept. */
function goOnSteps(member: Member, skip: Step, why: string, input: OperationInput): Step[] {
  const { instance } = member;
  if (losesRelayLogAtStart(instance) && !isListening(instance)) {
    return executeRelayLogSteps('skip', member, input.settings.drainTimeoutMs, [skip]);
  }
  const executed = instance.replication?.executedCoordinates;
  // It may meet with the next error at once: what shows that it went on is where it has come to.
  const ensures: Condition =
    executed === undefined
      ? { kind: 'applier-running' }
      : { kind: 'executed-to', place: { ...executed, position: executed.position + 1 } };
  return [skip, commandStep('resume', member, { kind: 'start-applier' }, why, { ensures })];
}
