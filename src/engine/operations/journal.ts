import type { Noted, Plan, Step } from '../../plan/plan.ts';

/** What a process leaves behind of an operation: enough to take it back, or to go on. */
interface Journal {
  /** The steps that were begun, in order, by their place in the plan. */
  readonly begun: readonly number[];
  readonly notes: Readonly<Record<string, Noted>>;
}

const stepsOf = (plan: Plan): readonly Step[] =>
  plan.stages.flatMap(({ lanes }) => lanes.flatMap(({ steps }) => steps));

/** `begun` are steps of the plan itself, not copies. */
export function writeJournal(plan: Plan, begun: readonly Step[], notes: ReadonlyMap<string, Noted>): string {
  const steps = stepsOf(plan);
  const journal: Journal = { begun: begun.map((step) => steps.indexOf(step)), notes: Object.fromEntries(notes) };
  return JSON.stringify(journal);
}

/** The steps of the plan that a journal names as begun, and its notes. */
export function readJournal(
  plan: Plan,
  journalJson: string,
): { readonly begun: readonly Step[]; readonly notes: Map<string, Noted> } {
  const journal = JSON.parse(journalJson) as Journal;
  const steps = stepsOf(plan);
  const begun = journal.begun.flatMap((index) => steps[index] ?? []);
  return { begun, notes: new Map(Object.entries(journal.notes)) };
}
