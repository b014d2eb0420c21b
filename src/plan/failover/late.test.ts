import { describe, expect, it } from 'vitest';
import { type InventedFlavour, planFamily, planned } from '../testing/family.ts';

const FLAVOURS: readonly InventedFlavour[] = ['9.7', '5.6', 'mariadb'];
const successorOf = (plan: ReturnType<typeof planFamily>): string => planned(plan).successor.hostname;

describe.each(FLAVOURS)('of two that have received the same (%s)', (flavour) => {
  const slow = { received: 20, executed: 5 } as const;
  const ready = { received: 20 } as const;

  it('the one that has executed it is promoted where the other would be refused (FailMasterPromotionIfSQLThreadNotUpToDate)', () => {
    const settings = { failIfApplierNotUpToDate: true };
    expect(successorOf(planFamily(flavour, { a: slow, b: ready }, { settings }))).toBe('b');
  });

  it('the one that has executed it is promoted before one that lags far behind', () => {
    expect(successorOf(planFamily(flavour, { a: { ...slow, lagSeconds: 600 }, b: ready }))).toBe('b');
  });

  it('what is executed in a moment makes no difference', () => {
    expect(successorOf(planFamily(flavour, { a: { ...slow, lagSeconds: 1 }, b: ready }))).toBe('a');
  });

  it('a preferred one is waited for all the same', () => {
    expect(successorOf(planFamily(flavour, { a: { ...slow, lagSeconds: 600, rule: 'prefer' }, b: ready }))).toBe('a');
  });

  it('one that lags and has received more is promoted', () => {
    expect(successorOf(planFamily(flavour, { a: { ...slow, lagSeconds: 600 }, b: { received: 10 } }))).toBe('a');
  });
});

it('a delayed replica is not hurried where another one has the same and has executed it', () => {
  const delayed = { received: 20, executed: 5, delaySeconds: 86_400 };
  expect(successorOf(planFamily('9.7', { a: delayed, b: { received: 20 } }))).toBe('b');
});
