import { sameKey } from '../../../model/instance-key.ts';
import type { Objection } from '../../plan.ts';
import { isObjection, type Member, memberOf, type OperationInput, sourceOf } from '../input.ts';

/**
 * Two co-primaries on both of which clients write commit the same transactions in different orders: behind the same marker one log
 * may miss what the other has before it. Servers whose logs come from different ones of the two cannot be matched by content.
 */
export function noCommonOrder(replica: Member, destination: Member, input: OperationInput): Objection | null {
  const [one, other] = [openCoPrimaryOf(replica, input), openCoPrimaryOf(destination, input)];
  if (one === null || other === null || sameKey(one.key, other.key)) return null;
  return {
    subject: replica.name,
    rule: 'co-primary',
    explanation: `the logs of ${replica.name} and ${destination.name} come from two primaries (${one.name}, ${other.name}) that both take writes: they have no common order`,
  };
}

/** The server itself or the nearest above it that is one of two open co-primaries; null when there is none. */
function openCoPrimaryOf(member: Member, input: OperationInput): Member | null {
  const seen = new Set<string>();
  let current: Member = member;
  while (!seen.has(current.name)) {
    seen.add(current.name);
    const above = memberAbove(current, input);
    if (above === null) return null;
    const back = sourceOf(above);
    const isRing = back !== null && sameKey(back, current.key);
    if (isRing && !current.instance.isReadOnly && !above.instance.isReadOnly) return current;
    current = above;
  }
  return null;
}

function memberAbove(member: Member, input: OperationInput): Member | null {
  const source = sourceOf(member);
  const above = source === null ? null : memberOf(input, source);
  return above === null || isObjection(above) ? null : above;
}
