import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { DeposedPrimary } from '../ports.ts';
import type { Explanations } from './explanations.ts';

export interface SuccessionSentences {
  /** `successor` replaced `failed`, until then the primary of `clusterName`. */
  replaced(clusterName: string, failed: InstanceKey, successor: InstanceKey): void;
  /** The recovery of `failed` has ended without a successor: what was said of its return is not a later one's. */
  notReplaced(failed: InstanceKey): void;
  /** A replaced primary is back: fenced, or not to be fenced; one sentence. */
  returned(deposed: DeposedPrimary, isFenced: boolean, sentence: string): void;
}

/**
 * What is said of a primary that was replaced: that it was, and once it is back what became of it. One that is back before its own
 * recovery has ended is told of when that ends: it may have what nobody else has, and that it was replaced goes without saying then.
 */
export function createSuccessionSentences(deps: {
  readonly explanations: Pick<Explanations, 'say' | 'drop' | 'verdictOf'>;
  /** The cluster in which a server is now; null when it is not known. */
  clusterOf(key: InstanceKey): string | null;
}): SuccessionSentences {
  const { explanations } = deps;
  /** Returns during a recovery that goes on, by the server that is back. */
  const early = new Map<string, { readonly successor: string; say(clusterName: string): void }>();
  return {
    replaced(clusterName, failed, successor) {
      const name = formatKey(successor);
      const back = early.get(formatKey(failed));
      early.delete(formatKey(failed));
      explanations.drop(clusterName);
      if (back?.successor === name) back.say(name);
      else explanations.say(name, successor, 'recovered', `${name} replaced ${formatKey(failed)}, which was dead.`);
    },
    notReplaced: (failed) => void early.delete(formatKey(failed)),
    returned({ key, clusterName, successor }, isFenced, sentence) {
      const say = (current: string): void =>
        explanations.say(current, successor, isFenced ? 'recovered' : 'failed', sentence);
      if (successor !== null && explanations.verdictOf(clusterName) === 'recovering')
        early.set(formatKey(key), { successor: formatKey(successor), say });
      say(successor === null ? clusterName : (deps.clusterOf(successor) ?? clusterName));
    },
  };
}
