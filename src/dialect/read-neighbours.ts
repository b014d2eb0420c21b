import type { GroupReplicationStatus } from '../model/instance.ts';
import { type InstanceKey, isHostName } from '../model/instance-key.ts';
import { isOn, type Row, readNumber, readText, variableMap } from './row.ts';

/**
 * The replicas attached to a server: those that reported host and port (report_host), else the hosts of the binlog dump
 * sessions with the server's own port assumed (facts of historic behaviour). Each address once.
 */
export function readAttachedReplicas(
  reportedRows: readonly Row[],
  dumpRows: readonly Row[],
  ownPort: number,
): readonly InstanceKey[] {
  const reported = reportedKeys(reportedRows);
  return distinct(reported.length > 0 ? reported : dumpKeys(dumpRows, ownPort));
}

/** Where some replicas reported themselves and some did not, or a name that is none: the other hosts of the dump sessions. */
export function readGuessedReplicas(
  reportedRows: readonly Row[],
  dumpRows: readonly Row[],
  ownPort: number,
): readonly InstanceKey[] {
  const reported = reportedKeys(reportedRows);
  const named = reported.filter(({ hostname }) => isHostName(hostname));
  if (reported.length === 0 || named.length === reportedRows.length) return [];
  const hosts = new Set(named.map(({ hostname }) => hostname));
  return distinct(dumpKeys(dumpRows, ownPort).filter(({ hostname }) => !hosts.has(hostname)));
}

const reportedKeys = (rows: readonly Row[]): readonly InstanceKey[] =>
  rows
    .map((row) => ({ hostname: readText(row, 'Host'), port: readNumber(row, 'Port') ?? 0 }))
    .filter((key) => key.hostname !== '' && key.port > 0);

const dumpKeys = (rows: readonly Row[], port: number): readonly InstanceKey[] =>
  rows
    .map((row) => ({ hostname: hostOfClient(readText(row, 'host', 'HOST')), port }))
    .filter(({ hostname }) => hostname !== '');

/** `10.0.0.7:51234` → `10.0.0.7`; an IPv6 client has its port after the last colon too. */
const hostOfClient = (text: string): string => text.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');

function distinct(keys: readonly InstanceKey[]): readonly InstanceKey[] {
  return [...new Map(keys.map((key) => [`${key.hostname}:${key.port}`, key])).values()];
}

/**
 * Group replication as this member sees it; null for a server that is no member, is offline, or is in a multi-primary
 * group (which historic behaviour leaves alone).
 */
export function readGroup(
  memberRows: readonly Row[],
  variableRows: readonly Row[],
  serverUuid: string | null,
): GroupReplicationStatus | null {
  const members = memberRows.filter((row) => readText(row, 'id') !== '' && readText(row, 'state') !== 'OFFLINE');
  const own = members.find((row) => readText(row, 'id') === serverUuid);
  const variables = variableMap(variableRows);
  const isSinglePrimary = isOn(variables.get('group_replication_single_primary_mode') ?? '');
  if (own === undefined || !isSinglePrimary) return null;
  const primary = members.find((row) => readText(row, 'role') === 'PRIMARY');
  const others = members.filter((row) => row !== own);
  return {
    groupName: variables.get('group_replication_group_name') ?? '',
    isSinglePrimary,
    memberState: readText(own, 'state'),
    memberRole: readText(own, 'role'),
    members: others.map(memberKey),
    primary: primary === undefined ? null : memberKey(primary),
    uuids: { members: others.map(memberUuid), primary: primary === undefined ? null : memberUuid(primary) },
  };
}

const memberUuid = (row: Row): string => readText(row, 'id');

const memberKey = (row: Row): InstanceKey => ({ hostname: readText(row, 'host'), port: readNumber(row, 'port') ?? 0 });
