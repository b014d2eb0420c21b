import { OrchestratorError } from './error.ts';
import { formatKey, type InstanceKey } from './instance-key.ts';
import { PROMOTION_RULES, type PromotionRule } from './server-record.ts';

/** Rules that may be registered for a server; `must` is understood where it stands in a table, but cannot be asked for (historic). */
export const REGISTRABLE_PROMOTION_RULES = ['prefer', 'neutral', 'prefer_not', 'must_not'] as const;

const isOneOf = <T extends string>(text: string, words: readonly T[]): text is T => words.some((word) => word === text);

/**
 * Reads a promotion rule as people, tables and DetectPromotionRuleQuery write it; '' is `neutral`.
 * @throws OrchestratorError `bad-promotion-rule` listing the rules there are.
 */
export function parsePromotionRule(text: string): PromotionRule {
  const word = text.trim().toLowerCase();
  if (word === '') return 'neutral';
  if (isOneOf(word, PROMOTION_RULES)) return word;
  throw new OrchestratorError(
    'bad-promotion-rule',
    `"${text}" is not a promotion rule; use one of ${PROMOTION_RULES.join(', ')}`,
    { details: { text } },
  );
}

/** True when the rule may be registered for a server. */
export const isRegistrableRule = (rule: PromotionRule): boolean => isOneOf(rule, REGISTRABLE_PROMOTION_RULES);

/**
 * Reads a rule that is to be registered.
 * @throws OrchestratorError `bad-promotion-rule` listing the rules that may be.
 */
export function registrableRule(text: string): PromotionRule {
  const word = text.trim().toLowerCase();
  if (isOneOf(word, REGISTRABLE_PROMOTION_RULES)) return word;
  throw new OrchestratorError(
    'bad-promotion-rule',
    `"${text}" cannot be registered as a promotion rule; use one of ${REGISTRABLE_PROMOTION_RULES.join(', ')}`,
    { details: { text } },
  );
}

/** Negative when `a` is the better one to promote: must > prefer > neutral > prefer_not > must_not. */
export const comparePromotionRules = (a: PromotionRule, b: PromotionRule): number =>
  PROMOTION_RULES.indexOf(a) - PROMOTION_RULES.indexOf(b);

/** must and prefer make a server a candidate. */
export const isCandidateRule = (rule: PromotionRule): boolean => rule === 'must' || rule === 'prefer';

/**
 * True when the server must never be promoted: its rule is must_not, or host:port matches one of the patterns of
 * PromotionIgnoreHostnameFilters.
 */
export const isBanned = (rule: PromotionRule, key: InstanceKey, ignorePatterns: readonly RegExp[]): boolean =>
  rule === 'must_not' || ignorePatterns.some((pattern) => pattern.test(formatKey(key)));
