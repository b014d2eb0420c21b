import type { Noted, Step } from '../../plan/plan.ts';
import type { EquivalenceStore, PositionEquivalence } from '../ports.ts';

type Notes = ReadonlyMap<string, Noted>;

/**
 * A replica that went on from one log in another has shown that the two places mean the same; a later move-equivalent may use it.
 * Read from the steps that were done: where each was told to go on, and where its way back would have led.
 */
export function equivalencesOf(
  done: readonly Step[],
  notes: Notes,
): readonly (readonly [PositionEquivalence, PositionEquivalence])[] {
  return done.flatMap((step) => {
    const there = placeOf(step, notes);
    const home = step.undo[0] === undefined ? null : placeOf(step.undo[0], notes);
    return there === null || home === null ? [] : [[home, there] as const];
  });
}

function placeOf({ action }: Step, notes: Notes): PositionEquivalence | null {
  if (action.kind !== 'command' || action.command.kind !== 'change-source') return null;
  const coordinates = action.at === undefined ? action.command.coordinates : notes.get(action.at);
  return coordinates === undefined || coordinates.kind === 'gtid' ? null : { key: action.command.source, coordinates };
}

/** Stores what equivalencesOf finds. */
export async function rememberEquivalences(
  done: readonly Step[],
  notes: Notes,
  store: EquivalenceStore,
): Promise<void> {
  for (const [one, other] of equivalencesOf(done, notes)) await store.record(one, other);
}
