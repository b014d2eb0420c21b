import type { Instance, ReplicationStatus } from '../../model/instance.ts';
import { type InstanceKey, isDetachedKey, isUsableKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Fleet } from './fleet.ts';
import type { OtherAddresses } from './other-addresses.ts';

export type KnownServers = Pick<Fleet, 'records' | 'recordOf' | 'recordsOfUuid'> & Pick<OtherAddresses, 'knownAs'>;

/**
 * The reading of a replica that connects to its source by another address than the one we know that server by (a virtual name, an
 * alias, a forwarded port), with the address that we know. Else the cluster would fall apart in two: a failover would leave the replica
 * behind, or promote somebody in each. An address that has answered us as a server of its own is that server.
 */
export function withKnownSource(instance: Instance, known: KnownServers): Instance {
  const { key, replication } = instance;
  if (replication === null) return instance;
  const { source } = replication;
  if (!isUsableKey(source) || isDetachedKey(source) || hasAnswered(known.recordOf(source))) return instance;
  const meant = bearer(replication.sourceUuid, known) ?? registeredAs(replication, known) ?? metAt(replication, known);
  if (meant === null || sameKey(meant, source) || sameKey(meant, key)) return instance;
  return { ...instance, replication: { ...replication, source: meant } };
}

export const hasAnswered = (record: ServerRecord | null): boolean => (record?.instance ?? null) !== null;

/** A replica tells the uuid of the server it listens to (MariaDB does not); of two servers with one uuid neither is meant. */
export function bearer(uuid: string | null, known: KnownServers): InstanceKey | null {
  const bearers = known.recordsOfUuid(uuid);
  return bearers.length === 1 ? (bearers[0]?.key ?? null) : null;
}

/**
 * The server that replicas are told to address by this name (hostname_unresolve), where no uuid tells, or not yet. A replica that is
 * connected must agree: the name may lead elsewhere by now.
 */
function registeredAs({ source, ...told }: ReplicationStatus, known: KnownServers): InstanceKey | null {
  const named = known
    .records()
    .filter(({ key, intent }) => intent.unresolvedHostname === source.hostname && key.port === source.port);
  const [only] = named;
  return only !== undefined && named.length === 1 && agreesWith(told, only) ? only.key : null;
}

/** Nothing that a replica tells of its source speaks against this server: its uuid, or its id (unique among those that replicate from each other). */
function agreesWith(
  { sourceUuid, sourceServerId, receiver }: Omit<ReplicationStatus, 'source'>,
  { instance }: ServerRecord,
): boolean {
  if (sourceUuid !== null) return instance?.serverUuid === sourceUuid;
  return receiver.state !== 'running' || instance?.serverId === sourceServerId;
}

/**
 * Without a uuid: the server that was met at this address. One that is not connected tells whom it was connected to last, which says
 * nothing of the address.
 */
function metAt(replication: ReplicationStatus, known: KnownServers): InstanceKey | null {
  const met = replication.sourceUuid === null ? known.knownAs(replication.source) : null;
  const record = met === null ? null : known.recordOf(met);
  return record !== null && agreesWith(replication, record) ? record.key : null;
}
