import { describe, expect, it } from 'vitest';
import type { ReplicationStatus } from '../../model/instance.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, replicationOf, uuidOf } from '../../model/testing/instances.ts';
import { createSystemClock } from '../basis/clock.ts';
import { NOTHING_DECIDED } from '../ports.ts';
import { SILENT } from '../testing/fakes.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { withKnownSource } from './known-source.ts';
import { createOtherAddresses } from './other-addresses.ts';

const PRIMARY = 'db1:3306';

function fleetWith(...servers: readonly (readonly [name: string, uuid: string | null])[]): Fleet {
  const fleet = createFleet({ clock: createSystemClock(), logger: SILENT }, { aliasPatterns: [] });
  for (const [name, serverUuid] of servers) fleet.answered(instanceOf(name, { serverUuid }));
  return fleet;
}

const sourceOf = (
  fleet: Fleet,
  configured: string,
  sourceUuid: string | null,
  status: Partial<ReplicationStatus> = {},
  addresses = createOtherAddresses(),
): string => {
  const replica = instanceOf('db2:3306', {
    serverUuid: uuidOf(2),
    replication: replicationOf(configured, { sourceUuid, ...status }),
  });
  const { replication } = withKnownSource(replica, { ...fleet, ...addresses });
  expect(formatKey(replication?.configuredSource ?? parseKey('none', 1))).toBe(formatKey(parseKey(configured, 3306)));
  return formatKey(replication?.source ?? parseKey('none', 1));
};

describe('the source of a replica that connects by another address', () => {
  it('is the server whose uuid the replica tells; what it is configured with stays', () => {
    expect(sourceOf(fleetWith([PRIMARY, uuidOf(1)]), 'virtual:3306', uuidOf(1))).toBe(PRIMARY);
    expect(sourceOf(fleetWith([PRIMARY, uuidOf(1)]), 'virtual:13306', uuidOf(1))).toBe(PRIMARY);
  });

  it('is that address when a server of its own answers there, though it bears that uuid (a copied data folder)', () => {
    const copied = fleetWith([PRIMARY, uuidOf(1)], ['virtual:3306', uuidOf(3)]);
    expect(sourceOf(copied, 'virtual:3306', uuidOf(1))).toBe('virtual:3306');
  });

  it('is that address when it is known by name only, and nobody bears the uuid, or two do', () => {
    const named = fleetWith([PRIMARY, uuidOf(1)]);
    named.add(parseKey('virtual', 3306));
    expect(sourceOf(named, 'virtual:3306', uuidOf(9))).toBe('virtual:3306');
    expect(sourceOf(named, 'virtual:3306', uuidOf(1))).toBe(PRIMARY);
    const copied = fleetWith([PRIMARY, uuidOf(1)], ['db3:3306', uuidOf(1)]);
    expect(sourceOf(copied, 'virtual:3306', uuidOf(1))).toBe('virtual:3306');
  });

  it('is never the replica itself, which was copied from its source with its uuid', () => {
    expect(sourceOf(fleetWith(['db2:3306', uuidOf(1)]), 'virtual:3306', uuidOf(1))).toBe('virtual:3306');
  });

  it('is the server that the name is registered for, where no uuid tells (MariaDB, or before it connects)', () => {
    const fleet = fleetWith([PRIMARY, null], ['db3:3306', null], ['db1:3307', null]);
    expect(sourceOf(fleet, 'virtual:3306', null)).toBe('virtual:3306');
    fleet.setIntent({ ...NOTHING_DECIDED, unresolves: new Map([['db1', 'virtual']]) });
    expect(sourceOf(fleet, 'virtual:3306', null)).toBe(PRIMARY);
    expect(sourceOf(fleet, 'virtual:3307', null)).toBe('db1:3307');
    expect(sourceOf(fleet, 'virtual:3308', null)).toBe('virtual:3308');
    // Connected by that name to another server, where it leads by now.
    const elsewhere = { sourceServerId: 77 };
    expect(sourceOf(fleet, 'virtual:3306', null, elsewhere)).toBe('virtual:3306');
    expect(sourceOf(fleet, 'virtual:3306', uuidOf(9), elsewhere)).toBe('virtual:3306');
    const both = new Map([
      ['db1', 'virtual'],
      ['db3', 'virtual'],
    ]);
    fleet.setIntent({ ...NOTHING_DECIDED, unresolves: both });
    expect(sourceOf(fleet, 'virtual:3306', null)).toBe('virtual:3306');
  });

  it('is the server that was met there, where no uuid tells, as long as a connected replica tells its server id', () => {
    const fleet = fleetWith([PRIMARY, null]);
    const addresses = createOtherAddresses();
    addresses.learn(parseKey('virtual', 3306), parseKey('db1', 3306));
    const serverId = fleet.recordOf(parseKey('db1', 3306))?.instance?.serverId ?? 0;
    const of = (status: Partial<ReplicationStatus>): string => sourceOf(fleet, 'virtual:3306', null, status, addresses);
    const connecting = { state: 'other', errorNumber: 2003, errorText: 'cannot connect' } as const;
    expect(of({ sourceServerId: serverId })).toBe(PRIMARY);
    expect(of({ sourceServerId: serverId + 1 })).toBe('virtual:3306');
    expect(of({ sourceServerId: 0, receiver: connecting })).toBe(PRIMARY);
    expect(sourceOf(fleet, 'virtual:3307', null, { sourceServerId: serverId }, addresses)).toBe('virtual:3307');
    // Where uuids are told, the uuid decides.
    expect(sourceOf(fleet, 'virtual:3306', uuidOf(9), { sourceServerId: serverId }, addresses)).toBe('virtual:3306');
  });

  it('of a detached replica stays what it is', () => {
    expect(sourceOf(fleetWith([PRIMARY, uuidOf(1)]), '//virtual:3306', uuidOf(1))).toBe('//virtual:3306');
  });
});
