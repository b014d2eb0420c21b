import { describe, expect, it } from 'vitest';
import { inputOf, member, type Said, tree } from '../testing/ask.ts';
import { noCommonOrder } from './log-order.ts';

const OPEN: Said = { instance: { isReadOnly: false } };
const CLOSED: Said = { instance: { isReadOnly: true } };

/** Co-primaries 1 and 2; 3 and 4 below 1, 5 below 2, 6 below 5. */
const rule = (replica: number, destination: number, said: Record<number, Said> = { 1: OPEN, 2: OPEN }) => {
  const records = tree('coordinates', { 1: 2, 2: 1, 3: 1, 4: 1, 5: 2, 6: 5 }, said);
  const input = inputOf('match', replica, records, { to: destination });
  return noCommonOrder(member(records, replica), member(records, destination), input)?.rule ?? null;
};

describe('logs of two primaries that both take writes', () => {
  it.each<[string, number, number, string | null]>([
    ['a replica of each', 3, 5, 'co-primary'],
    ['from below one to the other itself', 3, 2, 'co-primary'],
    ['one of the two below the other', 1, 2, 'co-primary'],
    ['from far below', 6, 4, 'co-primary'],
    ['both below the same', 3, 4, null],
    ['up to the one it comes from', 6, 2, null],
  ])('%s', (_what, replica, destination, expected) => {
    expect(rule(replica, destination)).toBe(expected);
  });

  it('agree when one of the two takes no writes', () => {
    expect(rule(3, 5, { 1: OPEN, 2: CLOSED })).toBeNull();
  });
});
