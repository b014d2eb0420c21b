import type { BinlogCoordinates } from '../model/coordinates.ts';
import type { Classification, Instance } from '../model/instance.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import { isOracleFamily, parseVersion, type ServerVersion } from '../model/version.ts';
import type { ProbePart } from './probe-statements.ts';
import { readAttachedReplicas, readGroup, readGuessedReplicas } from './read-neighbours.ts';
import { cleanGtid, readChannels } from './read-replication.ts';
import { readSemiSync } from './read-semi-sync.ts';
import { type Row, readNumber, readSwitch, readText, variableMap } from './row.ts';

/** Rows by part of the probe. A part that could not be read is absent, never empty. */
export type ProbeRows = Readonly<Partial<Record<ProbePart, readonly Row[]>>>;

/** What configured queries and patterns say; they are asked beside the batch. */
export interface Extras {
  readonly classification: Classification;
  /** Answer of ReplicationLagQuery; null when not configured or not answered. */
  readonly lagSeconds: number | null;
  /** The lag as last known, where ReplicationLagQuery was not answered; else null. */
  readonly lastLagSeconds: number | null;
  readonly pseudoGtid: boolean;
  /** True when ReplicationCredentialsQuery is configured: then an account can be had. */
  readonly hasCredentialsQuery: boolean;
}

export interface ReadContext {
  readonly key: InstanceKey;
  readonly latencyMs: number;
  /** The last good reading: parts that this probe did not ask, or could not read, keep its values. */
  readonly previous: Instance | null;
}

/** Version and performance_schema as the identity row tells them. */
export function readProbeClass(rows: ProbeRows): { version: ServerVersion; performanceSchema: boolean } {
  const identity = rows.identity?.[0];
  return {
    version: parseVersion(readText(identity, 'version'), readText(identity, 'version_comment')),
    performanceSchema: readSwitch(identity, 'performance_schema') ?? false,
  };
}

/** True when the rows are of the server that was known before, which may have been upgraded meanwhile. */
export function isOfServer(rows: ProbeRows, known: Instance): boolean {
  const identity = rows.identity?.[0];
  return (
    readNumber(identity, 'server_id') === known.serverId &&
    (readText(identity, 'server_uuid') || null) === (known.serverUuid || null)
  );
}

/** True when both rows are of the same server process identity: a quick reading may stand on the previous one. */
export const isSameServer = (rows: ProbeRows, previous: Instance): boolean =>
  isOfServer(rows, previous) && readText(rows.identity?.[0], 'version') === previous.version.text;

/**
 * A whole Instance from the rows of a full probe; needs `identity` and `replication`. Pure: the same rows give the same
 * Instance. Source addresses are as the server says them; resolving is the engine's.
 */
export function readInstance(rows: ProbeRows, extras: Extras, context: ReadContext): Instance {
  const { previous } = context;
  const quick = readQuickFacts(rows, context);
  const status = variableMap(rows.status ?? []);
  const format = rows.binlogFormat?.[0];
  return {
    ...quick,
    uptimeSeconds: Number(status.get('uptime') ?? previous?.uptimeSeconds ?? 0),
    binlogFormat: format ? readText(format, 'binlog_format') : (previous?.binlogFormat ?? ''),
    binlogRowImage: format ? readText(format, 'binlog_row_image') : (previous?.binlogRowImage ?? ''),
    replicationCredentialsAvailable:
      extras.hasCredentialsQuery || (readNumber(rows.credentials?.[0], 'present') ?? 0) > 0,
    semiSync:
      rows.semiSync === undefined && previous !== null
        ? previous.semiSync
        : readSemiSync(variableMap(rows.semiSync ?? []), status),
    group:
      rows.groupMembers === undefined
        ? (previous?.group ?? null)
        : readGroup(rows.groupMembers, rows.groupVariables ?? [], quick.serverUuid),
    attachedReplicas:
      rows.reportedReplicas === undefined && rows.dumpSessions === undefined
        ? (previous?.attachedReplicas ?? [])
        : readAttachedReplicas(rows.reportedReplicas ?? [], rows.dumpSessions ?? [], context.key.port),
    guessedReplicas: readGuessedReplicas(rows.reportedReplicas ?? [], rows.dumpSessions ?? [], context.key.port),
    ...lagFacts(extras.lagSeconds ?? ownLag(quick.replication, extras), quick, previous),
    pseudoGtid: extras.pseudoGtid,
    classification: extras.classification,
  };
}

/**
 * The lag where no query tells it. What the replica says now goes before what was last known: a query that fails for good (the heartbeat
 * table is gone) would else freeze the lag, and a replica that lags more and more would look well for ever, or one that lagged once be kept
 * from promotion. Where the replica says nothing, as all do whose source is dead, the last known stays: nobody lags less for not being asked,
 * and no lag at all passes for none just when a successor is chosen.
 */
const ownLag = (replication: Instance['replication'], { lastLagSeconds }: Extras): number | null =>
  replication === null ? null : (replication.secondsBehind ?? lastLagSeconds);

/**
 * A quick reading on top of the last good one: threads, errors, coordinates, GTID and read_only are new, the rest stands.
 * `hasLagQuery` keeps the lag of the last full reading, which only the configured query may change.
 */
export function readQuickInstance(
  rows: ProbeRows,
  previous: Instance,
  context: Omit<ReadContext, 'previous'> & { readonly hasLagQuery: boolean },
): Instance {
  const quick = readQuickFacts(rows, { ...context, previous });
  const told = context.hasLagQuery ? previous.lagSeconds : (quick.replication?.secondsBehind ?? null);
  const { lastLagSeconds: _, ...stands } = previous;
  return {
    ...stands,
    ...quick,
    ...lagFacts(told, quick, previous),
    semiSync: withSwitches(previous.semiSync, rows),
  };
}

