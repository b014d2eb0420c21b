import type { BinlogCoordinates } from '../model/coordinates.ts';
import type {
  ConnectionProfile,
  Positioning,
  ReplicationStatus,
  ReplicationThread,
  ThreadState,
} from '../model/instance.ts';
import { hasBusyWorkers } from './applier-workers.ts';
import { isOn, type Row, readNumber, readSwitch, readText, readValue } from './row.ts';

/** What the replica status itself does not tell: rows of performance_schema.replication_connection_configuration, or a status variable. */
export interface ConnectionExtras {
  readonly connectionRows: readonly Row[];
  /** Slave_heartbeat_period of the status variables (MariaDB, MySQL 5.6); null when there is none. */
  readonly heartbeatPeriodSeconds: number | null;
  /** Rows of busyWorkersSql; absent when not asked. */
  readonly workerRows?: readonly Row[];
}

/** Group replication's own channels; they are no edges of the tree. */
const GROUP_CHANNEL = /^group_replication_/;

/**
 * All channels of one SHOW … STATUS answer, the default one first. Where no channel bears the default name, a single named
 * one takes its place. A row without a source host (after a plain RESET) counts as no channel.
 */
export function readChannels(rows: readonly Row[], extras: ConnectionExtras): readonly ReplicationStatus[] {
  const channels = rows.map((row) => readChannel(row, extras)).filter((status) => isRealChannel(status));
  return [...channels].sort((a, b) => Number(a.channel !== '') - Number(b.channel !== ''));
}

const isRealChannel = (status: ReplicationStatus): boolean =>
  status.configuredSource.hostname !== '' && !GROUP_CHANNEL.test(status.channel);

/** One row of SHOW REPLICA STATUS, SHOW SLAVE STATUS or SHOW ALL SLAVES STATUS, whatever the generation of its words. */
export function readChannel(row: Row, extras: ConnectionExtras): ReplicationStatus {
  const source = {
    hostname: readText(row, 'Source_Host', 'Master_Host'),
    port: readNumber(row, 'Source_Port', 'Master_Port') ?? 0,
  };
  const channel = readText(row, 'Channel_Name', 'Connection_name');
  const sourceUuid = readText(row, 'Source_UUID', 'Master_UUID');
  return {
    channel,
    configuredSource: source,
    source,
    sourceUuid: sourceUuid === '' ? null : sourceUuid,
    sourceServerId: readNumber(row, 'Source_Server_Id', 'Master_Server_Id') ?? 0,
    receiver: readThread(row, 'IO'),
    applier: readThread(row, 'SQL'),
    applierHasReadAll:
      hasReadAll(readText(row, 'Replica_SQL_Running_State', 'Slave_SQL_Running_State', 'Slave_SQL_State')) &&
      !hasBusyWorkers(extras.workerRows ?? [], channel),
    positioning: readPositioning(row),
    readCoordinates: coordinates(
      'binlog',
      readText(row, 'Source_Log_File', 'Master_Log_File'),
      readNumber(row, 'Read_Source_Log_Pos', 'Read_Master_Log_Pos'),
    ),
    executedCoordinates: coordinates(
      'binlog',
      readText(row, 'Relay_Source_Log_File', 'Relay_Master_Log_File'),
      readNumber(row, 'Exec_Source_Log_Pos', 'Exec_Master_Log_Pos'),
    ),
    relayCoordinates: coordinates('relaylog', readText(row, 'Relay_Log_File'), readNumber(row, 'Relay_Log_Pos')),
    receivedGtid: cleanGtid(readText(row, 'Retrieved_Gtid_Set', 'Gtid_IO_Pos')),
    secondsBehind: notNegative(readNumber(row, 'Seconds_Behind_Source', 'Seconds_Behind_Master')),
    delaySeconds: readNumber(row, 'SQL_Delay') ?? 0,
    hasFilters: FILTER_COLUMNS.some((name) => readText(row, name) !== ''),
    profile: readProfile(row, channel, extras),
  };
}

