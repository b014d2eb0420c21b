import type { Lane, Objection } from '../../plan.ts';
import { lane } from '../../steps/build.ts';
import type { Effect, Member, OperationInput } from '../input.ts';
import { type Move, nowFollows } from '../relocation/move.ts';
import type { GatherWay } from './gather-ways.ts';

/** Siblings that come below a leader, and those that cannot. */
export interface Gathering {
  readonly joining: readonly { readonly move: Move; readonly way: GatherWay }[];
  /** Siblings that stay where they are. */
  readonly left: readonly Member[];
  /** Every method tried for them, with the rule that refused it. */
  readonly objections: readonly Objection[];
  readonly reasons: readonly string[];
}

/** Each sibling in the first of the ways that is possible for it. */
export function gather(
  leader: Member,
  siblings: readonly Member[],
  ways: readonly GatherWay[],
  input: OperationInput,
): Gathering {
  const joining: { move: Move; way: GatherWay }[] = [];
  const left: Member[] = [];
  const objections: Objection[] = [];
  const reasons: string[] = [];
  for (const replica of siblings) {
    const move = { replica, destination: leader };
    const refused: Objection[] = [];
    const way = ways.find((one) => {
      const objection = one.objectionTo(move, input);
      if (objection !== null) refused.push({ ...objection, subject: `${replica.name} by ${one.method}` });
      return objection === null;
    });
    if (way !== undefined) {
      joining.push({ move, way });
      reasons.push(way.reason(move));
      continue;
    }
    left.push(replica);
    objections.push(...refused);
    const why = [...new Set(refused.map(({ explanation }) => explanation))].join('; ');
    reasons.push(`${replica.name} is left where it is: ${why}`);
  }
  return { joining, left, objections, reasons };
}

/** The parts that each sibling's lane has; a sibling that fails goes back and leaves the others alone. */
export const gatherLanes = (
  { joining }: Gathering,
  parts: readonly ('level' | 'join')[],
  input: OperationInput,
): readonly Lane[] =>
  joining.map(({ move, way }) =>
    lane(
      move.replica,
      parts.flatMap((part) => way[part](move, input)),
      false,
    ),
  );

export const gatheredMembers = ({ joining }: Gathering): readonly Member[] => joining.map(({ move }) => move.replica);

export const gatherEffects = ({ joining }: Gathering): readonly Effect[] =>
  joining.map(({ move }) => nowFollows(move.replica.key, move.destination.key));

/** `gtid, pseudo-gtid`, the ways that are used; absent when none is. */
export const gatherMethod = ({ joining }: Gathering): { readonly method?: string } =>
  joining.length === 0 ? {} : { method: [...new Set(joining.map(({ way }) => way.method))].join(', ') };
