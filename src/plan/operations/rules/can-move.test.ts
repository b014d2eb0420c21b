import { describe, expect, it } from 'vitest';
import { uuidOf } from '../../../model/testing/instances.ts';
import { inputOf, type Kind, keyOf, member, type Said, tree } from '../testing/ask.ts';
import { areSiblings, cannotKeepRelayLog, cannotMove, isDescendant, isGroupSecondary, isOwnGroup } from './can-move.ts';

describe('who can be moved by coordinates', () => {
  const rule = (said: Said): string | null => {
    const records = tree('coordinates', { 1: 0, 2: 1 }, { 2: said });
    return cannotMove(member(records, 2), inputOf('move-below', 2, records))?.rule ?? null;
  };

  it.each<[string, Said, string | null]>([
    ['a healthy replica', {}, null],
    ['one that does not answer', { valid: false }, 'not-valid'],
    ['one whose check hangs', { hangingMs: 6_001 }, 'not-valid'],
    ['one whose check may still come', { hangingMs: 6_000 }, null],
    ['a primary', { source: null }, 'not-a-replica'],
    ['a stopped applier', { applier: 'stopped' }, 'applier-not-running'],
    ['a connecting receiver', { receiver: 'other' }, 'receiver-not-running'],
    ['a lag not told', { lag: null }, 'lag-unknown'],
    ['a lag just reasonable', { lag: 20, replication: { secondsBehind: 20 } }, null],
    ['a lag too long', { lag: 21, replication: { secondsBehind: 21 } }, 'lag'],
    ['a lag that is the delay', { lag: 3_605, delay: 3_600 }, null],
    ['a lag beyond the delay', { lag: 3_621, delay: 3_600 }, 'lag'],
    ['a delayed one with little behind it', { lag: 2, delay: 3_600 }, null],
  ])('%s', (_what, said, expected) => {
    expect(rule(said)).toBe(expected);
  });

  it('not on a reading older than five polls', () => {
    const records = tree('coordinates', { 1: 0, 2: 1 });
    const at = (laterMs: number): string | undefined => {
      const input = inputOf('move-below', 2, records);
      return cannotMove(member(records, 2), { ...input, nowMs: input.nowMs + laterMs })?.rule;
    };
    expect(at(24_000)).toBeUndefined();
    expect(at(24_001)).toBe('not-recent');
  });
});

describe('whose relay log would be lost', () => {
  const rule = (kind: Kind, said: Said): string | null => {
    const records = tree(kind, { 1: 0, 2: 1 }, { 2: said });
    return cannotKeepRelayLog(member(records, 2))?.rule ?? null;
  };
  const broken = { applier: { state: 'stopped', errorNumber: 1062, errorText: 'duplicate' } } as const;
  const U = uuidOf(1);
  const waiting = { executedGtid: `${U}:1-5`, delay: 60, replication: { receivedGtid: `${U}:1-9` } };

  it.each<[string, Kind, Said, string | null]>([
    ['a broken applier', 'gtid', { replication: broken }, 'applier-error'],
    ['a stopped applier without error', 'gtid', { applier: 'stopped' }, null],
    ['an error of the past', 'gtid', { replication: { applier: { ...broken.applier, state: 'running' } } }, null],
    ['delayed and waiting, where the relay log is deleted', '5.6', waiting, 'delayed'],
    ['delayed and waiting, where it is kept', 'gtid', waiting, null],
    ['delayed with nothing waiting', '5.6', { ...waiting, replication: { receivedGtid: `${U}:1-5` } }, null],
  ])('%s', (_what, kind, said, expected) => {
    expect(rule(kind, said)).toBe(expected);
  });
});

describe('relations between servers', () => {
  const records = tree('gtid', { 1: 0, 2: 1, 3: 1, 4: 3, 5: 4 });
  const input = inputOf('relocate', 3, records);
  const at = (port: number) => member(records, port);

  it('siblings are replicas of one source, and not the same server', () => {
    expect(areSiblings(at(2), at(3))).toBe(true);
    expect(areSiblings(at(2), at(2))).toBe(false);
    expect(areSiblings(at(2), at(4))).toBe(false);
    expect(areSiblings(at(1), at(1))).toBe(false);
  });

  it('a descendant is below at any depth', () => {
    expect(isDescendant(at(3), at(3), input)?.rule).toBe('same-server');
    expect(isDescendant(at(3), at(4), input)?.rule).toBe('descendant');
    expect(isDescendant(at(3), at(5), input)?.rule).toBe('descendant');
    expect(isDescendant(at(3), at(2), input)).toBeNull();
    expect(isDescendant(at(5), at(3), input)).toBeNull();
  });

  it('a ring does not keep the search from ending', () => {
    const ring = tree('gtid', { 1: 2, 2: 1, 3: 2 });
    expect(isDescendant(member(ring, 3), member(ring, 1), inputOf('relocate', 3, ring))).toBeNull();
    expect(isDescendant(member(ring, 1), member(ring, 2), inputOf('relocate', 1, ring))?.rule).toBe('descendant');
  });

  it('one above that was never read, but is attached to the server', () => {
    const attached = { instance: { attachedReplicas: [keyOf(1)] } };
    const pair = tree('gtid', { 1: 2, 2: 1, 3: 1 }, { 1: { neverRead: true }, 2: attached });
    expect(isDescendant(member(pair, 2), member(pair, 3), inputOf('relocate', 2, pair))?.rule).toBe('descendant');
    const dead = tree('gtid', { 1: 0, 2: 1, 3: 1 }, { 1: { neverRead: true } });
    expect(isDescendant(member(dead, 2), member(dead, 3), inputOf('relocate', 2, dead))).toBeNull();
  });

  it('members of a group', () => {
    const group = tree(
      'gtid',
      { 1: 0, 2: 0, 3: 0 },
      {
        1: { group: {} },
        2: { group: { memberRole: 'SECONDARY' } },
        3: { group: { groupName: 'another' } },
      },
    );
    expect(isGroupSecondary(member(group, 2))?.rule).toBe('group-secondary');
    expect(isGroupSecondary(member(group, 1))).toBeNull();
    expect(isOwnGroup(member(group, 1), member(group, 2))?.rule).toBe('same-group');
    expect(isOwnGroup(member(group, 1), member(group, 3))).toBeNull();
  });
});
