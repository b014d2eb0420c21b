import { messageOf } from '../../model/error.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import { registrableRule } from '../../model/promotion-rule.ts';
import type { PromotionRule } from '../../model/server-record.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Clock, IntentStore, Logger } from '../ports.ts';

/** Registrations expire (CandidateInstanceExpireMinutes); one that stands is registered anew this often. */
export const RENEW_MS = 5 * 60_000;

/**
 * What DetectPromotionRuleQuery answers on a server is its registered rule (facts of discovery, row 19): registered as soon as a reading
 * shows another one than is registered, and renewed while it stands. What it answers that is no rule is said once.
 */
export function createDetectedRules(deps: {
  readonly fleet: Fleet;
  readonly intent: Pick<IntentStore, 'registerCandidate'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whoever mirrors registrations reads again. */
  onIntentChanged(): Promise<void>;
}): { close(): void } {
  const { fleet, intent, clock, logger } = deps;
  const renewed = new Map<string, number>();
  const told = new Set<string>();
  const underWay = new Set<string>();

  function ruleOf(name: string, text: string): PromotionRule | null {
    try {
      return registrableRule(text);
    } catch (thrown) {
      const complaint = `${name} ${messageOf(thrown)}`;
      if (!told.has(complaint)) logger.warn({ server: name }, `DetectPromotionRuleQuery: ${messageOf(thrown)}`);
      told.add(complaint);
      return null;
    }
  }

  async function register(key: InstanceKey, name: string, rule: PromotionRule): Promise<void> {
    underWay.add(name);
    try {
      await intent.registerCandidate(key, rule);
      renewed.set(name, clock.monotonicMs());
      await deps.onIntentChanged();
    } catch (thrown) {
      logger.error({ err: thrown, server: name }, 'a detected promotion rule could not be registered');
    } finally {
      underWay.delete(name);
    }
  }

  const stop = fleet.onChange(({ key, what }) => {
    const record = what === 'answered' ? fleet.recordOf(key) : null;
    const text = record?.instance?.classification.promotionRule ?? null;
    const name = formatKey(key);
    if (record === null || text === null || text.trim() === '' || underWay.has(name)) return;
    const rule = ruleOf(name, text);
    const renewedAtMs = renewed.get(name);
    const isFresh = renewedAtMs !== undefined && clock.monotonicMs() - renewedAtMs < RENEW_MS;
    if (rule === null || (isFresh && record.intent.promotionRule === rule)) return;
    void register(key, name, rule);
  });
  return { close: stop };
}
