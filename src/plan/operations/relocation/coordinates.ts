import { sameKey } from '../../../model/instance-key.ts';
import type { Condition, Place, Step } from '../../plan.ts';
import { commandStep, noteStep, waitStep } from '../../steps/build.ts';
import { growsByItself, usesGtid } from '../../steps/flavour.ts';
import { changeSourceStep, restSteps, startAppliedStep, startReceiverStep } from '../../steps/replica.ts';
import type { Destination } from '../../steps/types.ts';
import { type Member, type OperationInput, sourceOf } from '../input.ts';

/** Name of the note that tells how far a server had executed its source's log. */
export const executedNote = (member: Member): string => `executed by ${member.name}`;
/** Name of the note that tells where a server's own log ended. */
export const ownNote = (member: Member): string => `end of the log of ${member.name}`;

/** Name of the note that tells what a server had executed, as a position, when the end of its log was noted (MariaDB). */
const endGtidNote = (member: Member): string => `executed by ${member.name} at the end of its log`;

/**
 * The end of the own log of a server at rest is noted. MariaDB may add housekeeping to it afterwards, so that it is noted as a position
 * as well; that first, so that a write in between, which its replicas get, is none of it.
 */
export const noteEndSteps = (stage: string, member: Member): Step[] => {
  const why = `the end of the log of ${member.name} is noted`;
  const own = noteStep(stage, member, ownNote(member), 'own', why);
  if (!growsByItself(member.instance)) return [own];
  return [noteStep(stage, member, endGtidNote(member), 'executed-gtid', `${why}, as a position`), own];
};

/** A replica has executed the log of its source at rest exactly to the end that was noted, but for what MariaDB adds by itself. */
export const standsAtEndOf = (source: Member): Condition => ({
  kind: 'executed-exactly',
  place: { note: ownNote(source) },
  ...(growsByItself(source.instance) ? { gtid: { note: endGtidNote(source) } } : {}),
});

/** A replica comes to rest, and where it stands in its source's log is noted. */
export const restAndNote = (stage: string, member: Member, input: OperationInput, why: string): Step[] => [
  ...restSteps(stage, member, input.settings.drainTimeoutMs, why),
  ...(usesGtid(member.instance) ? ofThisSource(stage, member) : []),
  noteStep(stage, member, executedNote(member), 'executed', `where ${member.name} stands is noted`),
];

/**
 * A replica that goes by GTID keeps the coordinates of its former source's log until it has executed something of the present one;
 * those it has read to are of the present one in any case. Under writes the last transaction it has read may have come in part: then it
 * stands before that, and has executed something since it was looked at.
 */
function ofThisSource(stage: string, member: Member): Step[] {
  const note = `read by ${member.name}`;
  const why = `${member.name} tells its place in the log of its present source`;
  const wait = waitStep(stage, member, { kind: 'executed-exactly', place: { note } }, 0, why);
  const before = member.instance.replication?.executedCoordinates;
  return [
    noteStep(stage, member, note, 'read', why),
    before === undefined
      ? wait
      : { ...wait, unless: { kind: 'executed-to', place: { ...before, position: before.position + 1 } } },
  ];
}

/**
 * A server stands still for the sake of another: its applier stops and nothing enters its own log any more; how far it has come is
 * noted. Its receiver goes on, so nothing of its relay log is at stake and a transaction under way still arrives whole.
 */
export function standStill(stage: string, member: Member, input: OperationInput, why: string): Step[] {
  // Its place must be one of the present source's log, which only a replica that has executed everything is sure to tell.
  if (usesGtid(member.instance)) return restAndNote(stage, member, input, why);
  return [
    commandStep(stage, member, { kind: 'stop-applier' }, why, {
      ensures: { kind: 'applier-stopped' },
      deadlineMs: input.settings.drainTimeoutMs,
      undo: [
        commandStep(stage, member, { kind: 'start-applier' }, `${member.name} applies again`, {
          ensures: { kind: 'applier-running' },
        }),
      ],
    }),
    noteStep(stage, member, executedNote(member), 'executed', `where ${member.name} stands is noted`),
  ];
}

