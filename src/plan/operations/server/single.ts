import type { Objection, Step } from '../../plan.ts';
import { lane, stageOf } from '../../steps/build.ts';
import {
  type Effect,
  isObjection,
  type Member,
  memberOf,
  type OperationInput,
  type OperationPlanner,
} from '../input.ts';
import { makePlan, refuse } from '../make-plan.ts';

/** What is done on one server, one step after another. No steps: it is so already. */
export interface Deed {
  readonly steps: readonly Step[];
  /** Where the steps are sent to, if not to the server that was named. */
  readonly on?: Member;
  readonly reasons?: readonly string[];
  readonly effects?: readonly Effect[];
  /** Puts the server under maintenance meanwhile (historic: what changes its source or its history does, the rest does not). */
  readonly isLocked?: boolean;
}

/** The planner of an operation on one server. `purpose` is a verb's phrase, followed by the server's name. */
export const plannerOn =
  (purpose: string, plan: (member: Member, input: OperationInput) => Deed | Objection): OperationPlanner =>
  (input) => {
    const member = memberOf(input, input.request.instance);
    if (isObjection(member)) return refuse(input, purpose, member);
    const whole = `${purpose} ${member.name}`;
    const deed = plan(member, input);
    if (isObjection(deed)) return refuse(input, whole, deed);
    const { steps, on = member, reasons = [], effects = [], isLocked = false } = deed;
    return makePlan({
      purpose: whole,
      of: member,
      stages: stageOf(input.request.kind, [lane(on, steps)]),
      reasons,
      effects,
      locks: isLocked && steps.length > 0 ? [on] : [],
    });
  };

/** A refusal's rule about one server. */
export const objection = (member: Member, rule: string, explanation: string): Objection => ({
  subject: member.name,
  rule,
  explanation,
});

/** Nothing to do: said, not refused, so that scripts may ask twice. */
export const already = (sentence: string): Deed => ({ steps: [], reasons: [sentence] });