const FILTER_COLUMNS = [
  'Replicate_Do_DB',
  'Replicate_Ignore_DB',
  'Replicate_Do_Table',
  'Replicate_Ignore_Table',
  'Replicate_Wild_Do_Table',
  'Replicate_Wild_Ignore_Table',
  'Replicate_Rewrite_DB',
  'Replicate_Do_Domain_Ids',
  'Replicate_Ignore_Domain_Ids',
] as const;

/** Words of every version: "Slave has read all relay log; waiting for …" (5.x, MariaDB), "Replica has read all …" (8.0.26). */
export const hasReadAll = (applierState: string): boolean =>
  /^(slave|replica) has read all relay log/i.test(applierState);

function readThread(row: Row, name: 'IO' | 'SQL'): ReplicationThread {
  return {
    state: threadState(readText(row, `Replica_${name}_Running`, `Slave_${name}_Running`)),
    errorNumber: readNumber(row, `Last_${name}_Errno`) ?? 0,
    errorText: readText(row, `Last_${name}_Error`),
  };
}

/** Yes → running, No → stopped, anything else (Connecting, Preparing) → other. */
function threadState(text: string): ThreadState {
  if (/^yes$/i.test(text)) return 'running';
  return /^no$/i.test(text) ? 'stopped' : 'other';
}

function readPositioning(row: Row): Positioning {
  const usingGtid = readText(row, 'Using_Gtid').toLowerCase();
  if (usingGtid === 'slave_pos') return 'mariadb-slave-pos';
  if (usingGtid === 'current_pos') return 'mariadb-current-pos';
  return readSwitch(row, 'Auto_Position') === true ? 'oracle-auto' : 'coordinates';
}

function readProfile(row: Row, channel: string, extras: ConnectionExtras): ConnectionProfile {
  const connection = extras.connectionRows.find((candidate) => readText(candidate, 'channel') === channel);
  const text = (name: string): string => readText(row, `Source_${name}`, `Master_${name}`);
  const getPublicKey = readValue(row, 'Get_source_public_key', 'Get_Source_public_key', 'Get_master_public_key');
  const verify = readValue(row, 'Source_SSL_Verify_Server_Cert', 'Master_SSL_Verify_Server_Cert');
  return {
    user: text('User'),
    connectRetrySeconds: readNumber(row, 'Connect_Retry'),
    heartbeatPeriodSeconds:
      readNumber(row, 'Slave_heartbeat_period') ?? readNumber(connection, 'heartbeat') ?? extras.heartbeatPeriodSeconds,
    // "Ignored" means wanted, but this server was built without TLS.
    tlsAllowed: /^yes|ignored$/i.test(text('SSL_Allowed')),
    tlsCaFile: text('SSL_CA_File'),
    tlsCaPath: text('SSL_CA_Path'),
    tlsCert: text('SSL_Cert'),
    tlsCipher: text('SSL_Cipher'),
    tlsCrlFile: text('SSL_Crl'),
    tlsCrlPath: text('SSL_Crlpath'),
    tlsKey: text('SSL_Key'),
    tlsVerifyServerCert: verify === null || verify === '' ? null : isOn(verify),
    tlsVersion: text('TLS_Version'),
    tlsCiphersuites: readText(connection, 'ciphersuites'),
    publicKeyPath: readText(row, 'Source_public_key_path', 'Master_public_key_path'),
    getPublicKey: getPublicKey === null || getPublicKey === '' ? null : isOn(getPublicKey),
  };
}

function coordinates(kind: BinlogCoordinates['kind'], file: string, position: number | null): BinlogCoordinates {
  return { kind, file, position: position ?? 0 };
}

const notNegative = (seconds: number | null): number | null => (seconds === null ? null : Math.max(0, seconds));

/** MySQL breaks long GTID sets into lines. */
export const cleanGtid = (text: string): string => text.replaceAll(/\s+/g, '');
