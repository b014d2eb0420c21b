import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, replicationOf, uuidOf } from '../../model/testing/instances.ts';
import { NOTHING_DECIDED } from '../ports.ts';
import { createStillClock } from '../testing/clocks.ts';
import { SILENT } from '../testing/fakes.ts';
import { createFleet, type Fleet } from './fleet.ts';

const HOSTS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const key = (host: string) => parseKey(host, 3306);

/** One server is read and turns out to stand like this, or is forgotten, or becomes known by name only. */
const event = fc.record({
  host: fc.constantFrom(...HOSTS),
  what: fc.constantFrom('read', 'read', 'read', 'read', 'forget', 'add'),
  source: fc.option(fc.constantFrom(...HOSTS, 'unseen', '//a')),
  uuid: fc.integer({ min: 1, max: 7 }),
  groupPrimary: fc.option(fc.constantFrom(...HOSTS), { freq: 5 }),
  alias: fc.constantFrom('', '', 'one', 'two'),
});
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

function happen(fleet: Fleet, { host, what, source, uuid, groupPrimary, alias }: Event): void {
  if (what === 'forget') fleet.forget(key(host));
  else if (what === 'add') fleet.add(key(host));
  else {
    const bare = instanceOf(host);
    fleet.answered(
      instanceOf(host, {
        serverUuid: uuidOf(uuid),
        replication: source === null ? null : replicationOf(source),
        classification: { ...bare.classification, suggestedClusterAlias: alias },
        ...(groupPrimary === null
          ? {}
          : {
              group: {
                groupName: uuidOf(50),
                isSinglePrimary: true,
                memberState: 'ONLINE',
                memberRole: groupPrimary === host ? 'PRIMARY' : 'SECONDARY',
                members: [],
                primary: key(groupPrimary),
              },
            }),
      }),
    );
  }
}

describe('where servers stand', () => {
  it('is the same placed change by change as placed as a whole after each', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 25 }), (events) => {
        const clock = createStillClock(1);
        const [piecemeal, whole] = [0, 1].map(() => createFleet({ clock, logger: SILENT }, { aliasPatterns: [] }));
        if (piecemeal === undefined || whole === undefined) throw new Error('two fleets');
        const placesOf = (fleet: Fleet) =>
          fleet.records().map((record) => [formatKey(record.key), record.position] as const);
        for (const one of events) {
          happen(piecemeal, one);
          happen(whole, one);
          whole.setIntent(NOTHING_DECIDED);
          expect(placesOf(piecemeal)).toEqual(placesOf(whole));
        }
      }),
      { numRuns: 300 },
    );
  });

  /** A tree is discovered in some order; each server names its source by its number, the first is the top. */
  const discovered = fc.record({
    host: fc.constantFrom(...HOSTS),
    source: fc.option(fc.constantFrom(...HOSTS), { freq: 8 }),
    alias: fc.constantFrom('', '', '', 'one', 'two'),
    errant: fc.boolean(),
    isTwin: fc.constantFrom(false, false, false, false, true),
    isKnownBefore: fc.boolean(),
  });

  it('is the same for servers that come in one by one below others that have their place', () => {
    fc.assert(
      fc.property(fc.uniqueArray(discovered, { maxLength: 6, selector: ({ host }) => host }), (servers) => {
        const clock = createStillClock(1);
        const [piecemeal, whole] = [0, 1].map(() => createFleet({ clock, logger: SILENT }, { aliasPatterns: [] }));
        if (piecemeal === undefined || whole === undefined) throw new Error('two fleets');
        const bare = instanceOf('a');
        for (const { host, source, alias, errant, isTwin, isKnownBefore } of servers) {
          const number = HOSTS.indexOf(host) + 1;
          const instance = instanceOf(host, {
            serverId: number,
            serverUuid: uuidOf(isTwin ? 1 : number),
            executedGtid: `${uuidOf(1)}:1-9${errant ? `,${uuidOf(number)}:1-2` : ''}`,
            replication: source === null ? null : replicationOf(source),
            classification: { ...bare.classification, suggestedClusterAlias: alias, clusterDomain: alias },
          });
          for (const fleet of [piecemeal, whole]) {
            if (isKnownBefore) fleet.add(instance.key);
            fleet.answered(instance);
          }
          whole.setIntent(NOTHING_DECIDED);
          const placesOf = (fleet: Fleet) => fleet.records().map((record) => [formatKey(record.key), record.position]);
          expect(placesOf(piecemeal)).toEqual(placesOf(whole));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('follows the word of a server that becomes the busiest by one that comes in below it', () => {
    const fleet = createFleet({ clock: createStillClock(1), logger: SILENT }, { aliasPatterns: [] });
    const read = (host: string, source: string | null, alias: string): void => {
      const classification = { ...instanceOf(host).classification, suggestedClusterAlias: alias };
      fleet.answered(instanceOf(host, { classification, replication: source === null ? null : replicationOf(source) }));
    };
    read('a', null, '');
    read('b', 'a', 'one');
    read('c', 'a', 'two');
    expect(fleet.recordOf(key('a'))?.position.clusterAlias).toBe('one');
    read('d', 'c', '');
    expect(fleet.records().map(({ position }) => position.clusterAlias)).toEqual(['two', 'two', 'two', 'two']);
  });

  it('is for an onlooker the same where only what changed is placed as where the whole fleet is', () => {
    const look = fc.record({ events: fc.array(event, { maxLength: 6 }) });
    fc.assert(
      fc.property(fc.array(look, { maxLength: 6 }), (looks) => {
        const clock = createStillClock(1);
        const [told, partly, whole] = [0, 1, 2].map(() =>
          createFleet({ clock, logger: SILENT }, { aliasPatterns: [] }),
        );
        if (told === undefined || partly === undefined || whole === undefined) throw new Error('three fleets');
        const placesOf = (fleet: Fleet) =>
          fleet.records().map((record) => [formatKey(record.key), record.position] as const);
        for (const { events } of looks) {
          clock.pass(1_000);
          for (const one of events) happen(told, one);
          for (const fleet of [partly, whole]) fleet.mirror(structuredClone(told.records()));
          whole.setIntent(NOTHING_DECIDED);
          expect(placesOf(partly)).toEqual(placesOf(whole));
        }
      }),
      { numRuns: 300 },
    );
  });
});
