import { formatKey, sameKey } from '../../model/instance-key.ts';
import { progressOf } from '../../model/received.ts';
import type { Stage, Step } from '../plan.ts';
import { commandStep, lane, stageOf, waitStep } from '../steps/build.ts';
import { canMoveReceiverAlone, hasSuperReadOnly, usesGtid } from '../steps/flavour.ts';
import { drainSteps, moveSteps } from '../steps/replica.ts';
import { hasBrokenApplier, isListening, stopReceiverStep } from '../steps/threads.ts';
import { destinationOf } from './destination.ts';
import { goOnSteps } from './go-on.ts';
import type { FailoverInput, Participant } from './input.ts';
import { followsFromRest, joinByPlaceSteps } from './join-by-place.ts';
import { lagOf } from './lag.ts';
import { failedRecord } from './participants.ts';
import { restOf } from './places.ts';
import { binlogServerAt, isBinlogServer, readsFailedLog } from './readers.ts';

/**
 * No replica listens to the failed primary any more, so that what each has received stands still, and a primary that was only
 * hung cannot get an acknowledgement. Only receivers are touched: appliers go on, no relay log is lost on any flavour.
 * Left alone are those that could not be silenced before, and those that follow the successor already; and those below a binlog server
 * that answers, for what that holds is to reach them.
 */
export function silenceStage(
  participants: readonly Participant[],
  successor: Participant,
  input: FailoverInput,
): Stage[] {
  const lanes = participants.map((participant) => {
    const isExcluded = input.excluded.some(({ key }) => sameKey(key, participant.key));
    const isLeft = isExcluded || follows(participant, successor, input) || !listensToFailed(participant, input);
    if (!isListening(participant.instance) || isLeft) return lane(participant, []);
    const why = `${participant.name} must not receive from the failed primary any more`;
    return lane(
      participant,
      [
        commandStep('silence', participant, { kind: 'stop-receiver' }, why, {
          ensures: { kind: 'receiver-stopped' },
        }),
      ],
      false,
    );
  });
  return stageOf('silence', lanes);
}

/** It would hear the failed primary, should that return: directly, or from a binlog server that is out of our sight. */
export function listensToFailed({ instance: { replication } }: Participant, input: FailoverInput): boolean {
  if (replication === null) return false;
  const { source } = replication;
  return !input.fresh.has(formatKey(source)) || binlogServerAt(source, input) === null;
}

/** True when it has the other as its source, or a binlog server that has, whether its threads run or not. */
export function follows({ instance }: Participant, other: Participant, input: FailoverInput): boolean {
  const source = instance.replication?.source;
  // Most follow the failed primary, and nobody needs to be looked for then.
  if (source === undefined || sameKey(source, input.failed)) return false;
  return readsFailedLog(instance, { ...input, failed: other.key });
}

/** The successor (and its donor) execute everything they have received. */
export function drainStage(successor: Participant, donor: Participant | null, input: FailoverInput): Stage[] {
  const deadlineMs = input.settings.promotionDrainTimeoutMs;
  const lanes = [successor, ...(donor === null ? [] : [donor])].map((one) => {
    // Below a binlog server it has listened until now.
    const why = `${one.name} has received all that its binlog server holds`;
    const isBelow = isListening(one.instance) && !listensToFailed(one, input) && readsFailedLog(one.instance, input);
    return lane(one, [
      ...(isBelow ? [stopReceiverStep('drain', one, why)] : []),
      ...drainSteps('drain', one, deadlineMs),
    ]);
  });
  return stageOf('drain', lanes);
}

/** The successor fetches from the donor what only the donor has received. */
export function catchUpStage(successor: Participant, donor: Participant | null, input: FailoverInput): Stage[] {
  if (donor === null) return [];
  const deadlineMs = input.settings.promotionDrainTimeoutMs;
  const wanted = progressOf(donor.instance).completeText;
  const why = `${successor.name} gets from ${donor.name} what it lacks`;
  return stageOf('catch-up', [
    lane(successor, [
      ...hurrySteps(successor, deadlineMs),
      ...moveSteps('catch-up', hurried(successor), destinationOf(donor, input), true),
      waitStep('catch-up', successor, { kind: 'has-executed', gtid: wanted }, deadlineMs, why),
      commandStep('catch-up', successor, { kind: 'stop-receiver' }, why, { ensures: { kind: 'receiver-stopped' } }),
      waitStep('catch-up', successor, { kind: 'drained' }, deadlineMs, why),
    ]),
  ]);
}

