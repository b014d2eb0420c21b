import type { GroupReplicationStatus, Instance } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { isUsableKey, sameKey } from '../../model/instance-key.ts';
import { bearer, hasAnswered, type KnownServers } from './known-source.ts';

/**
 * The reading of a member of a group with the addresses by which we know the other members: the group has its own (MEMBER_HOST), and its
 * cluster would fall apart where those are other ones. A member that sees no primary, since it was expelled, keeps the last known one.
 */
export function withKnownGroup(instance: Instance, known: KnownServers): Instance {
  const { group } = instance;
  if (group === null) return instance;
  const { members, primary, uuids } = group;
  return {
    ...instance,
    group: {
      ...group,
      members: members.map((key, index) => memberAt(key, uuids?.members[index], known)),
      primary: primary === null ? lastPrimary(instance.key, group, known) : primaryAt(primary, instance, group, known),
    },
  };
}

/** The server that bears this uuid. An address that has answered us as a server of its own is that server. */
function meant(key: InstanceKey, uuid: string | null | undefined, known: KnownServers): InstanceKey {
  if (!uuid || !isUsableKey(key) || hasAnswered(known.recordOf(key))) return key;
  return bearer(uuid, known) ?? key;
}

/** Where the server that we know does not answer, it may have moved to this address: that is looked at. */
function memberAt(key: InstanceKey, uuid: string | undefined, known: KnownServers): InstanceKey {
  const at = meant(key, uuid, known);
  return known.recordOf(at)?.check.failure == null ? at : key;
}

function primaryAt(
  primary: InstanceKey,
  { key, serverUuid }: Instance,
  { uuids }: GroupReplicationStatus,
  known: KnownServers,
): InstanceKey {
  const uuid = uuids?.primary ?? null;
  return uuid !== null && uuid === serverUuid ? key : meant(primary, uuid, known);
}

/** What another member that is in the group told last, else what this one did. */
function lastPrimary(key: InstanceKey, { groupName }: GroupReplicationStatus, known: KnownServers): InstanceKey | null {
  if (groupName === '') return null;
  const told = known.records().filter(({ instance }) => instance?.group?.groupName === groupName);
  const [newest] = told
    .filter(({ key: other, instance }) => !sameKey(other, key) && instance?.group?.memberState === 'ONLINE')
    .filter(({ instance }) => instance?.group?.primary != null)
    .sort((one, other) => (other.check.lastSeenAtMs ?? 0) - (one.check.lastSeenAtMs ?? 0));
  const own = told.find((record) => sameKey(record.key, key));
  return (newest ?? own)?.instance?.group?.primary ?? null;
}
