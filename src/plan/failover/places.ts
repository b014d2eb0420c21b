import { type BinlogCoordinates, compareCoordinates } from '../../model/coordinates.ts';
import { isDrained } from '../../model/received.ts';
import type { Noted, Step } from '../plan.ts';
import { commandStep, noteStep } from '../steps/build.ts';
import { usesGtid } from '../steps/flavour.ts';
import { drainSteps } from '../steps/replica.ts';
import { hasBrokenApplier, isListening, stopReceiverStep } from '../steps/threads.ts';
import type { FailoverInput, Participant, RestPlace } from './input.ts';
import { dataServers, readsFailedLog } from './readers.ts';

/*
 * Families that go by file and position. All replicas read one log, directly or by way of binlog servers, so how far each has come in it is comparable as it is.
 * What is received may end in half a transaction, and while the applier runs it tells late how far it is (up to 300 ms on 9.7):
 * exact is only what a replica tells at rest, with everything executed.
 */

/** True when all replicas go by file and position in the failed primary's log. */
export function goByPlace(participants: readonly Participant[]): boolean {
  const replicas = dataServers(participants).filter(({ instance }) => instance.replication !== null);
  return replicas.length > 0 && replicas.every(({ instance }) => !usesGtid(instance));
}

/** Where the replica rests, if it does so still; a successor that has forgotten its source: where it did. null: it does not. */
export function restOf({ name, instance }: Participant, input: FailoverInput): RestPlace | null {
  const rest = input.rests?.get(name) ?? null;
  const { replication } = instance;
  if (rest === null || replication === null) return rest;
  const isResting =
    replication.receiver.state === 'stopped' &&
    replication.applier.state === 'stopped' &&
    readsFailedLog(instance, input) &&
    compareCoordinates(replication.executedCoordinates, rest.executed) === 0;
  return isResting ? rest : null;
}

/** How far it has come: exactly, where it rests; else at most so far, since the last transaction may have arrived in part. */
export const reachOf = (one: Participant, input: FailoverInput): BinlogCoordinates | null =>
  restOf(one, input)?.executed ?? readingOf(one, input)?.complete ?? null;

/** So far it has come for certain; where a failover is only imagined, so far it will. */
export function floorOf(one: Participant, input: FailoverInput): BinlogCoordinates | null {
  const isCounted = input.countsReceived === true && !hasBrokenApplier(one.instance);
  const reading = readingOf(one, input);
  return (isCounted ? reading?.complete : reading?.executed) ?? null;
}

/** null for one that does not follow the failed primary any more: it reads another log. */
function readingOf({ instance }: Participant, input: FailoverInput) {
  const { replication } = instance;
  if (replication === null || !readsFailedLog(instance, input)) return null;
  const { readCoordinates: read, executedCoordinates: executed } = replication;
  return { executed, complete: compareCoordinates(read, executed) < 0 ? executed : read };
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
    // Below a binlog server it listens still; whoever followed the failed primary was silenced before.
    ...(isListening(one.instance) ? [stopReceiverStep(stage, one, why)] : []),
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
