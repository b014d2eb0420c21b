import type { Lane, Place, Step } from '../../plan.ts';
import { commandStep, lane, noteStep, waitStep } from '../../steps/build.ts';
import { restSteps } from '../../steps/replica.ts';
import type { Member, OperationInput } from '../input.ts';
import { executedNote, goOnThere } from '../relocation/coordinates.ts';
import { destinationOf } from '../relocation/move.ts';
import type { Succession } from './choose.ts';
import { END, isAtEnd, PROMOTED_AT } from './written.ts';

/** A sibling was close behind when the primary was closed; hooks and the watch wait for it no longer than that. */
const SIBLING_MS = 10_000;

/** The replica has received the log to its end and read all of it; what the applier's workers are still at is not told yet. */
const readToEnd = (stage: string, replica: Member, deadlineMs: number, why: string): Step =>
  waitStep(stage, replica, { kind: 'has-read-all', to: END }, deadlineMs, why);

/**
 * The successor executes the log of the closed primary exactly to its end. A multi-threaded applier tells how far it is up to 300 ms
 * late while it runs, and at once when it rests (9.7): for as long nobody could write. So it is stopped when it has read all; and started
 * again if it had not yet taken up the last it received. Once at rest, what it tells is the truth, and nothing else is relied on.
 *
 * MariaDB is always brought to rest: its workers commit the domains in any order, and the place it tells while they run is the highest.
 */
export function comeToEndSteps(stage: string, designated: Member, deadlineMs: number, why: string): Step[] {
  const running = { ensures: { kind: 'applier-running' } } as const;
  const tellsHighest = designated.instance.version.flavour === 'mariadb';
  const unlessThere = tellsHighest ? {} : { unless: isAtEnd(designated) };
  return [
    { ...readToEnd(stage, designated, deadlineMs, why), ...unlessThere },
    commandStep(stage, designated, { kind: 'stop-applier' }, `${designated.name} tells exactly how far it has come`, {
      ...unlessThere,
      ensures: { kind: 'applier-stopped' },
      undo: [commandStep(stage, designated, { kind: 'start-applier' }, `${designated.name} applies again`, running)],
    }),
    commandStep(stage, designated, { kind: 'start-applier' }, `${designated.name} executes the last it received`, {
      unless: isAtEnd(designated),
    }),
    waitStep(stage, designated, isAtEnd(designated), deadlineMs, why),
  ];
}

/**
 * A sibling goes on below the successor once it has executed the old primary's log exactly to its end. One that does not come there in
 * time stays below the old primary, and so does one that has come further.
 */
export function placeLane(sibling: Member, { primary, designated }: Succession, input: OperationInput): Lane {
  const stage = 'follow';
  const why = `${sibling.name} executes everything ${primary.name} has written`;
  const there: Place = { note: PROMOTED_AT };
  return lane(
    sibling,
    [
      { ...readToEnd(stage, sibling, SIBLING_MS, why), unless: isAtEnd(sibling) },
      ...restSteps(stage, sibling, input.settings.drainTimeoutMs, `${sibling.name} follows ${designated.name}`),
      noteStep(stage, sibling, executedNote(sibling), 'executed', `where ${sibling.name} stands is noted`),
      waitStep(stage, sibling, isAtEnd(sibling), 0, `${sibling.name} has what ${designated.name} began with`),
      ...goOnThere(stage, sibling, destinationOf(designated), there),
    ],
    false,
  );
}
