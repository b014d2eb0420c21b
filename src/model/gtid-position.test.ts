import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  comparePositions,
  containsPosition,
  equalPositions,
  formatGtidPosition,
  formatMissing,
  missingFrom,
  parseGtidPosition,
  unionPositions,
} from './gtid-position.ts';

/** One GTID per domain, as servers give their positions. */
const position = fc
  .uniqueArray(
    fc.record({
      domain: fc.nat(3),
      serverId: fc.integer({ min: 1, max: 2 }),
      sequence: fc.integer({ min: 1, max: 5 }),
    }),
    { selector: ({ domain }) => domain, maxLength: 4 },
  )
  .map((gtids) => parseGtidPosition(gtids.map((gtid) => `${gtid.domain}-${gtid.serverId}-${gtid.sequence}`).join(',')));

/** Several servers per domain, as gtid_binlog_state lists them. */
const state = fc
  .array(fc.record({ domain: fc.nat(2), serverId: fc.integer({ min: 1, max: 3 }), sequence: fc.nat(6) }), {
    maxLength: 8,
  })
  .map((gtids) => parseGtidPosition(gtids.map((gtid) => `${gtid.domain}-${gtid.serverId}-${gtid.sequence}`).join(',')));

const compare = (a: string, b: string) => comparePositions(parseGtidPosition(a), parseGtidPosition(b));

describe('reading and writing MariaDB positions', () => {
  it.each([
    ['', ''],
    ['0-1-100', '0-1-100'],
    ['1-2-7, 0-1-100\n', '0-1-100,1-2-7'],
    ['0-2-9,0-1-5', '0-1-5,0-2-9'],
    ['0-1-5,0-1-9', '0-1-9'],
    ['4294967295-4294967295-18446744073709551615', '4294967295-4294967295-18446744073709551615'],
  ])('%j is %j', (text, canonical) => expect(formatGtidPosition(parseGtidPosition(text))).toBe(canonical));

  it.each(['0-1', '0-1-x', '-1-1-1', '4294967296-1-1', '0-1-18446744073709551616', 'a:1-3'])(
    '%j is refused',
    (text) => {
      expect(() => parseGtidPosition(text)).toThrowError(expect.objectContaining({ code: 'bad-gtid-position' }));
    },
  );

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(state, (any) => {
        expect(parseGtidPosition(formatGtidPosition(any))).toEqual(any);
      }),
    );
  });
});

describe('comparing MariaDB positions', () => {
  it.each([
    ['0-1-5', '0-1-5', 'equal'],
    ['', '', 'equal'],
    ['0-1-6', '0-1-5', 'ahead'],
    ['0-1-5', '', 'ahead'],
    ['0-2-6', '0-1-5', 'ahead'],
    ['0-1-5,1-1-1', '0-1-5', 'ahead'],
    ['0-1-4,1-1-2', '0-1-4,1-1-3', 'behind'],
    ['0-1-5,1-1-2', '0-1-4,1-1-3', 'diverged'],
    ['0-1-5', '1-1-5', 'diverged'],
    ['0-1-5', '0-2-5', 'diverged'],
    ['0-1-5,0-2-8', '0-2-8', 'equal'],
    ['0-1-5,0-2-8', '0-1-5', 'ahead'],
    // The list says that server 1 wrote nothing after 5: the other's 6 comes from a split history.
    ['0-1-5,0-2-8', '0-1-6', 'diverged'],
  ])('%s against %s is %s', (a, b, relation) => expect(compare(a, b)).toBe(relation));

  it('is the mirror image when turned round', () => {
    const mirrored = { equal: 'equal', ahead: 'behind', behind: 'ahead', diverged: 'diverged' };
    fc.assert(
      fc.property(state, state, (a, b) => {
        expect(comparePositions(b, a)).toBe(mirrored[comparePositions(a, b)]);
        expect(comparePositions(a, a)).toBe('equal');
      }),
    );
  });

  it('carries on through a third position', () => {
    fc.assert(
      fc.property(position, position, position, (a, b, c) => {
        fc.pre(containsPosition(a, b) && containsPosition(b, c));
        for (const wanted of c.gtids) {
          const own = a.gtids.find(({ domain }) => domain === wanted.domain);
          expect(own?.sequence ?? -1n).toBeGreaterThanOrEqual(wanted.sequence);
        }
      }),
    );
  });

  it('the union has all of both unless histories are split, whatever the order', () => {
    fc.assert(
      fc.property(position, position, (a, b) => {
        const united = unionPositions(a, b);
        expect(unionPositions(b, a)).toEqual(united);
        expect(unionPositions(united, a)).toEqual(united);
        expect(unionPositions(a, a)).toEqual(a);
        expect(containsPosition(united, a) && containsPosition(united, b)).toBe(true);
        if (containsPosition(a, b)) expect(equalPositions(united, a)).toBe(true);
      }),
    );
  });

  it('something is missing exactly when it is not contained', () => {
    fc.assert(
      fc.property(state, state, (a, b) => {
        expect(missingFrom(a, b).length === 0).toBe(containsPosition(a, b));
      }),
    );
  });

  it.each([
    ['0-1-5', '0-1-8', '0-1-6..8'],
    ['0-1-5', '0-1-6', '0-1-6'],
    ['0-1-5', '0-2-5', '0-2-5'],
    ['', '0-1-2,1-7-1', '0-1-1..2,1-7-1'],
    ['0-1-9', '0-1-8', ''],
  ])('%j lacks of %j: %j', (own, wanted, missing) => {
    expect(formatMissing(missingFrom(parseGtidPosition(own), parseGtidPosition(wanted)))).toBe(missing);
  });
});
