import { describe, expect, it } from 'vitest';
import type { GroupReplicationStatus, Instance } from './instance.ts';
import { type InstanceKey, parseKey, sameKey } from './instance-key.ts';
import { instanceOf, replicationOf } from './testing/instances.ts';
import { isMadePrimaryBeside } from './writers.ts';

const keyOf = (name: string) => parseKey(name, 3306);
const replica = (name: string, source: string, isReadOnly = true): Instance =>
  instanceOf(name, { isReadOnly, replication: replicationOf(source) });
const GROUP = { groupName: 'g', memberRole: 'PRIMARY', members: [] } as unknown as GroupReplicationStatus;

/** Whether `t` was made primary beside `p`, the others being these. */
function isMade(t: Instance, ...others: readonly Instance[]): boolean {
  const instances = [t, ...others];
  const lookup = (asked: InstanceKey) => instances.find(({ key }) => sameKey(key, asked)) ?? null;
  return isMadePrimaryBeside([keyOf('p')], { key: t.key, instance: t }, lookup);
}

describe('a server that was made primary beside another', () => {
  it.each([
    ['is open and has no source', true, [instanceOf('t')]],
    ['is open and follows one that has none', true, [replica('t', 'q', false), instanceOf('q')]],
    ['is open and one of two that follow each other', true, [replica('t', 'q', false), replica('q', 't')]],
    ['is open: not a read-only one', false, [instanceOf('t', { isReadOnly: true })]],
    ['is no replica that was open all along', false, [replica('t', 'p', false)]],
    ['is none of a replica, either', false, [replica('t', 'm', false), replica('m', 'p')]],
    ['is none where a source is not known', false, [replica('t', 'q', false)]],
    ['is none below a member of a group', false, [replica('t', 'g', false), instanceOf('g', { group: GROUP })]],
    ['is no binlog server', false, [instanceOf('t', { isBinlogServer: true })]],
    ['is not that one itself', false, [instanceOf('p')]],
  ] as const)('%s', (_words, expected, [t, ...others]) => {
    expect(isMade(t, ...others)).toBe(expected);
  });
});
