import { type BinlogCoordinates, compareCoordinates } from '../../model/coordinates.ts';
import { sameKey } from '../../model/instance-key.ts';
import type { Stage, Step } from '../plan.ts';
import { commandStep, lane, noteStep, stageOf, waitStep } from '../steps/build.ts';
import { canMoveReceiverAlone } from '../steps/flavour.ts';
import { changeSourceStep, startAppliedStep, startReceiverStep } from '../steps/replica.ts';
import { isListening, stopReceiverStep } from '../steps/threads.ts';
import type { Replica } from '../steps/types.ts';
import { mayHaveOwnRows } from './co-primary.ts';
import { continueSteps, continuesLog, isContinued } from './continued-log.ts';
import type { FailoverInput, Participant } from './input.ts';
import { isBelow, type LogHolder, lacksOf, logHolders, receivedBy } from './log-holder.ts';
import { comeToRestSteps, executedNote, ownNote, restOf } from './places.ts';

/*
 * A binlog server holds rows that no replica may have received. Whoever goes by file and position reads them there: the places are those
 * of the failed primary's log, so that only the address of its source changes.
 */

/** Comes to rest with everything executed that the binlog server holds, up to `wanted`. */
export function readOnSteps(
  stage: string,
  one: Participant,
  holder: LogHolder,
  wanted: BinlogCoordinates,
  input: FailoverInput,
): Step[] {
  const deadlineMs = input.settings.promotionDrainTimeoutMs;
  const from = holder.server;
  const why = `${one.name} reads on at ${from.name}, which holds more of the failed primary's log`;
  const received = waitStep(stage, one, { kind: 'received-to', place: wanted }, deadlineMs, why);
  if (isBelow(one, holder) && isListening(one.instance)) return [received, ...comeToRestSteps(stage, one, input)];
  const to = {
    key: from.key,
    name: from.name,
    at: { there: { note: executedNote(one.name) }, home: executedNote(one.name) },
  };
  return [
    ...comeToRestSteps(stage, one, input),
    ...(restOf(one, input) === null ? [] : [noteExecuted(stage, one)]),
    ...liftDelaySteps(stage, one),
    changeSourceStep(stage, one, to, false),
    startAppliedStep(stage, one, why),
    startReceiverStep(stage, one, to),
    received,
    ...restAgainSteps(`${stage} again`, one, deadlineMs),
  ];
}

const noteExecuted = (stage: string, one: Replica): Step =>
  noteStep(stage, one, executedNote(one.name), 'executed', `where ${one.name} stands in the failed primary's log`);

/** What it reads there would wait for its delay as well. At rest with everything executed no relay log is at stake. */
function liftDelaySteps(stage: string, one: Replica): Step[] {
  const isDelayed = (one.instance.replication?.delaySeconds ?? 0) > 0 && canMoveReceiverAlone(one.instance);
  if (!isDelayed) return [];
  const why = `the delay of ${one.name} is lifted`;
  return [
    commandStep(stage, one, { kind: 'set-delay', seconds: 0 }, why, {
      requires: { kind: 'applier-stopped' },
      ensures: { kind: 'delayed-by', seconds: 0 },
    }),
  ];
}

/** Both threads run; they come to rest once what was received is executed. */
function restAgainSteps(stage: string, one: Replica, deadlineMs: number): Step[] {
  const why = `${one.name} comes to rest with everything executed`;
  return [
    stopReceiverStep(stage, one, why),
    waitStep(stage, one, { kind: 'drained' }, deadlineMs, why),
    commandStep(stage, one, { kind: 'stop-applier' }, why, {
      requires: { kind: 'drained' },
      ensures: { kind: 'applier-stopped' },
    }),
    noteExecuted(stage, one),
  ];
}

/** Rests with all that it can have of the failed primary's log. */
function settleSteps(one: Participant, participants: readonly Participant[], input: FailoverInput): Step[] {
  const holder = lacksOf(one, participants, input);
  return holder === null ? comeToRestSteps('drain', one, input) : readOnSteps('drain', one, holder, holder.end, input);
}

/** The successor comes to rest, and so does whoever may turn out to have more. */
export function restStage(
  successor: Participant,
  unsettled: readonly Participant[],
  participants: readonly Participant[],
  input: FailoverInput,
): Stage[] {
  const lanes = [successor, ...unsettled].map((one) => {
    const steps = settleSteps(one, participants, input);
    const own = noteStep('drain', one, ownNote(one.name), 'own', `where the log of ${one.name} ends`);
    if (one === successor && continuesLog(one)) {
      const rest = restOf(one, input);
      if (steps.length === 0 && (rest === null || isContinued(rest))) return lane(one, []);
      const noted = steps.length === 0 ? [noteExecuted('drain', one)] : [];
      return lane(one, [...steps, ...noted, ...continueSteps('drain', one, participants, input), own]);
    }
    // Where others go on in its log is not told by that while it may have rows that they lack.
    const isNoted = one.instance.binlogEnabled && !mayHaveOwnRows(one.instance, input);
    return lane(one, steps.length === 0 || !isNoted ? steps : [...steps, own]);
  });
  return stageOf('drain', lanes);
}

/**
 * Replicas by GTID below a binlog server receive all that it holds, before it is asked who has most. They cannot be pointed at another
 * binlog server, which may know nothing of GTIDs.
 */
export function readOutStage(participants: readonly Participant[], input: FailoverInput): Stage[] {
  const holders = logHolders(participants, input);
  const lanes = participants.flatMap((one) => {
    const holder = holders.find((each) => isBelow(one, each));
    if (holder === undefined || !isListening(one.instance)) return [];
    const isExcluded = input.excluded.some(({ key }) => sameKey(key, one.key));
    if (isExcluded || compareCoordinates(receivedBy(one), holder.end) >= 0) return [];
    const why = `${one.name} receives all that ${holder.server.name} holds`;
    const until = { kind: 'received-to', place: holder.end } as const;
    return [lane(one, [waitStep('read-out', one, until, input.settings.promotionDrainTimeoutMs, why)], false)];
  });
  return stageOf('read-out', lanes);
}
