import { describe, expect, it } from 'vitest';
import type { GroupReplicationStatus, Instance } from './instance.ts';
import { type CheckState, isLastCheckValid, isPrimaryRecord, replicasOf } from './server-record.ts';
import { instanceOf, recordOf, replicationOf } from './testing/instances.ts';

const settings = { instancePollSeconds: 5, reasonableInstanceCheckSeconds: 1 };
const check = (changes: Partial<CheckState>): CheckState => ({
  lastAttemptAtMs: 10_000,
  lastCheckedAtMs: 10_000,
  lastSeenAtMs: 10_000,
  lastCheckPartialSuccess: true,
  failure: null,
  ...changes,
});

describe('a valid last check', () => {
  it.each([
    ['seen at the last check', {}, true],
    ['seen after it', { lastSeenAtMs: 10_001 }, true],
    ['checked and not seen', { lastCheckedAtMs: 10_001 }, false],
    ['never seen', { lastSeenAtMs: null }, false],
    ['never checked', { lastCheckedAtMs: null }, false],
    ['an attempt within poll and grace', { lastAttemptAtMs: 16_000 }, true],
    ['an attempt that hangs', { lastAttemptAtMs: 16_001 }, false],
    ['attempt times unknown', { lastAttemptAtMs: null }, true],
  ])('%s: %j is %s', (_, changes, valid) => {
    expect(isLastCheckValid(check(changes), settings)).toBe(valid);
  });
});

describe('who is a primary', () => {
  const group = (memberRole: string): GroupReplicationStatus => ({
    groupName: 'g',
    isSinglePrimary: true,
    memberState: 'ONLINE',
    memberRole,
    members: [],
    primary: null,
  });
  it.each<[string, Partial<Instance>, boolean]>([
    ['no source', {}, true],
    ['a source', { replication: replicationOf('a') }, false],
    ['detached', { replication: replicationOf('//a') }, true],
    ['forgotten source', { replication: replicationOf('a', { source: { hostname: '', port: 3306 } }) }, true],
    ['source "_"', { replication: replicationOf('a', { source: { hostname: '_', port: 3306 } }) }, true],
    ['source without port', { replication: replicationOf('a', { source: { hostname: 'a', port: 0 } }) }, true],
    ['group primary', { group: group('PRIMARY') }, true],
    ['group secondary', { group: group('SECONDARY') }, false],
  ])('%s', (_, changes, expected) => {
    expect(isPrimaryRecord(recordOf(instanceOf('b', changes)))).toBe(expected);
  });
});

describe('replicas among records', () => {
  it('are those whose source is the server', () => {
    const records = [
      recordOf(instanceOf('a')),
      recordOf(instanceOf('b', { replication: replicationOf('a') })),
      recordOf(instanceOf('c', { replication: replicationOf('a:3307') })),
      recordOf(instanceOf('d', { replication: replicationOf('//a') })),
      { ...recordOf(instanceOf('e', { replication: replicationOf('a') })), instance: null },
    ];
    expect(replicasOf({ hostname: 'a', port: 3306 }, records).map(({ key }) => key.hostname)).toEqual(['b']);
  });
});
