import type { Condition, Step } from '../../plan.ts';
import { noteCompleteStep, waitStep } from '../../steps/build.ts';
import { hasSuperReadOnly } from '../../steps/flavour.ts';
import type { Member } from '../input.ts';
import { needsPlace, type Succession } from './choose.ts';
import { CATCH_UP_MS, holdLockSteps } from './close.ts';
import { hasNoMore, hasWritten, WRITTEN } from './written.ts';

const STAGE = 'promote';

/** Nobody can write to it, but for those whom only a read lock keeps out. */
export const isClosed = ({ instance }: Member): Condition =>
  hasSuperReadOnly(instance)
    ? { kind: 'read-only', readOnly: true, withSuper: true }
    : { kind: 'read-only', readOnly: true };

/**
 * Right before the successor is opened it is made sure of that the primary is closed still, and that the successor has everything: people may
 * have opened it, or the session that held the lock may have been ended, and a privileged account have written. One reading of the
 * primary tells both, and in the usual case nothing is written down for it. By GTID the successor executes what came, too; where somebody is to go on at a place, that place is none any more,
 * and all is taken back.
 */
export function confirmSteps(succession: Succession): Step[] {
  const { primary, designated } = succession;
  const untouched: Condition = { kind: 'all-of', conditions: [isClosed(primary), hasNoMore(succession)] };
  const why = `nobody has written to ${primary.name} since`;
  // Costs nothing where it is held still.
  const held = holdLockSteps(STAGE, primary);
  if (needsPlace(succession)) return [...held, { ...waitStep(STAGE, primary, untouched, 0, why), unless: untouched }];
  const again = noteCompleteStep(STAGE, primary, WRITTEN, '', `what ${primary.name} has written is noted once more`, {
    unless: untouched,
    ensures: isClosed(primary),
  });
  const catchUp = waitStep(STAGE, designated, hasWritten(designated), CATCH_UP_MS, `${designated.name} has all of it`);
  return [...held, again, { ...catchUp, onlyAfter: again.id }];
}
