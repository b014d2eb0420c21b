import { describe, expect, it } from 'vitest';
import { formatKey } from '../../model/instance-key.ts';
import { planFamily, planned, stepsOf } from '../testing/family.ts';

const SLOW = { executed: 4, delaySeconds: 3_600 } as const;

describe.each(['5.6', 'mariadb'] as const)('a delay that cannot be lifted on %s', (flavour) => {
  it('does not hold up a catching-up, as long as another replica has the same', () => {
    const plan = planFamily(flavour, { a: { received: 8, rule: 'must' }, b: SLOW, c: {} });
    expect(formatKey(planned(plan).successor)).toBe('a:3306');
    expect(stepsOf(plan, 'drain', 'b')).toEqual([]);
    expect(planned(plan).reasons.join()).toContain('c:3306 has received more');
  });

  it('keeps one that is behind from being chosen, though it is preferred: it could not catch up', () => {
    const behind = { received: 8, delaySeconds: 3_600, rule: 'prefer' } as const;
    expect(formatKey(planned(planFamily(flavour, { a: behind, b: {} })).successor)).toBe('b:3306');
    expect(planFamily(flavour, { a: behind, b: { rule: 'must_not' } })).toMatchObject({
      kind: 'refusal',
      objections: [
        { subject: 'b:3306', rule: 'must-not' },
        { subject: 'a:3306', rule: 'delayed' },
      ],
    });
  });

  it('does not matter to one that has everything', () => {
    const plan = planFamily(flavour, { a: { delaySeconds: 3_600, rule: 'prefer' }, b: {} });
    expect(formatKey(planned(plan).successor)).toBe('a:3306');
  });
});

describe('a most advanced replica whose applier rests', () => {
  it('is promoted before one that would have to catch up, beside another that is promoted reluctantly', () => {
    const plan = planFamily('9.7', {
      a: { received: 8 },
      b: { executed: 4, applier: 'stopped' },
      c: { rule: 'prefer_not' },
    });
    expect(formatKey(planned(plan).successor)).toBe('b:3306');
  });
});
