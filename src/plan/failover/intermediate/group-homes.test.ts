import { expect, it } from 'vitest';
import type { Instance } from '../../../model/instance.ts';
import { formatKey, parseKey } from '../../../model/instance-key.ts';
import type { ServerRecord } from '../../../model/server-record.ts';
import { instanceOf, recordOf, replicationOf } from '../../../model/testing/instances.ts';
import { chooseGroupHomes } from './group-homes.ts';
import type { HomesInput } from './homes.ts';

const name = (letter: string): string => `${letter}:3306`;
const member = (letter: string, memberState = 'ONLINE', changes: Partial<Instance> = {}): ServerRecord =>
  recordOf(
    instanceOf(name(letter), {
      group: {
        groupName: 'g',
        isSinglePrimary: true,
        memberState,
        memberRole: letter === 'a' ? 'PRIMARY' : 'SECONDARY',
        members: [],
        primary: parseKey(name('a'), 3306),
      },
      ...changes,
    }),
  );
const asynchronous = recordOf(instanceOf(name('x'), { replication: replicationOf(name('f')) }));

/** `f` is the dead member with replica `x`. */
function choose(members: readonly ServerRecord[], changes: Partial<HomesInput> = {}) {
  const failed = member('f');
  return chooseGroupHomes({
    failed,
    records: [failed, asynchronous, ...members],
    members: [],
    fresh: new Set([...members, asynchronous].map(({ key }) => formatKey(key))),
    successors: new Map(),
    settings: { preventCrossDataCenter: false, preventCrossRegion: false, isPromotionIgnored: () => false },
    ...changes,
  });
}

it('replicas of a dead member may go below any other that is online, and below nobody else', () => {
  const stranger = recordOf(instanceOf(name('z')));
  const homes = choose([member('a'), member('b'), stranger]);
  expect(homes.attempts.map(({ home }) => home?.hostname)).toEqual(['a', 'b']);
  expect(homes.attempts.every(({ request }) => request.kind === 'relocate-replicas')).toBe(true);
});

it('a member that is not online, does not answer, or must not be used is left out by its rule', () => {
  const forbidden = member('d');
  const homes = choose(
    [
      member('a', 'UNREACHABLE'),
      member('c'),
      { ...forbidden, intent: { ...forbidden.intent, promotionRule: 'must_not' } },
      member('e'),
    ],
    { fresh: new Set(['a', 'd', 'e'].map(name)) },
  );
  expect(homes.attempts.map(({ home }) => home?.hostname)).toEqual(['e']);
  expect(homes.objections.map(({ subject, rule }) => `${subject} ${rule}`)).toEqual([
    'a:3306 not-online',
    'c:3306 not-valid',
    'd:3306 must-not',
  ]);
});

it('a member elsewhere is left out where crossing is prevented', () => {
  const settings = { preventCrossDataCenter: true, preventCrossRegion: false, isPromotionIgnored: () => false };
  const plain = member('b').instance;
  if (plain === null) throw new Error('b is unread');
  const elsewhere = member('b', 'ONLINE', { classification: { ...plain.classification, dataCenter: 'there' } });
  expect(choose([member('a'), elsewhere], { settings }).attempts.map(({ home }) => home?.hostname)).toEqual(['a']);
});
