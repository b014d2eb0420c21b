import { formatKey } from '../../../src/model/instance-key.ts';
import type { Plan, Step } from '../../../src/plan/plan.ts';

export const stepsOfPlan = (plan: Plan): readonly Step[] =>
  plan.stages.flatMap(({ lanes }) => lanes.flatMap(({ steps }) => steps));

/** Names of the servers to which a plan sends anything. */
export const serversOfPlan = (plan: Plan): ReadonlySet<string> =>
  new Set(stepsOfPlan(plan).map(({ server }) => formatKey(server)));