/**
 * A replica at rest, whose place was noted, reads on elsewhere from the given place. Its positioning becomes coordinates. The way
 * back to noted coordinates is open only until it has executed something there: else it would execute that a second time at home.
 */
export function goOnThere(stage: string, member: Member, to: Destination, there: Place): Step[] {
  const isPositioned = member.instance.replication?.positioning === 'coordinates';
  const destination: Destination = {
    ...to,
    ...(isPositioned ? {} : { positioning: 'coordinates' }),
    at: { there, home: executedNote(member) },
  };
  const change = changeSourceStep(stage, member, destination, false);
  const apply = startAppliedStep(stage, member, `${member.name} follows ${to.name}`);
  const start = startReceiverStep(stage, member, destination);
  // Told anew what it was told before: there is nothing to go back to, and nothing that would be sent again.
  const isOwnPlace = 'note' in there && there.note === executedNote(member);
  const isSame = isPositioned && isOwnPlace && isConfiguredFor(member, destination);
  return [
    isSame ? { ...change, undo: [] } : change,
    isPositioned && !isSame ? onlyBackAtRest(apply, member, there) : apply,
    isPositioned && !isSame ? onlyBackFrom(start, member, there) : start,
  ];
}

function isConfiguredFor({ instance }: Member, to: Destination): boolean {
  const configured = instance.replication?.configuredSource;
  return configured !== undefined && sameKey(configured, to.address ?? to.key);
}

const BACK_DRAIN_MS = 10_000;

/**
 * The step, undone only as long as nothing was executed beyond that place. Looked at before, too, so that a replica which has no way
 * back is left replicating where it is.
 */
export function onlyBackFrom(step: Step, member: Member, place: Place): Step {
  const unchanged = `${member.name} has executed nothing that its former source would send again`;
  return {
    ...step,
    undo: [
      waitStep(`${step.id} before`, member, { kind: 'executed-exactly', place }, 0, unchanged),
      ...step.undo,
      waitStep(step.id, member, { kind: 'drained' }, BACK_DRAIN_MS, unchanged),
      waitStep(step.id, member, { kind: 'executed-exactly', place }, 0, unchanged),
    ],
  };
}

/** The same for the step that starts its applier: 9.7 tells the very place only once its workers rest (else up to 300 ms late). */
function onlyBackAtRest(step: Step, member: Member, place: Place): Step {
  const unchanged = `${member.name} has executed nothing that its former source would send again`;
  return {
    ...step,
    undo: [...step.undo, waitStep(step.id, member, { kind: 'executed-exactly', place }, 0, unchanged)],
  };
}

/** A server that stood still for the sake of another goes on as before. */
export function resumeSteps(stage: string, member: Member): Step[] {
  const why = `${member.name} goes on as before`;
  const source = sourceOf(member);
  if (source === null) return [];
  return [
    commandStep(stage, member, { kind: 'start-applier' }, why, { ensures: { kind: 'applier-running' } }),
    commandStep(stage, member, { kind: 'start-receiver' }, why, {
      unless: { kind: 'replicating-from', source },
      ensures: { kind: 'replicating-from', source },
    }),
  ];
}

/**
 * The change of the source, undone only if the replica, now at rest, stands exactly at that place; else it goes on where it is. Looked
 * at here and not before, because a multi-threaded applier tells how far it is only when it has stopped: while it runs it is up to
 * 300 ms behind itself (seen on 9.7: three transactions executed twice).
 */
export function onlyBackAt(change: Step, member: Member, place: Place): Step {
  const stays = `${member.name} has executed something here that its former source would send again: it goes on here`;
  const isUnchanged: Condition = { kind: 'executed-exactly', place };
  return {
    ...change,
    undo: [
      commandStep(`${change.id} stay`, member, { kind: 'start-applier' }, stays, { unless: isUnchanged }),
      commandStep(`${change.id} stay`, member, { kind: 'start-receiver' }, stays, { unless: isUnchanged }),
      waitStep(change.id, member, isUnchanged, 0, `${member.name} has executed nothing here`),
      ...change.undo,
    ],
  };
}
