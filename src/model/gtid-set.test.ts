import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareGtidSets,
  containsGtidSet,
  countTransactions,
  EMPTY_GTID_SET,
  equalGtidSets,
  formatGtidSet,
  type GtidSet,
  intersectGtidSets,
  isEmptyGtidSet,
  parseGtidSet,
  subtractGtidSets,
  unionGtidSets,
  uuidsOf,
  withoutUuids,
} from './gtid-set.ts';

const A = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
const B = '4e11fa47-71ca-11e1-9e33-c80aa9429562';

/** The naive model: every transaction as a text `uuid:tag:sequence`. */
const arbitrary = fc
  .array(
    fc.record({
      uuid: fc.constantFrom(A, B),
      tag: fc.constantFrom('', 'blue', '_x1'),
      first: fc.integer({ min: 1, max: 30 }),
      length: fc.integer({ min: 0, max: 6 }),
    }),
    { maxLength: 12 },
  )
  .map((parts) => {
    const model = new Set<string>();
    for (const { uuid, tag, first, length } of parts) {
      for (let sequence = first; sequence <= first + length; sequence++) model.add(`${uuid}:${tag}:${sequence}`);
    }
    const text = parts
      .map(
        ({ uuid, tag, first, length }) =>
          `${uuid}${tag && `:${tag}`}:${first}${length > 0 ? `-${first + length}` : ''}`,
      )
      .join(',\n');
    return { text, set: parseGtidSet(text), model };
  });

function modelOf(set: GtidSet): Set<string> {
  const model = new Set<string>();
  for (const { uuid, tag, intervals } of set.groups) {
    for (const { first, last } of intervals) {
      for (let sequence = first; sequence <= last; sequence++) model.add(`${uuid}:${tag}:${sequence}`);
    }
  }
  return model;
}

const both = (a: Set<string>, b: Set<string>) => new Set([...a].filter((gtid) => b.has(gtid)));
const either = (a: Set<string>, b: Set<string>) => new Set([...a, ...b]);
const minus = (a: Set<string>, b: Set<string>) => new Set([...a].filter((gtid) => !b.has(gtid)));

describe('reading and writing GTID sets', () => {
  it.each([
    ['', ''],
    [' \n', ''],
    [`${A}:5`, `${A}:5`],
    [`${A}:1-3`, `${A}:1-3`],
    [`${A.toUpperCase()}:1-3,\n${B}:7`, `${A}:1-3,${B}:7`],
    [`${B}:1,${A}:1`, `${A}:1,${B}:1`],
    [`${A}:1-3:4-6:10:8-9`, `${A}:1-6:8-10`],
    [`${A}:1-3,${A}:2-9`, `${A}:1-9`],
    [`${A}:1-3:5:tag:1-4`, `${A}:1-3:5:tag:1-4`],
    [`${A}:zebra:1:Apple:2-3:7,${A}:9`, `${A}:9:apple:2-3:7:zebra:1`],
    [` ${A} : 1 - 3 , ${B}:2,`, `${A}:1-3,${B}:2`],
    [`${A}:1-9223372036854775807`, `${A}:1-9223372036854775807`],
  ])('%j is %j', (text, canonical) => {
    expect(formatGtidSet(parseGtidSet(text))).toBe(canonical);
  });

  it.each([
    'nonsense',
    A,
    `${A}:`,
    `${A}:0`,
    `${A}:5-3`,
    `${A}:1-`,
    `${A}:-3`,
    `${A}:tag`,
    `${A}:1:tag`,
    `${A}:blue:red:1`,
    `${A}:1-9223372036854775808`,
    `${A}:${'t'.repeat(33)}:1`,
    '0-1-100',
    `${A.slice(1)}:1`,
  ])('%j is refused by name', (text) => {
    expect(() => parseGtidSet(text)).toThrowError(
      expect.objectContaining({
        code: 'bad-gtid-set',
        message: expect.stringContaining(`"${text}" is not a GTID set`),
      }),
    );
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(arbitrary, ({ set, model }) => {
        expect(parseGtidSet(formatGtidSet(set))).toEqual(set);
        expect(modelOf(set)).toEqual(model);
      }),
    );
  });

  it('writes equal sets equally, however they were put', () => {
    fc.assert(
      fc.property(arbitrary, arbitrary, (a, b) => {
        const isSame = either(a.model, b.model).size === a.model.size && a.model.size === b.model.size;
        expect(formatGtidSet(a.set) === formatGtidSet(b.set)).toBe(isSame);
      }),
    );
  });
});

