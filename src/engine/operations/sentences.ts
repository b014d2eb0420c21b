import { formatKey } from '../../model/instance-key.ts';
import type { PlanOutcome, ServerTrouble } from '../executor/run-plan.ts';

/** `server (why), …` */
export const leftoverSentence = (leftovers: readonly ServerTrouble[]): string =>
  leftovers.map(({ server, reason }) => `${formatKey(server)} (${reason})`).join(', ');

/** What failed, where, and how things stand now. */
export function failureSentence({ trouble, leftovers }: Extract<PlanOutcome, { kind: 'failed' }>): string {
  const name = formatKey(trouble.server);
  const what = trouble.reason.includes(name) ? trouble.reason : `${name}: ${trouble.reason}`;
  const bare = what.replace(/\.$/, '');
  if (leftovers.length === 0) return `${bare}; everything is as it was before`;
  return `${bare}; taken back, but for ${leftoverSentence(leftovers)}`;
}
