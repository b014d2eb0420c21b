import { describe, expect, it } from 'vitest';
import { type InventedFlavour, planFamily, planned, stageNames } from '../testing/family.ts';

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

  it('one that does not tell its lag any more counts as it last told, while it has anything left', () => {
    const silent = (last: number) => ({ ...slow, changes: { lagSeconds: null, lastLagSeconds: last } });
    expect(successorOf(planFamily(flavour, { a: silent(600), b: ready }))).toBe('b');
    expect(successorOf(planFamily(flavour, { a: silent(1), b: ready }))).toBe('a');
    const done = { ...ready, changes: { lagSeconds: null, lastLagSeconds: 600 } };
    expect(successorOf(planFamily(flavour, { a: done, b: ready }))).toBe('a');
  });

  it('one that never told its lag, as MariaDB tells none without its source, is late while it has anything left', () => {
    expect(successorOf(planFamily(flavour, { a: { ...slow, changes: { lagSeconds: null } }, b: ready }))).toBe('b');
    expect(successorOf(planFamily(flavour, { a: { ...ready, changes: { lagSeconds: null } }, b: ready }))).toBe('a');
  });

  it('a preferred one is waited for all the same', () => {
    expect(successorOf(planFamily(flavour, { a: { ...slow, lagSeconds: 600, rule: 'prefer' }, b: ready }))).toBe('a');
  });

  it('one that lags and has received more is promoted', () => {
    expect(successorOf(planFamily(flavour, { a: { ...slow, lagSeconds: 600 }, b: { received: 10 } }))).toBe('a');
  });
});

it.each(FLAVOURS)('a sibling that last told a long lag is postponed while it has anything left (%s)', (flavour) => {
  const settings = { postponeOnLagMinutes: 5 };
  const unknown = { lagSeconds: null, lastLagSeconds: 1800 };
  const stagesOf = (executed: number) =>
    stageNames(
      planFamily(flavour, { a: { received: 20 }, b: { received: 20, executed, changes: unknown } }, { settings }),
    );
  expect(stagesOf(5)).toEqual(['promote', 'repoint-later']);
  expect(stagesOf(20)).toEqual(['promote', 'repoint']);
});

it('a delayed replica is not hurried where another one has the same and has executed it', () => {
  const delayed = { received: 20, executed: 5, delaySeconds: 86_400 };
  expect(successorOf(planFamily('9.7', { a: delayed, b: { received: 20 } }))).toBe('b');
});
