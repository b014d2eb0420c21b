import { formatKey } from '../../model/instance-key.ts';
import { isDrained } from '../../model/received.ts';
import type { Objection, Plan, Refusal, Stage } from '../plan.ts';
import { isListening } from '../steps/threads.ts';
import { hiddenAcknowledgements } from './acknowledged.ts';
import { chooseSuccessor } from './choose.ts';
import type { FailoverInput, Participant } from './input.ts';
import { absentReplicas, participantsOf } from './participants.ts';
import { goByPlace, restOf } from './places.ts';
import { readOutStage, restStage } from './read-on.ts';
import { dataServers } from './readers.ts';
import { relayLogHole } from './relay-log.ts';
import {
  acknowledgersOf,
  catchUpStage,
  drainStage,
  follows,
  listensToFailed,
  promoteStage,
  repointStages,
  silenceStage,
} from './stages.ts';
import { unfitToFollow } from './unfit.ts';

export interface FailoverPlan extends Plan {
  readonly successor: Participant['key'];
  /** From whom the successor catches up first; null: it has everything. */
  readonly donor: Participant['key'] | null;
  /** Its first stage waits, and somebody else could be promoted with no row less, should those who are waited for die. */
  readonly isReplaceable: boolean;
  /** Direct replicas that cannot be moved because they do not answer. */
  readonly absent: readonly Participant['key'][];
  /** Siblings that must not follow the successor, by the name of the server (host:port), with the reason. */
  readonly unfit: readonly Objection[];
}

/**
 * Plans the replacement of a dead primary from what is known now: silence → drain → (catch-up) → promote → repoint. What a
 * reading shows as done already is left out, so that planning again after every stage, after a failed stage or after our own
 * restart gives just the rest: that is how a recovery resumes.
 *
 * Pure. Rules: design §4 (rank, drain, filter before re-pointing), §5; candidate order: see chooseSuccessor.
 */
export function planFailover(input: FailoverInput): FailoverPlan | Refusal {
  const purpose = `replace the failed primary ${formatKey(input.failed)}`;
  const participants = participantsOf(input);
  const refuse = (reason: string, objections: Refusal['objections'] = []): Refusal => ({
    kind: 'refusal',
    purpose,
    clusterName: input.clusterName,
    reason,
    objections,
  });
  if (dataServers(participants).length === 0) return refuse(`no replica of ${formatKey(input.failed)} answers`);
  const isChosenAlready = input.committedSuccessor !== null || input.explicitCandidate !== null;
  const hidden = isChosenAlready ? null : hiddenAcknowledgements(participants, input);
  if (hidden !== null) return refuse(hidden.explanation, [hidden]);
  const choice = chooseSuccessor(participants, input);
  if (choice.kind === 'none') return refuse(choice.reason, choice.objections);

  const { successor, donor, unsettled } = choice;
  const isByPlace = goByPlace(participants);
  const drained = restOf(successor, input) === null ? isDrained(successor.instance) : ({ drained: true } as const);
  // One that is yet to be silenced is asked afterwards; one below a binlog server goes on listening to that.
  const isAwaited = isListening(successor.instance) && listensToFailed(successor, input);
  const hasNothingLeft = drained.drained || (drained.rule === 'receiver-running' && drained.remaining === '');
  if (
    input.settings.failIfApplierNotUpToDate &&
    !isAwaited &&
    !drained.drained &&
    !hasNothingLeft &&
    input.committedSuccessor === null
  ) {
    return refuse(
      `${successor.name} has not executed all it received (FailMasterPromotionIfSQLThreadNotUpToDate): ${drained.reason}`,
    );
  }
  const siblings = participants.filter((one) => one !== successor);
  const unfit = siblings.flatMap((one) =>
    follows(one, successor, input) ? [] : (unfitToFollow(one, successor, participants, input) ?? []),
  );
  const movable = siblings.filter(
    ({ instance, name }) => instance.replication !== null && !unfit.some(({ subject }) => subject === name),
  );
  const stages = [
    ...silenceStage(participants, successor, input),
    ...(isByPlace || input.committedSuccessor !== null ? [] : readOutStage(participants, input)),
    ...(isByPlace ? restStage(successor, unsettled, participants, input) : drainStage(successor, donor, input)),
    ...catchUpStage(successor, donor, input),
    ...promoteStage(successor, acknowledgersOf(successor, movable, participants, input), input),
    ...repointStages(successor, movable, participants, input),
  ];
  return {
    kind: 'plan',
    purpose,
    clusterName: input.clusterName,
    successor: successor.key,
    donor: donor?.key ?? null,
    isReplaceable:
      isWaiting(stages[0]) &&
      isReplaceable([successor, ...unsettled, ...(donor === null ? [] : [donor])], participants, input),
    absent: absentReplicas(input).map(({ key }) => key),
    unfit,
    reasons: [
      ...choice.reasons,
      ...choice.objections.map(({ explanation }) => explanation),
      ...relayLogHole(participants, input),
    ],
    stages,
  };
}

/** A stage that may wait for long for a server on which nothing depends yet. */
const isWaiting = (stage: Stage | undefined): boolean =>
  stage !== undefined && ['read-out', 'drain', 'catch-up'].includes(stage.name);

/** Those who are left out count for who has most, so that another is chosen only where he has, or can get, as much. */
function isReplaceable(
  needed: readonly Participant[],
  participants: readonly Participant[],
  input: FailoverInput,
): boolean {
  if (input.committedSuccessor !== null || input.explicitCandidate !== null) return false;
  const excluded = [...input.excluded, ...needed.map(({ key }) => ({ key, reason: 'it is to be done without' }))];
  return chooseSuccessor(participants, { ...input, excluded }).kind === 'chosen';
}
