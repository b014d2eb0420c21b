import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSameValue } from './same-value.ts';

describe('plain values', () => {
  it('are the same as their copies', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => isSameValue(value, structuredClone(value))));
  });

  it('are the same exactly when their text is, the order of names aside', () => {
    const small = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)));
    fc.assert(
      fc.property(small, small, (a, b) => {
        const isSame = JSON.stringify(a) === JSON.stringify(b);
        if (isSame) expect(isSameValue(a, b)).toBe(true);
        if (isSameValue(a, b)) expect(a).toEqual(b);
      }),
    );
    expect(isSameValue({ a: 1, b: [2] }, { b: [2], a: 1 })).toBe(true);
    expect(isSameValue({ a: undefined }, { b: 1 })).toBe(false);
    expect([isSameValue([], {}), isSameValue(null, {}), isSameValue([1], [1, 2])]).toEqual([false, false, false]);
  });
});