const isDelayed = ({ instance }: Participant): boolean =>
  (instance.replication?.delaySeconds ?? 0) > 0 && canMoveReceiverAlone(instance);

/**
 * What it fetches would wait for its delay as well. It has executed everything by now, so that no relay log is at stake with both threads
 * at rest; where it had something to execute, the drain has lifted the delay already.
 */
function hurrySteps(successor: Participant, deadlineMs: number): Step[] {
  if (!isDelayed(successor)) return [];
  const lift = `the delay of ${successor.name} is lifted`;
  return [
    commandStep('catch-up', successor, { kind: 'stop-applier' }, lift, {
      requires: { kind: 'drained' },
      ensures: { kind: 'applier-stopped' },
      deadlineMs,
    }),
    commandStep('catch-up', successor, { kind: 'set-delay', seconds: 0 }, lift, {
      requires: { kind: 'drained' },
      ensures: { kind: 'delayed-by', seconds: 0 },
    }),
  ];
}

/** The successor as it is after that: its applier rests. */
function hurried(successor: Participant): Participant {
  const { instance } = successor;
  if (!isDelayed(successor) || instance.replication === null) return successor;
  const applier = { ...instance.replication.applier, state: 'stopped' as const };
  return { ...successor, instance: { ...instance, replication: { ...instance.replication, applier } } };
}

/** Point of no return: the successor forgets its source and takes writes. */
export function promoteStage(successor: Participant, acknowledgers: number, input: FailoverInput): Stage[] {
  if (!input.settings.applyPromotion) return [];
  const { instance, name } = successor;
  // What was sent before it took writes is done, since the steps go in order; a quick reading does not show semi-sync.
  if (instance.replication === null && !instance.isReadOnly && instance.isSuperReadOnly !== true) return [];
  const steps: Step[] = [];
  if (instance.replication !== null) {
    const rest = restOf(successor, input);
    const complete = progressOf(instance).completeText;
    for (const gtid of input.seen.get(name) ?? []) {
      const why = `${name} has not lost anything on the way`;
      if (gtid !== complete) steps.push(waitStep('promote', successor, { kind: 'has-executed', gtid }, 0, why));
    }
    if (instance.isReadOnly) {
      // An account that may do everything but this (READ_ONLY ADMIN is no part of MariaDB's SUPER any more) would leave nobody who takes writes.
      const why = `the account may open ${name}: tried before there is no way back`;
      steps.push(commandStep('promote', successor, { kind: 'keep-read-only' }, why));
    }
    const stop = `${name} must not replicate any more`;
    if (instance.replication.applier.state !== 'stopped' && instance.replication.applier.state !== 'none') {
      steps.push(
        commandStep('promote', successor, { kind: 'stop-applier' }, stop, {
          requires: { kind: 'drained' },
          ensures: { kind: 'applier-stopped' },
        }),
      );
    }
    // Tested again in the moment itself: RESET of a replica that is not drained deletes received rows. The set is the test,
    // since a stopped applier does not say any more whether it had read all.
    steps.push(
      commandStep('promote', successor, { kind: 'forget-source' }, `${name} becomes the primary`, {
        requires:
          rest === null ? { kind: 'has-executed', gtid: complete } : { kind: 'executed-exactly', place: rest.executed },
        ensures: { kind: 'has-no-source' },
        isDestructive: true,
      }),
    );
  }
  if (mustKeepSemiSync(successor, acknowledgers, input)) {
    steps.push(
      commandStep(
        'promote',
        successor,
        { kind: 'set-semi-sync', side: 'source', enabled: true },
        `${name} waits for acknowledgements as the failed primary did`,
      ),
    );
  }
  if (instance.isReadOnly || instance.isSuperReadOnly === true) {
    steps.push(
      commandStep(
        'promote',
        successor,
        { kind: 'set-read-only', readOnly: false, withSuper: hasSuperReadOnly(instance) },
        `${name} takes writes`,
        {
          ensures: { kind: 'read-only', readOnly: false },
          isDestructive: true,
        },
      ),
    );
  }
  return stageOf('promote', [lane(successor, steps)]);
}

