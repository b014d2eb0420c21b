import type { Condition, Place, Step } from '../../plan.ts';
import { noteCompleteStep, noteStep } from '../../steps/build.ts';
import { growsByItself } from '../../steps/flavour.ts';
import type { Member } from '../input.ts';
import { isByPlace, needsPlace, type Succession } from './choose.ts';

/** The note of what the closed primary has, in GTIDs. */
export const WRITTEN = 'everything the primary has written';
/** The note of where the log of the closed primary ends. */
export const LOG_END = 'where the log of the primary ends';

/** The note of where the successor's own log stands when it begins to take writes. */
export const PROMOTED_AT = 'where the successor begins';

/**
 * The end of the closed primary's log, as far as everybody must come who goes by file and position. It ends for good: whoever has
 * executed it to that end has what everybody else has who did. So the end of the successor's own log, noted before it takes writes, is
 * where they all go on, whenever they come there.
 */
export const END: Place = { note: LOG_END };

/** The same two of some moment before: nobody is refused yet, so that it is too little already. */
const [BEFORE, LOG_BEFORE] = ['what the primary had written before', 'where the log of the primary ended before'];

/** What the primary has by now is noted, in all terms in which somebody tells that he has it too. */
export const noteProgressSteps = (stage: string, succession: Succession): Step[] =>
  noteSteps(stage, succession, { gtid: BEFORE, place: LOG_BEFORE });

/** What the closed primary has for good is noted so, in readings that find it closed; on MariaDB by both in any case (`isAtEnd`). */
export function noteWrittenSteps(stage: string, succession: Succession): Step[] {
  const { primary, designated } = succession;
  const why = `what ${primary.name} has written is noted`;
  const closed: Condition = { kind: 'read-only', readOnly: true };
  return [
    ...noteSteps(stage, succession, { gtid: WRITTEN, place: LOG_END }, closed),
    ...(isByPlace(designated) && growsByItself(primary.instance)
      ? [noteCompleteStep(stage, primary, WRITTEN, '', why, { ensures: closed })]
      : []),
  ];
}

function noteSteps(
  stage: string,
  succession: Succession,
  names: { readonly gtid: string; readonly place: string },
  ensures?: Condition,
): Step[] {
  const { primary, designated } = succession;
  const why = `what ${primary.name} has written is noted`;
  const options = ensures === undefined ? {} : { ensures };
  return [
    ...(isByPlace(designated) ? [] : [noteCompleteStep(stage, primary, names.gtid, '', why, options)]),
    ...(needsPlace(succession) ? [noteStep(stage, primary, names.place, 'own', `${why}, by place`, options)] : []),
  ];
}

/** The replica has come to what was noted before, or further. */
export const hasCome = (replica: Member): Condition =>
  isByPlace(replica)
    ? { kind: 'executed-to', place: { note: LOG_BEFORE } }
    : { kind: 'has-executed', gtid: { note: BEFORE } };

/**
 * The replica has executed the log of the closed primary to its end, and exactly so: were there more in it than was noted, somebody
 * would have opened the primary again. But for what MariaDB adds by itself, which has no GTID: those it counts for everybody.
 */
export const isAtEnd = (replica: Member): Condition => ({
  kind: 'executed-exactly',
  place: END,
  ...(growsByItself(replica.instance) ? { gtid: { note: WRITTEN } } : {}),
});

/** The successor has everything that the closed primary has written. */
export const hasWritten = (designated: Member): Condition =>
  isByPlace(designated) ? isAtEnd(designated) : { kind: 'has-executed', gtid: { note: WRITTEN } };

/** The primary has no more than was noted of it when it was closed. */
export const hasNoMore = ({ primary, designated }: Succession): Condition =>
  isByPlace(designated) && !growsByItself(primary.instance)
    ? { kind: 'own-log-ends-at', place: END }
    : { kind: 'executed-gtid', gtid: { note: WRITTEN } };
