import { formatKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { type ApplySample, applyRate, applySamples } from '../../plan/readiness/apply-rate.ts';

/** How fast replicas work off what they have received, learned from their readings. */
export interface ApplySpeeds {
  /** Takes in these readings; transactions per second by server (host:port), of those that have a backlog and were measured. */
  learn(records: readonly ServerRecord[], nowMs: number): ReadonlyMap<string, number>;
}

/** A measured speed says nothing any more after this. */
const KEPT_MS = 300_000;

interface Speed {
  readonly sample: ApplySample;
  readonly perSecond: number | null;
  readonly measuredAtMs: number;
}

/** A series of readings lasts as long as the backlog: afterwards a replica executes as fast as its source writes. */
export function createApplySpeeds(): ApplySpeeds {
  const speeds = new Map<string, Speed>();

  function take(name: string, sample: ApplySample, nowMs: number): void {
    const before = speeds.get(name);
    if (before === undefined || sample.executed < before.sample.executed) {
      speeds.set(name, { sample, perSecond: null, measuredAtMs: nowMs });
      return;
    }
    const perSecond = applyRate(before.sample, sample);
    if (perSecond !== null) speeds.set(name, { sample, perSecond, measuredAtMs: nowMs });
  }

  return {
    learn(records, nowMs) {
      const samples = applySamples(records);
      const rates = new Map<string, number>();
      for (const { key } of records) {
        const name = formatKey(key);
        const sample = samples.get(name);
        if (sample === undefined) {
          speeds.delete(name);
          continue;
        }
        take(name, sample, nowMs);
        const speed = speeds.get(name);
        if (speed?.perSecond != null && nowMs - speed.measuredAtMs < KEPT_MS) rates.set(name, speed.perSecond);
      }
      return rates;
    },
  };
}
