import { OrchestratorError } from './error.ts';
import { type Relation, relationOf } from './gtid-relation.ts';

/** One MariaDB GTID, `domain-server-sequence`. Sequence numbers go to 2^64-1. */
export interface MariadbGtid {
  readonly domain: number;
  readonly serverId: number;
  readonly sequence: bigint;
}

/**
 * A MariaDB position: where a server stands in each replication domain. Usually one GTID per domain (gtid_slave_pos,
 * gtid_current_pos, Gtid_IO_Pos); a gtid_binlog_state lists the last one of each server in each domain.
 * Sorted by domain, then server; one entry per pair. Immutable.
 */
export interface GtidPosition {
  readonly kind: 'mariadb-position';
  readonly gtids: readonly MariadbGtid[];
}

export const EMPTY_GTID_POSITION: GtidPosition = { kind: 'mariadb-position', gtids: [] };

const GTID = /^(\d{1,10})-(\d{1,10})-(\d{1,20})$/;
const MAX_ID = 2 ** 32 - 1;
const MAX_SEQUENCE = 2n ** 64n - 1n;

/**
 * Reads `domain-server-sequence,…`; white space and order do not matter, '' is the empty position. Of several GTIDs of the
 * same domain and server the highest stays.
 * @throws OrchestratorError `bad-gtid-position` naming the text and the part that cannot be read.
 */
export function parseGtidPosition(text: string): GtidPosition {
  const gtids: MariadbGtid[] = [];
  for (const part of text.replace(/\s+/g, '').split(',')) {
    if (part === '') continue;
    const match = GTID.exec(part);
    const gtid = {
      domain: Number(match?.[1]),
      serverId: Number(match?.[2]),
      sequence: BigInt(match?.[3] ?? 0),
    };
    if (match === null || gtid.domain > MAX_ID || gtid.serverId > MAX_ID || gtid.sequence > MAX_SEQUENCE) {
      throw new OrchestratorError(
        'bad-gtid-position',
        `"${text}" is not a MariaDB GTID position: cannot read "${part}"; write domain-server-sequence, e.g. 0-1-100`,
        { details: { text, part } },
      );
    }
    gtids.push(gtid);
  }
  return positionFrom(gtids);
}

/** `domain-server-sequence,…`, sorted by domain, then server. */
export const formatGtidPosition = (position: GtidPosition): string => position.gtids.map(formatGtid).join(',');

const formatGtid = (gtid: MariadbGtid): string => `${gtid.domain}-${gtid.serverId}-${gtid.sequence}`;

function positionFrom(gtids: readonly MariadbGtid[]): GtidPosition {
  const highest = new Map<string, MariadbGtid>();
  for (const gtid of gtids) {
    const name = `${gtid.domain}-${gtid.serverId}`;
    const known = highest.get(name);
    if (known === undefined || known.sequence < gtid.sequence) highest.set(name, gtid);
  }
  const sorted = [...highest.values()].sort((a, b) => a.domain - b.domain || a.serverId - b.serverId);
  return { kind: 'mariadb-position', gtids: sorted };
}

/** The GTIDs of each domain, domains in ascending order. */
function byDomain(position: GtidPosition): Map<number, MariadbGtid[]> {
  const domains = new Map<number, MariadbGtid[]>();
  for (const gtid of position.gtids) {
    const gtids = domains.get(gtid.domain);
    if (gtids === undefined) domains.set(gtid.domain, [gtid]);
    else gtids.push(gtid);
  }
  return domains;
}

/** The GTIDs with the highest sequence of a domain: normally one, two or more where histories were split. */
function headsOf(gtids: readonly MariadbGtid[]): MariadbGtid[] {
  let highest = -1n;
  for (const gtid of gtids) if (gtid.sequence > highest) highest = gtid.sequence;
  return gtids.filter((gtid) => gtid.sequence === highest);
}

/**
 * Where a domain stands: the same sequence under other server ids is a split history. A list of several servers that names a
 * lower last GTID of the server at the other's head proves a split, too; a server missing from a list proves nothing.
 */
function domainHas(gtids: readonly MariadbGtid[], wanted: readonly MariadbGtid[]): boolean {
  const heads = headsOf(gtids);
  const sequence = heads[0]?.sequence;
  return headsOf(wanted).every((head) => {
    if (sequence === undefined || sequence < head.sequence) return false;
    if (sequence === head.sequence) return heads.some((own) => own.serverId === head.serverId);
    const ofSameServer = gtids.length > 1 ? gtids.find((own) => own.serverId === head.serverId) : undefined;
    return ofSameServer === undefined || ofSameServer.sequence >= head.sequence;
  });
}

/** True when a stands at or beyond b in every domain. */
export function containsPosition(a: GtidPosition, b: GtidPosition): boolean {
  const domainsA = byDomain(a);
  for (const [domain, wanted] of byDomain(b)) {
    if (!domainHas(domainsA.get(domain) ?? [], wanted)) return false;
  }
  return true;
}

/**
 * How a stands to b. diverged: each is ahead in some domain, or the same domain and sequence carries another server id
 * (design: rules of data safety, "Rank").
 */
export const comparePositions = (a: GtidPosition, b: GtidPosition): Relation =>
  relationOf(containsPosition(a, b), containsPosition(b, a));

/** True when both stand at the same place in every domain. */
export const equalPositions = (a: GtidPosition, b: GtidPosition): boolean => comparePositions(a, b) === 'equal';

/**
 * The position beyond both: the higher head of each domain. Where both have the same sequence under different server ids, both
 * stay, so that the split is not hidden.
 */
export function unionPositions(a: GtidPosition, b: GtidPosition): GtidPosition {
  const united: MariadbGtid[] = [];
  for (const gtids of byDomain({ kind: 'mariadb-position', gtids: [...a.gtids, ...b.gtids] }).values()) {
    united.push(...headsOf(gtids));
  }
  return positionFrom(united);
}

/** A stretch of one domain; `serverId` is the one at the end of it (the servers in between are not known). */
export interface MissingGtids {
  readonly domain: number;
  readonly serverId: number;
  readonly first: bigint;
  readonly last: bigint;
}

/** What `position` lacks of `wanted`, one stretch per domain head; empty when it has everything. */
export function missingFrom(position: GtidPosition, wanted: GtidPosition): readonly MissingGtids[] {
  const own = byDomain(position);
  const missing: MissingGtids[] = [];
  for (const [domain, gtids] of byDomain(wanted)) {
    const ownGtids = own.get(domain) ?? [];
    for (const head of headsOf(gtids)) {
      if (domainHas(ownGtids, [head])) continue;
      const next = (headsOf(ownGtids)[0]?.sequence ?? 0n) + 1n;
      const first = next < head.sequence ? next : head.sequence;
      missing.push({ domain, serverId: head.serverId, first, last: head.sequence });
    }
  }
  return missing;
}

/** `0-1-6..10` (domain 0, server 1, sequences 6 to 10), or `0-1-6` for one; comma separated. */
export const formatMissing = (missing: readonly MissingGtids[]): string =>
  missing
    .map(({ domain, serverId, first, last }) => {
      const start = `${domain}-${serverId}-${first}`;
      return first === last ? start : `${start}..${last}`;
    })
    .join(',');
