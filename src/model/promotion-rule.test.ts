import { describe, expect, it } from 'vitest';
import {
  comparePromotionRules,
  isBanned,
  isCandidateRule,
  isRegistrableRule,
  parsePromotionRule,
} from './promotion-rule.ts';
import { PROMOTION_RULES } from './server-record.ts';

describe('promotion rules', () => {
  it('reads every rule, in any case, and nothing as neutral', () => {
    for (const rule of PROMOTION_RULES) expect(parsePromotionRule(` ${rule.toUpperCase()} `)).toBe(rule);
    expect(parsePromotionRule('')).toBe('neutral');
  });

  it.each(['never', 'must-not', 'prefer not', '0'])('refuses %j and lists the rules', (text) => {
    expect(() => parsePromotionRule(text)).toThrowError(/must, prefer, neutral, prefer_not, must_not/);
  });

  it('orders them from must to must_not', () => {
    const shuffled = ['neutral', 'must_not', 'must', 'prefer_not', 'prefer'] as const;
    expect(shuffled.toSorted(comparePromotionRules)).toEqual([...PROMOTION_RULES]);
    expect(comparePromotionRules('prefer', 'prefer')).toBe(0);
  });

  it('knows candidates and what may be registered', () => {
    expect(PROMOTION_RULES.filter(isCandidateRule)).toEqual(['must', 'prefer']);
    expect(PROMOTION_RULES.filter(isRegistrableRule)).toEqual(['prefer', 'neutral', 'prefer_not', 'must_not']);
  });

  it('bans by rule or by pattern on host:port', () => {
    const key = { hostname: 'db1.example', port: 3307 };
    expect(isBanned('must_not', key, [])).toBe(true);
    expect(isBanned('prefer_not', key, [])).toBe(false);
    expect(isBanned('must', key, [/^db1.*:3307$/])).toBe(true);
    expect(isBanned('must', key, [/^db2/])).toBe(false);
  });
});
