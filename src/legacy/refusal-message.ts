import { formatKey } from '../model/instance-key.ts';
import type { OperationRequest } from '../plan/operations/request.ts';
import type { Refusal } from '../plan/plan.ts';

/**
 * Why an operation was refused, in one text. A few refusals have words that scripts know; otherwise it is the planner's reason,
 * followed by every method tried where the reason itself names no rule.
 */
export function refusalMessage({ kind, instance, destination }: OperationRequest, refusal: Refusal): string {
  const { reason, objections } = refusal;
  const [first] = objections;
  const isAbout = (...rules: readonly string[]): boolean =>
    first !== undefined && objections.length === 1 && rules.includes(first.rule);
  if (kind === 'relocate' && destination !== null && isAbout('descendant', 'same-server')) {
    return `relocate: ${formatKey(destination)} is a descendant of ${formatKey(instance)}`;
  }
  if (isAbout('not-a-replica') && first?.subject === formatKey(instance)) {
    return `instance is not a replica: ${formatKey(instance)}`;
  }
  const namesRule = objections.some(({ explanation }) => reason.includes(explanation));
  if (objections.length === 0 || namesRule) return reason;
  return `${reason}. ${objections.map(({ subject, explanation }) => `${subject}: ${explanation}`).join('; ')}`;
}

/** Why a search in logs has no answer; one of the reasons has words that scripts know. */
export const logRefusalMessage = ({ code, reason }: { readonly code: string; readonly reason: string }): string =>
  code === 'not-configured' ? 'PseudoGTIDPattern not configured; cannot use Pseudo-GTID' : reason;

/** The historic words for a server without errant transactions whose binary logs were to be searched for them. */
export const noErrantMessage = (server: string): string => `locate-errant-gtid: no errant-gtid on ${server}`;
