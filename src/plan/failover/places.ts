import { type BinlogCoordinates, compareCoordinates } from '../../model/coordinates.ts';
import { sameKey } from '../../model/instance-key.ts';
import { isDrained, type Progress, progressOf } from '../../model/received.ts';
import type { Noted, Stage, Step } from '../plan.ts';
import { commandStep, lane, noteStep, stageOf } from '../steps/build.ts';
import { usesGtid } from '../steps/flavour.ts';
import { drainSteps } from '../steps/replica.ts';
import { otherCoPrimary } from './co-primary.ts';
import type { FailoverInput, Participant, RestPlace } from './input.ts';

/*
 * Families that go by file and position. All direct replicas read one log, so how far each has come in it is comparable as it is.
 * What is received may end in half a transaction, and while the applier runs it tells late how far it is (up to 300 ms on 9.7):
 * exact is only what a replica tells at rest, with everything executed.
 */

/**
 * True when all replicas go by file and position in the failed primary's log. Not where the failed one had a co-primary: the other
 * one's log holds writes of its own that are nowhere in the failed one's, so that equal places do not mean equal data.
 */
export function goByPlace(participants: readonly Participant[], input: FailoverInput): boolean {
  const replicas = participants.filter(({ instance }) => instance.replication !== null);
  return replicas.length > 0 && replicas.every(({ instance }) => !usesGtid(instance)) && otherCoPrimary(input) === null;
}

/** Where the replica rests, if it does so still; a successor that has forgotten its source: where it did. null: it does not. */
export function restOf({ name, instance }: Participant, input: FailoverInput): RestPlace | null {
  const rest = input.rests?.get(name) ?? null;
  const { replication } = instance;
  if (rest === null || replication === null) return rest;
  const isResting =
    replication.receiver.state === 'stopped' &&
    replication.applier.state === 'stopped' &&
    sameKey(replication.source, input.failed) &&
    compareCoordinates(replication.executedCoordinates, rest.executed) === 0;
  return isResting ? rest : null;
}

/** How far it has come: exactly, where it rests; else at most so far, since the last transaction may have arrived in part. */
export const reachOf = (one: Participant, input: FailoverInput): BinlogCoordinates | null =>
  restOf(one, input)?.executed ?? readingOf(one, input)?.complete ?? null;

/** So far it has come for certain. */
const floorOf = (one: Participant, input: FailoverInput): BinlogCoordinates | null =>
  readingOf(one, input)?.executed ?? null;

/** null for one that does not follow the failed primary any more: it reads another log. */
function readingOf({ instance: { replication } }: Participant, { failed }: FailoverInput) {
  if (replication === null || !sameKey(replication.source, failed)) return null;
  const { readCoordinates: read, executedCoordinates: executed } = replication;
  return { executed, complete: compareCoordinates(read, executed) < 0 ? executed : read };
}

/** How participants are compared: by place where the whole family goes by place, else each in its own terms. */
export function progressIn(participants: readonly Participant[], input: FailoverInput): (one: Participant) => Progress {
  if (!goByPlace(participants, input)) return ({ instance }) => progressOf(instance);
  return (one) => {
    const source = one.instance.replication?.source;
    const reach = reachOf(one, input);
    if (source === undefined || reach === null) return progressOf(one.instance);
    return { kind: 'coordinates', source, received: reach, executed: reach, complete: reach, completeText: '' };
  };
}

/** Another one has executed more than this one can have. */
export function whoIsAhead(
  one: Participant,
  participants: readonly Participant[],
  input: FailoverInput,
): Participant | null {
  const reach = reachOf(one, input);
  const isPast = (other: Participant): boolean => {
    const floor = floorOf(other, input);
    return floor !== null && reach !== null && compareCoordinates(floor, reach) > 0;
  };
  return participants.find((other) => other !== one && isPast(other)) ?? null;
}

export const executedNote = (name: string): string => `executed by ${name}`;
export const ownNote = (name: string): string => `end of the log of ${name}`;

/** What a stage has noted of one server's rest; null when nothing. */
export function restIn(notes: ReadonlyMap<string, Noted>, name: string): RestPlace | null {
  const [executed, own] = [notes.get(executedNote(name)), notes.get(ownNote(name))];
  if (executed === undefined || executed.kind === 'gtid') return null;
  return { executed, own: own === undefined || own.kind === 'gtid' ? null : own };
}

/**
 * The replica executes all it has received, its applier stops, and where it stands then is noted. Its relay log stays until then: only
 * START and STOP are used, which keep it by coordinates on every flavour.
 */
export function comeToRestSteps(stage: string, one: Participant, input: FailoverInput): Step[] {
  if (one.instance.replication === null || restOf(one, input) !== null) return [];
  const why = `${one.name} comes to rest with everything executed`;
  const isAtRest = isDrained(one.instance).drained && one.instance.replication.applier.state === 'stopped';
  return [
    ...drainSteps(stage, one, input.settings.promotionDrainTimeoutMs),
    ...(isAtRest
      ? []
      : [
          commandStep(stage, one, { kind: 'stop-applier' }, why, {
            requires: { kind: 'drained' },
            ensures: { kind: 'applier-stopped' },
          }),
        ]),
    noteStep(stage, one, executedNote(one.name), 'executed', `where ${one.name} stands in the failed primary's log`),
  ];
}

/** The successor comes to rest, and so does whoever may turn out to have more. */
export function restStage(successor: Participant, unsettled: readonly Participant[], input: FailoverInput): Stage[] {
  const lanes = [successor, ...unsettled].map((one) => {
    const steps = comeToRestSteps('drain', one, input);
    const own = noteStep('drain', one, ownNote(one.name), 'own', `where the log of ${one.name} ends`);
    return lane(one, steps.length === 0 || !one.instance.binlogEnabled ? steps : [...steps, own]);
  });
  return stageOf('drain', lanes);
}