describe('algebra of GTID sets against sets of single transactions', () => {
  it('union, intersection, difference', () => {
    fc.assert(
      fc.property(arbitrary, arbitrary, (a, b) => {
        expect(modelOf(unionGtidSets(a.set, b.set))).toEqual(either(a.model, b.model));
        expect(modelOf(intersectGtidSets(a.set, b.set))).toEqual(both(a.model, b.model));
        expect(modelOf(subtractGtidSets(a.set, b.set))).toEqual(minus(a.model, b.model));
      }),
    );
  });

  it('gives the normal form', () => {
    fc.assert(
      fc.property(arbitrary, arbitrary, (a, b) => {
        for (const set of [
          unionGtidSets(a.set, b.set),
          intersectGtidSets(a.set, b.set),
          subtractGtidSets(a.set, b.set),
        ]) {
          expect(parseGtidSet(formatGtidSet(set))).toEqual(set);
        }
      }),
    );
  });

  it('containing, equality, relation, count', () => {
    fc.assert(
      fc.property(arbitrary, arbitrary, (a, b) => {
        const [aHasB, bHasA] = [minus(b.model, a.model).size === 0, minus(a.model, b.model).size === 0];
        expect(containsGtidSet(a.set, b.set)).toBe(aHasB);
        expect(equalGtidSets(a.set, b.set)).toBe(aHasB && bHasA);
        const expected = aHasB ? (bHasA ? 'equal' : 'ahead') : bHasA ? 'behind' : 'diverged';
        expect(compareGtidSets(a.set, b.set)).toBe(expected);
        expect(countTransactions(a.set)).toBe(BigInt(a.model.size));
        expect(isEmptyGtidSet(a.set)).toBe(a.model.size === 0);
      }),
    );
  });

  it('a − b together with b has all of a, and nothing of a − b is in b', () => {
    fc.assert(
      fc.property(arbitrary, arbitrary, ({ set: a }, { set: b }) => {
        const rest = subtractGtidSets(a, b);
        expect(equalGtidSets(unionGtidSets(rest, b), unionGtidSets(a, b))).toBe(true);
        expect(intersectGtidSets(rest, b)).toEqual(EMPTY_GTID_SET);
      }),
    );
  });
});

describe('looking into GTID sets', () => {
  const set = parseGtidSet(`${A}:1-5:9:blue:1-20,${B}:3`);

  it('names the sources once', () => expect(uuidsOf(set)).toEqual([A, B]));

  it('leaves out sources with all their tags', () => {
    expect(formatGtidSet(withoutUuids(set, [A.toUpperCase()]))).toBe(`${B}:3`);
    expect(withoutUuids(set, [])).toEqual(set);
  });

  it('handles thousands of intervals without quadratic work', () => {
    const even = parseGtidSet(`${A}:${Array.from({ length: 50_000 }, (_, index) => 2 * index + 2).join(':')}`);
    const odd = parseGtidSet(`${A}:${Array.from({ length: 50_000 }, (_, index) => 2 * index + 1).join(':')}`);
    expect(formatGtidSet(unionGtidSets(even, odd))).toBe(`${A}:1-100000`);
    expect(subtractGtidSets(even, odd)).toEqual(even);
    expect(subtractGtidSets(parseGtidSet(`${A}:1-100000`), even)).toEqual(odd);
    expect(isEmptyGtidSet(intersectGtidSets(even, odd))).toBe(true);
    expect(containsGtidSet(even, odd)).toBe(false);
  });
});