/** MariaDB tells no lag without its source, and then it is asked for: who has how much left to execute. */
function lagFacts(
  told: number | null,
  { replication }: QuickFacts,
  previous: Instance | null,
): Pick<Instance, 'lagSeconds' | 'lastLagSeconds'> {
  const last = previous?.lagSeconds ?? previous?.lastLagSeconds;
  const isUnknown = told === null && replication !== null && last !== undefined;
  return isUnknown ? { lagSeconds: told, lastLagSeconds: last } : { lagSeconds: told };
}

/** The switches as they are now; what else is known of semi-sync is as old as the last full reading. */
function withSwitches(known: Instance['semiSync'], { semiSyncSwitches }: ProbeRows): Instance['semiSync'] {
  const row = semiSyncSwitches?.[0];
  const [sourceEnabled, replicaEnabled] = [readSwitch(row, 'source_enabled'), readSwitch(row, 'replica_enabled')];
  return sourceEnabled === null || replicaEnabled === null ? known : { ...known, sourceEnabled, replicaEnabled };
}

type QuickFacts = Omit<
  Instance,
  | 'uptimeSeconds'
  | 'binlogFormat'
  | 'binlogRowImage'
  | 'replicationCredentialsAvailable'
  | 'semiSync'
  | 'group'
  | 'attachedReplicas'
  | 'guessedReplicas'
  | 'lagSeconds'
  | 'lastLagSeconds'
  | 'pseudoGtid'
  | 'classification'
>;

function readQuickFacts(rows: ProbeRows, context: ReadContext): QuickFacts {
  const identity = rows.identity?.[0];
  const { previous } = context;
  const { version } = readProbeClass(rows);
  const uuid = readText(identity, 'server_uuid');
  const heartbeat = variableMap(rows.status ?? []).get('slave_heartbeat_period');
  const channels = readChannels(rows.replication ?? [], {
    connectionRows: rows.connection ?? [],
    heartbeatPeriodSeconds: heartbeat === undefined ? null : Number(heartbeat),
    workerRows: rows.busyWorkers ?? [],
  }).map((channel) => withKnownProfile(channel, previous, rows));
  const replication = channels[0] ?? null;
  const gtidMode = readText(identity, 'gtid_mode');
  const isMaxscale = version.flavour === 'maxscale';
  return {
    key: context.key,
    serverId: readNumber(identity, 'server_id') ?? 0,
    serverUuid: uuid === '' ? null : uuid,
    version,
    mysqlHostname: readText(identity, 'hostname'),
    reportHost: readText(identity, 'report_host'),
    ownPort: readNumber(identity, 'port'),
    isReadOnly: readSwitch(identity, 'read_only') ?? false,
    isSuperReadOnly: readSwitch(identity, 'super_read_only'),
    isOfflineMode: readSwitch(identity, 'offline_mode'),
    binlogEnabled: readSwitch(identity, 'log_bin') ?? false,
    logsReplicaUpdates: readSwitch(identity, 'log_replica_updates', 'log_slave_updates') ?? false,
    // One that was refused is unknown: replicas are moved by it, and the last known end would be a wrong one.
    ownCoordinates: readOwnPosition(rows.ownPosition ?? []),
    gtidMode,
    supportsOracleGtid: isOracleFamily(version) && gtidMode !== '' && gtidMode.toUpperCase() !== 'OFF',
    executedGtid: readExecutedGtid(identity, replication !== null),
    purgedGtid: cleanGtid(readText(identity, 'gtid_purged')),
    binlogGtid: cleanGtid(readText(identity, 'gtid_binlog_pos')),
    isBinlogServer: isMaxscale,
    relayLogRecovery: readSwitch(identity, 'relay_log_recovery'),
    hasReplicationCredentials: (replication?.profile.user ?? '') !== '',
    replication,
    otherChannels: channels.slice(1),
    latencyMs: context.latencyMs,
  };
}

/**
 * Oracle: gtid_executed. MariaDB: on a replica gtid_slave_pos, which is what the applier has done; gtid_current_pos would
 * hide a local write behind a higher number of the same domain. Elsewhere gtid_current_pos (its own writes on top of what
 * it once replicated), and gtid_binlog_pos where that is empty.
 */
function readExecutedGtid(identity: Row | undefined, replicates: boolean): string {
  const executed = readText(identity, 'gtid_executed');
  if (executed !== '') return cleanGtid(executed);
  if (replicates) return cleanGtid(readText(identity, 'gtid_slave_pos'));
  return cleanGtid(readText(identity, 'gtid_current_pos') || readText(identity, 'gtid_binlog_pos'));
}

/** The end of the own binary log, from SHOW MASTER STATUS or SHOW BINARY LOG STATUS; null without one. */
export function readOwnPosition(rows: readonly Row[]): BinlogCoordinates | null {
  const file = readText(rows[0], 'File');
  return file === '' ? null : { kind: 'binlog', file, position: readNumber(rows[0], 'Position') ?? 0 };
}

/** A quick probe does not read the heartbeat period and cipher suites: they stay as last read of the same channel. */
function withKnownProfile<T extends NonNullable<Instance['replication']>>(
  channel: T,
  previous: Instance | null,
  rows: ProbeRows,
): T {
  if (rows.status !== undefined || rows.connection !== undefined || previous === null) return channel;
  const known = [previous.replication, ...previous.otherChannels].find((other) => other?.channel === channel.channel);
  if (known == null) return channel;
  const { heartbeatPeriodSeconds, tlsCiphersuites } = known.profile;
  return { ...channel, profile: { ...channel.profile, heartbeatPeriodSeconds, tlsCiphersuites } };
}
