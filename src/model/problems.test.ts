import { describe, expect, it } from 'vitest';
import type { GroupReplicationStatus, Instance, ReplicationStatus } from './instance.ts';
import { problemsOf, selectProblems } from './problems.ts';
import type { ServerRecord } from './server-record.ts';
import { instanceOf, recordOf, replicationOf } from './testing/instances.ts';

const settings = { instancePollSeconds: 5, reasonableInstanceCheckSeconds: 1, reasonableReplicationLagSeconds: 10 };
const NOW_MS = 1_000_000;
const STOPPED = { state: 'stopped', errorNumber: 0, errorText: '' } as const;

const replica = (replication: Partial<ReplicationStatus> = {}, changes: Partial<Instance> = {}): Instance =>
  instanceOf('b', { replication: replicationOf('a', replication), ...changes });
const seen = (instance: Instance, secondsAgo = 1): ServerRecord =>
  recordOf(instance, { checkedAtMs: NOW_MS - secondsAgo * 1000 });
const inGroup = (memberState: string): GroupReplicationStatus => ({
  groupName: 'g',
  isSinglePrimary: true,
  memberState,
  memberRole: 'SECONDARY',
  members: [],
  primary: null,
});

describe('problems of one server', () => {
  it.each<[string, ServerRecord, readonly string[]]>([
    ['a primary without any', seen(instanceOf('a')), []],
    ['a replica without any', seen(replica()), []],
    ['checked 25 s ago is recent', seen(replica(), 25), []],
    ['checked longer ago is not', seen(replica(), 26), ['not_recently_checked']],
    [
      'an invalid check hides what the old reading says',
      {
        ...seen(replica({ receiver: STOPPED })),
        check: { ...seen(replica()).check, lastCheckedAtMs: NOW_MS, lastSeenAtMs: NOW_MS - 1000 },
      },
      ['last_check_invalid'],
    ],
    ['never answered', { ...seen(replica()), instance: null }, ['last_check_invalid']],
    ['a stopped receiver', seen(replica({ receiver: STOPPED })), ['not_replicating']],
    ['a connecting receiver', seen(replica({ receiver: { ...STOPPED, state: 'other' } })), ['not_replicating']],
    ['a stopped applier', seen(replica({ applier: STOPPED })), ['not_replicating']],
    ['not replicating hides lag', seen(replica({ applier: STOPPED, secondsBehind: 99 })), ['not_replicating']],
    ['lag at the limit', seen(replica({ secondsBehind: 10 })), []],
    ['lag beyond it', seen(replica({ secondsBehind: 11 })), ['replication_lag']],
    ['lag by the query', seen(replica({}, { lagSeconds: 11 })), ['replication_lag']],
    [
      'a delayed replica at its delay',
      seen(replica({ secondsBehind: 3600, delaySeconds: 3600 }, { lagSeconds: 3605 })),
      [],
    ],
    [
      'a delayed replica ahead of it',
      seen(replica({ secondsBehind: 0, delaySeconds: 3600 }, { lagSeconds: null })),
      ['replication_lag'],
    ],
    ['unknown lag', seen(replica({ secondsBehind: null }, { lagSeconds: null })), []],
    [
      'a group member that is not online',
      seen(instanceOf('a', { group: inGroup('RECOVERING') })),
      ['group_replication_member_not_online'],
    ],
    ['a group member', seen(instanceOf('a', { group: inGroup('ONLINE') })), []],
    [
      'errant beside another',
      recordOf(replica({ applier: STOPPED }), { checkedAtMs: NOW_MS, position: { errantGtid: 'x:1' } }),
      ['not_replicating', 'errant_gtid'],
    ],
  ])('%s', (_, record, problems) => {
    expect(problemsOf(record, settings, NOW_MS)).toEqual(problems);
  });
});

describe('the list of problems', () => {
  const broken = seen(replica({ applier: STOPPED }));
  const until = (endAtMs: number): ServerRecord => ({
    ...broken,
    intent: { ...broken.intent, downtime: { owner: 'me', reason: 'work', beginAtMs: 0, endAtMs } },
  });
  const names = (records: readonly ServerRecord[], ...patterns: readonly RegExp[]) =>
    selectProblems(records, settings, { nowMs: NOW_MS, ignorePatterns: patterns }).length;

  it('leaves out the healthy, the downtimed and the ignored', () => {
    expect(names([broken, seen(replica())])).toBe(1);
    expect(names([until(NOW_MS + 1)])).toBe(0);
    expect(names([until(NOW_MS)])).toBe(1);
    expect(names([broken], /^b$/)).toBe(0);
    expect(names([broken], /^b:3306$/)).toBe(0);
    expect(names([broken], /^c/)).toBe(1);
  });
});
