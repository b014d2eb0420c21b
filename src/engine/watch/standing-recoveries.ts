import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { isAnsweringCode } from '../../analysis/recovery-kinds.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { Clock, Leadership, Logger } from '../ports.ts';
import type { Recoveries } from '../recovery/recoveries.ts';
import type { Explanations } from './explanations.ts';

/** Nothing is done about what one reading shows: it must stand this long, and be seen again. */
const STANDS_MS = 900;
/** One that was not let begin, or failed, is not tried again before this. */
const HOLD_MS = 1_000;

/**
 * Recoveries of servers that answer us (a primary without writes, one locked by semi-sync, a source that only we can reach): there
 * is no death to investigate, the analysis alone tells. Asked once a second with every verdict that stands.
 */
export interface StandingRecoveries {
  consider(entry: AnalysisEntry): void;
}

export function createStandingRecoveries(deps: {
  readonly recoveries: Pick<Recoveries, 'handles' | 'recover' | 'isBeingRecovered'>;
  readonly explanations: Explanations;
  readonly leadership: Pick<Leadership, 'isLeader'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): StandingRecoveries {
  const { recoveries, explanations, clock } = deps;
  /** Since when (monotonic) a server has shown its code, and until when it is held back. */
  const standing = new Map<string, { readonly code: string; readonly sinceMs: number; holdUntilMs: number }>();

  async function recover(entry: AnalysisEntry, hold: (ms: number) => void): Promise<void> {
    const { key, clusterName } = entry.view;
    const name = formatKey(key);
    hold(Number.POSITIVE_INFINITY);
    const outcome = await recoveries.recover(entry, {
      isForced: false,
      candidate: null,
      skipHooks: false,
      command: '',
      suspectedAtMs: clock.now(),
      onRegistered: () => explanations.sayOf(clusterName, key, 'recovering', `Recovering ${name} from ${entry.code}.`),
    });
    if (outcome.kind === 'recovered') {
      const successor = formatKey(outcome.successor);
      const by = successor === name ? '' : `; ${successor} is the successor`;
      explanations.sayOf(clusterName, key, 'recovered', `${name} was recovered from ${entry.code}${by}.`);
    } else if (outcome.kind === 'failed')
      explanations.sayOf(clusterName, key, 'failed', `The recovery of ${name} failed: ${outcome.reason}.`);
    else explanations.sayOf(clusterName, key, 'not-acting', `Not recovering ${name}: ${outcome.reason}.`);
    hold(clock.monotonicMs() + HOLD_MS);
  }

  return {
    consider(entry) {
      const { key, clusterName } = entry.view;
      const name = formatKey(key);
      const known = standing.get(name);
      if (!isAnsweringCode(entry.code) || !recoveries.handles(entry.code)) {
        if (known !== undefined) explanations.dropOf(clusterName, key);
        standing.delete(name);
        return;
      }
      const nowMs = clock.monotonicMs();
      if (known?.code !== entry.code) {
        standing.set(name, { code: entry.code, sinceMs: nowMs, holdUntilMs: 0 });
        return;
      }
      const isDue = nowMs - known.sinceMs >= STANDS_MS && nowMs >= known.holdUntilMs;
      if (!isDue || entry.isSkippableDueToDowntime || !deps.leadership.isLeader()) return;
      recover(entry, (untilMs) => {
        known.holdUntilMs = untilMs;
      }).catch((thrown) => deps.logger.error({ err: thrown, server: name }, 'a recovery could not be begun'));
    },
  };
}
