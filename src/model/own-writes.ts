import { containsPosition, formatGtidPosition, type GtidPosition, parseGtidPosition } from './gtid-position.ts';
import type { Instance } from './instance.ts';

/**
 * What a MariaDB replica has written itself, as far as its position tells: GTIDs at the end of its own log under its own server id
 * which its applier does not stand at. gtid_slave_pos does not show them (dialect/read-instance), so that ranking does not see them
 * either. A later replicated transaction of the same domain hides them. Oracle servers have them in gtid_executed; empty for those,
 * and for a server without a source, whose own writes are no error.
 */
export function ownWritesOf(instance: Instance): GtidPosition {
  const { binlogGtid, replication, version, serverId } = instance;
  if (version.flavour !== 'mariadb' || replication === null || binlogGtid === '') return NONE;
  const replicated = parseGtidPosition([instance.executedGtid, replication.receivedGtid].filter(Boolean).join(','));
  const own = parseGtidPosition(binlogGtid).gtids.filter((gtid) => gtid.serverId === serverId);
  return { ...NONE, gtids: own.filter((gtid) => !containsPosition(replicated, { ...NONE, gtids: [gtid] })) };
}

const NONE: GtidPosition = { kind: 'mariadb-position', gtids: [] };

/** The GTIDs of `writes` which a position does not prove to be there: one of the same domain and server, as high or higher, does. */
export function notProvenIn(writes: GtidPosition, position: string): string {
  if (writes.gtids.length === 0) return '';
  const there = parseGtidPosition(position).gtids;
  const missing = writes.gtids.filter(
    ({ domain, serverId, sequence }) =>
      !there.some((one) => one.domain === domain && one.serverId === serverId && one.sequence >= sequence),
  );
  return formatGtidPosition({ ...writes, gtids: missing });
}
