import { describe, expect, it } from 'vitest';
import type { GroupReplicationStatus, Instance } from '../../model/instance.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, uuidOf } from '../../model/testing/instances.ts';
import { createStillClock } from '../testing/clocks.ts';
import { SILENT } from '../testing/fakes.ts';
import { createFleet } from './fleet.ts';
import { withKnownGroup } from './known-group.ts';
import { createOtherAddresses } from './other-addresses.ts';

const key = (name: string) => parseKey(name, 3306);
const names = (keys: readonly (ReturnType<typeof key> | null)[]) => keys.map((one) => one && formatKey(one));

const groupOf = (changes: Partial<GroupReplicationStatus> = {}): GroupReplicationStatus => ({
  groupName: 'g',
  isSinglePrimary: true,
  memberState: 'ONLINE',
  memberRole: 'SECONDARY',
  members: [],
  primary: null,
  ...changes,
});

/** Each is known by an address of its own, `10.0.0.n`; the group calls it `db<n>`. */
const memberOf = (number: number, group: GroupReplicationStatus): Instance =>
  instanceOf(`10.0.0.${number}`, { serverUuid: uuidOf(number), group });

const seenBy = (own: number, primary: number): GroupReplicationStatus => {
  const others = [1, 2, 3].filter((number) => number !== own);
  return groupOf({
    memberRole: own === primary ? 'PRIMARY' : 'SECONDARY',
    members: others.map((number) => key(`db${number}`)),
    primary: key(`db${primary}`),
    uuids: { members: others.map(uuidOf), primary: uuidOf(primary) },
  });
};
/** Expelled: it lists nobody but itself. */
const ALONE = groupOf({ memberState: 'ERROR', memberRole: '', uuids: { members: [], primary: null } });

function scene() {
  const clock = createStillClock(1);
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  const known = { ...fleet, ...createOtherAddresses() };
  const read = (number: number, group: GroupReplicationStatus) => {
    clock.pass(1_000);
    const instance = withKnownGroup(memberOf(number, group), known);
    fleet.answered(instance);
    return { members: names(instance.group?.members ?? []), primary: names([instance.group?.primary ?? null])[0] };
  };
  const clusters = () => fleet.records().map(({ position }) => position.clusterName);
  return { fleet, read, clusters };
}

describe('the members of a group that goes by other addresses', () => {
  it('are the servers that bear their uuids, and one cluster', () => {
    const { read, clusters } = scene();
    expect(read(1, seenBy(1, 1))).toEqual({ members: ['db2:3306', 'db3:3306'], primary: '10.0.0.1:3306' });
    expect(read(2, seenBy(2, 1))).toEqual({ members: ['10.0.0.1:3306', 'db3:3306'], primary: '10.0.0.1:3306' });
    expect(read(3, seenBy(3, 1))).toEqual({ members: ['10.0.0.1:3306', '10.0.0.2:3306'], primary: '10.0.0.1:3306' });
    expect(new Set(clusters())).toEqual(new Set(['10.0.0.1:3306']));
  });

  it('are what the group says where another server answers there, or nobody bears the uuid, or two do', () => {
    const { fleet, read } = scene();
    read(1, seenBy(1, 1));
    fleet.answered(instanceOf('db1', { serverUuid: uuidOf(9) }));
    expect(read(2, seenBy(2, 1)).primary).toBe('db1:3306');
    expect(read(2, seenBy(2, 3)).primary).toBe('db3:3306');
    for (const name of ['copy1', 'copy2']) fleet.answered(instanceOf(name, { serverUuid: uuidOf(3) }));
    expect(read(2, seenBy(2, 3)).primary).toBe('db3:3306');
  });

  it('are looked for where the group says when they do not answer: they may have moved; the tree stays', () => {
    const { fleet, read } = scene();
    read(1, seenBy(1, 1));
    fleet.failed(key('10.0.0.1'), 'gone', false);
    expect(read(2, seenBy(2, 1))).toEqual({ members: ['db1:3306', 'db3:3306'], primary: '10.0.0.1:3306' });
  });
});

describe('a member that sees no primary', () => {
  it('stays below the one that the others see', () => {
    const { read, clusters } = scene();
    for (const number of [1, 2, 3]) read(number, seenBy(number, 1));
    expect(read(2, ALONE).primary).toBe('10.0.0.1:3306');
    expect(new Set(clusters())).toEqual(new Set(['10.0.0.1:3306']));
    // The first one was expelled, too, and the third has taken over.
    expect(read(1, ALONE).primary).toBe('10.0.0.1:3306');
    read(3, seenBy(3, 3));
    for (const number of [1, 2]) expect(read(number, ALONE).primary).toBe('10.0.0.3:3306');
    expect(new Set(clusters())).toEqual(new Set(['10.0.0.3:3306']));
  });

  it('keeps the one that it saw where nobody else is known', () => {
    const { read } = scene();
    expect(read(2, ALONE).primary).toBeNull();
    read(2, seenBy(2, 1));
    expect(read(2, ALONE).primary).toBe('db1:3306');
    expect(read(2, { ...ALONE, groupName: 'other' }).primary).toBeNull();
  });
});