/**
 * The durability the failed primary gave is kept, where enough siblings can acknowledge. Whether the successor has it on already is not
 * asked: quick readings do not show it, and a server that was switched off since the last full one would acknowledge what nobody else has.
 */
function mustKeepSemiSync(successor: Participant, acknowledgers: number, input: FailoverInput): boolean {
  const before = failedRecord(input)?.instance?.semiSync;
  const { available, waitForReplicaCount } = successor.instance.semiSync;
  // The successor waits for as many as it is configured to itself, were it more than the failed primary waited for.
  return (
    before?.sourceEnabled === true &&
    available &&
    acknowledgers >= Math.max(1, before.waitForReplicaCount, waitForReplicaCount)
  );
}

/** The stages by which siblings come to follow the successor; it takes writes by then. */
export const REPOINT = 'repoint';
export const REPOINT_LATER = 'repoint-later';

/**
 * Every sibling follows the successor. A sibling that cannot is reported, the others go on. Those that are far behind come in a
 * stage of their own, for which nobody waits (PostponeReplicaRecoveryOnLagMinutes).
 */
export function repointStages(
  successor: Participant,
  siblings: readonly Participant[],
  participants: readonly Participant[],
  input: FailoverInput,
): Stage[] {
  const isLate = (sibling: Participant): boolean => isFarBehind(sibling, input);
  return [
    ...repointStage(
      REPOINT,
      successor,
      siblings.filter((sibling) => !isLate(sibling)),
      participants,
      input,
    ),
    ...repointStage(REPOINT_LATER, successor, siblings.filter(isLate), participants, input),
  ];
}

/**
 * How many siblings acknowledge soon after the successor takes writes: its commits wait for them. One whose receiver a person has
 * stopped does not receive; one that is searched for in the logs, or comes after the hooks, would be waited for as long.
 */
export const acknowledgersOf = (
  successor: Participant,
  siblings: readonly Participant[],
  participants: readonly Participant[],
  input: FailoverInput,
): number =>
  siblings.filter(
    (one) =>
      one.instance.semiSync.replicaEnabled &&
      one.mayReceive &&
      !isFarBehind(one, input) &&
      (follows(one, successor, input) ||
        usesGtid(one.instance) ||
        followsFromRest(one, successor, participants, input)),
  ).length;

function isFarBehind({ instance }: Participant, { settings }: FailoverInput): boolean {
  const limitSeconds = settings.postponeOnLagMinutes * 60;
  if (limitSeconds === 0) return false;
  return Math.max(instance.replication?.delaySeconds ?? 0, lagOf(instance) ?? 0) > limitSeconds;
}

function repointStage(
  name: string,
  successor: Participant,
  siblings: readonly Participant[],
  participants: readonly Participant[],
  input: FailoverInput,
): Stage[] {
  const lanes = siblings.map((sibling) => {
    if (follows(sibling, successor, input)) return lane(sibling, goOnSteps(sibling, input), false);
    if (isBinlogServer(sibling) || !usesGtid(sibling.instance))
      return lane(sibling, joinByPlaceSteps(sibling, successor, participants, input), false);
    const why = `${sibling.name} must not receive from the failed primary any more`;
    // One that could not be silenced before gets a second chance here.
    const silence = isListening(sibling.instance)
      ? [commandStep('repoint', sibling, { kind: 'stop-receiver' }, why, { ensures: { kind: 'receiver-stopped' } })]
      : [];
    const drain =
      canMoveReceiverAlone(sibling.instance) && !hasBrokenApplier(sibling.instance)
        ? []
        : drainSteps('repoint', sibling, input.settings.promotionDrainTimeoutMs);
    const move = moveSteps('repoint', sibling, destinationOf(successor, input), sibling.mayReceive);
    return lane(sibling, [...silence, ...drain, ...move], false);
  });
  return stageOf(name, lanes);
}
