import { formatGtidSet, parseGtidSet, subtractGtidSets } from '../../../model/gtid-set.ts';
import { formatKey } from '../../../model/instance-key.ts';
import type { Condition, Objection, Step } from '../../plan.ts';
import { commandStep, noteGtidStep } from '../../steps/build.ts';
import { restSteps, startAppliedStep } from '../../steps/replica.ts';
import { isListening } from '../../steps/threads.ts';
import { type Member, type OperationInput, replicasBelow, sourceOf } from '../input.ts';
import { firstOf, isGroupSecondary, notFresh } from '../rules/can-move.ts';
import { noErrant, noGtid, notJudged } from './errant-rules.ts';
import { type Deed, objection, plannerOn } from './single.ts';
import {
  appliesAgain,
  cannotComeToRest,
  checkStep,
  isAtRest,
  listenAgainSteps,
  startReceiverStep,
} from './thread-steps.ts';

/** Its replicas would miss what goes with its binary logs. */
function hasReplicas(member: Member, input: OperationInput): Objection | null {
  const below = replicasBelow(input, member.key)[0]?.key ?? member.instance.attachedReplicas[0];
  if (below === undefined) return null;
  return objection(
    member,
    'has-replicas',
    `${member.name} has a replica, ${formatKey(below)}, which its binary logs are for; move it away first`,
  );
}

/**
 * gtid-errant-reset-master: the binary logs and the GTID history of a replica begin anew, without the errant transactions. Their
 * data stays. What is kept is computed from what is executed once the replica has come to rest, and every way back restores the
 * former history (not the binary logs).
 */
export const planErrantReset = plannerOn('drop the errant GTIDs of', (member, input): Deed | Objection => {
  const { instance, name } = member;
  const errant = member.record.position.errantGtid;
  const no = firstOf(
    () => noGtid(member),
    () => notJudged(member, input),
    () => noErrant(member, 'gtid-errant-reset-master'),
    () => hasReplicas(member, input),
    () => isGroupSecondary(member),
    () => notFresh(member, input),
    () => cannotComeToRest(member),
  );
  if (no !== null) return no;
  const why = `the GTID history of ${name} begins anew without ${errant}`;
  return {
    steps: [
      ...(isAtRest(instance)
        ? [checkStep('rest', member, { kind: 'drained' }, `${name} has executed everything it received`)]
        : restSteps('rest', member, input.settings.drainTimeoutMs, why)),
      ...historySteps(member, errant, why),
      ...resumeSteps(member),
    ],
    reasons: [`${name} executed ${errant}, which its source has not; the data they made stays`],
    isLocked: true,
  };
});

/**
 * What is executed, with and without the errant ones, is noted at rest: both are needed once the server has forgotten them. The way
 * back restores the former history whole. A step that the server refused (a privilege is missing) changed nothing: there is nothing
 * to take back then, and what came before it must be taken back all the same.
 */
function historySteps(member: Member, errant: string, why: string): Step[] {
  const { name, instance } = member;
  const [all, kept] = [`executed by ${name}`, `executed by ${name} without the errant`];
  const has = (gtid: string | { readonly note: string }): Condition => ({ kind: 'executed-gtid', gtid });
  const keptNow = formatGtidSet(subtractGtidSets(parseGtidSet(instance.executedGtid), parseGtidSet(errant)));
  const reset = (from: string, undo: readonly Step[]): Step =>
    commandStep('reset', member, { kind: 'reset-binary-logs' }, why, {
      requires: has({ note: from }),
      ensures: has(''),
      undo,
      isDestructive: true,
    });
  const history = (note: string, gtid: string, says: string, undo: readonly Step[]): Step =>
    commandStep('history', member, { kind: 'set-purged-gtid', gtid }, says, {
      at: note,
      requires: has(''),
      ensures: has({ note }),
      undo,
    });
  const wayBack = (step: Step): Step[] => [{ ...step, unless: step.ensures }];
  return [
    noteGtidStep('all', member, all, '', `what ${name} has executed is noted`),
    noteGtidStep('kept', member, kept, errant, `what is kept of it is noted`),
    reset(all, wayBack(history(all, instance.executedGtid, `${name} has its former GTID history back`, []))),
    history(kept, keptNow, `${name} has executed what it had before, without the errant`, wayBack(reset(kept, []))),
  ];
}

/** As it was; a receiver that had stopped with an error starts too, since the errant ones may have been the cause. */
function resumeSteps(member: Member): Step[] {
  const { instance, name } = member;
  const source = sourceOf(member);
  const [applies, listens] = [`${name} applies again`, `${name} replicates again`];
  const hasFailed = !isListening(instance) && (instance.replication?.receiver.errorNumber ?? 0) !== 0;
  if (hasFailed && source !== null) {
    return [
      startAppliedStep('resume', member, applies),
      startReceiverStep('resume', member, listens, { kind: 'replicating-from', source }),
    ];
  }
  return [
    ...(appliesAgain(instance) ? [startAppliedStep('resume', member, applies)] : []),
    ...listenAgainSteps('resume', member, listens),
  ];
}
