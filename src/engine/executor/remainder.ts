import type { Plan, Stage, Step } from '../../plan/plan.ts';

/* What is left to do, and what may be taken back, of a plan that a process which is gone had begun. */

/** The point of no return that was begun, and the steps behind it. */
interface Point {
  readonly stage: number;
  /** Steps that are begun only once it has been passed: later ones of its lane, and those of later stages. */
  readonly behind: ReadonlySet<Step>;
}

function pointIn({ stages }: Plan, begun: readonly Step[]): Point | null {
  const point = begun.findLast(({ isPointOfNoReturn }) => isPointOfNoReturn);
  const stage = stages.findIndex(({ lanes }) => lanes.some(({ steps }) => steps.some((step) => step === point)));
  if (point === undefined || stage < 0) return null;
  const own = stages[stage]?.lanes.find(({ steps }) => steps.includes(point))?.steps ?? [];
  const later = stages.slice(stage + 1).flatMap(({ lanes }) => lanes.flatMap(({ steps }) => steps));
  return { stage, behind: new Set([...own.slice(own.indexOf(point) + 1), ...later]) };
}

/** A point of no return was surely passed: begun, and so was something that comes after it. */
export function isPassed(plan: Plan, begun: readonly Step[]): boolean {
  const point = pointIn(plan, begun);
  return point !== null && begun.some((step) => point.behind.has(step));
}

/** Of what was begun, that which may be taken back: only what came after a point of no return that was surely passed. */
export function revocable(plan: Plan, begun: readonly Step[]): readonly Step[] {
  const behind = pointIn(plan, begun)?.behind ?? new Set<Step>();
  const passed = begun.filter((step) => behind.has(step));
  return passed.length > 0 ? passed : begun;
}

/**
 * What is left of a plan: of the last stage that was begun, each lane from its last begun step on (which may not have been done);
 * later stages whole. While a point of no return is ahead, or in doubt, what a renewed stage had brought about may be gone by now: then it is
 * gone on with from that stage, whole.
 */
export function remainderOf(plan: Plan, earlier: readonly Step[]): readonly Stage[] {
  const { stages } = plan;
  const isBegun = (step: Step): boolean => earlier.includes(step);
  const current = stages.findLastIndex(({ lanes }) => lanes.some(({ steps }) => steps.some(isBegun)));
  const stage = stages[current];
  if (stage === undefined) return stages;
  const renewed = stages.findIndex(({ isRenewed }) => isRenewed === true);
  if (renewed >= 0 && renewed <= current && !isPassed(plan, earlier)) {
    const inDoubt = pointIn(plan, earlier)?.stage ?? -1;
    return stages.slice(renewed).map((one, index) => (renewed + index <= inDoubt ? withoutNotes(one) : one));
  }
  const lanes = stage.lanes.map((lane) => ({
    ...lane,
    steps: lane.steps.slice(Math.max(0, lane.steps.findLastIndex(isBegun))),
  }));
  return [{ ...stage, lanes }, ...stages.slice(current + 1)];
}

/** What was noted before a point of no return that is in doubt would be something else now; but for notes that tell themselves when they are stale. */
const withoutNotes = (stage: Stage): Stage => ({
  ...stage,
  lanes: stage.lanes.map((lane) => ({
    ...lane,
    steps: lane.steps.filter(({ action, unless }) => action.kind !== 'note' || unless !== null),
  })),
});

/** Steps that are left out where what they ensure holds: those that were begun, but for what is to be renewed. */
export function perhapsDone({ stages }: Plan, earlier: readonly Step[]): ReadonlySet<Step> {
  const renewed = stages.filter(({ isRenewed }) => isRenewed === true).flatMap(({ lanes }) => lanes);
  return new Set(earlier.filter((step) => !renewed.some(({ steps }) => steps.includes(step))));
}
