import type { BinlogCoordinates } from '../../src/model/coordinates.ts';
import type { Instance, ReplicationStatus, ReplicationThread } from '../../src/model/instance.ts';
import { formatKey } from '../../src/model/instance-key.ts';
import { instanceOf, NO_CLASSIFICATION, replicationOf, uuidOf } from '../../src/model/testing/instances.ts';
import { parseVersion } from '../../src/model/version.ts';
import { endOf } from './sim-log.ts';
import {
  binlogPos,
  currentPos,
  isMariadb,
  isRecent,
  type SimFlavour,
  type SimReplication,
  type SimServer,
  usesMariadbGtid,
} from './sim-server.ts';
import { asGtidSet, asPosition, namesAsGtidSet } from './transactions.ts';

export const VERSIONS: Readonly<Record<SimFlavour, readonly [string, string]>> = {
  'mysql-9.7': ['9.7.4', 'MySQL Community Server - GPL'],
  'mysql-5.6': ['5.6.24-log', 'MySQL Community Server (GPL)'],
  'mariadb-10.11': ['10.11.19-MariaDB-log', 'Debian 12'],
};

/** A binlog server calls itself what its primary is: its replicas would not take it otherwise. */
const binlogServerVersion = (flavour: SimFlavour) =>
  [`${VERSIONS[flavour][0].replace(/-.*/, '')}-maxscale`, 'MaxScale'] as const;

/** One reading of a simulated server, as the probe would give it. */
export function read(server: SimServer, all: ReadonlyMap<number, SimServer>, nowMs: number): Instance {
  const [version, comment] = server.isBinlogServer
    ? binlogServerVersion(server.flavour)
    : (server.version ?? VERSIONS[server.flavour]);
  const mariadb = isMariadb(server);
  const isOracleGtid = !mariadb && server.isGtidOn && !server.isBinlogServer;
  const attached = [...all.values()].filter(
    ({ replication, isUp }) => isUp && replication?.source === server.number && replication.receiverConnected,
  );
  const replication = server.replication === null ? null : readReplication(server, server.replication, all, nowMs);
  return instanceOf(formatKey(server.key), {
    serverId: server.number,
    serverUuid: mariadb || server.isBinlogServer ? null : uuidOf(server.number),
    version: parseVersion(version, comment),
    uptimeSeconds: Math.floor((nowMs - server.startedAtMs) / 1000),
    isReadOnly: server.isReadOnly,
    isSuperReadOnly: isRecent(server) ? server.isSuperReadOnly : null,
    isOfflineMode: isRecent(server) ? server.isOffline : null,
    logsReplicaUpdates: server.logsReplicaUpdates,
    ownCoordinates: endOf(server.log),
    gtidMode: mariadb ? '' : server.isGtidOn ? 'ON' : 'OFF',
    supportsOracleGtid: isOracleGtid,
    executedGtid: mariadb ? asPosition(currentPos(server)) : isOracleGtid ? namesAsGtidSet(server.executed) : '',
    purgedGtid: isOracleGtid ? namesAsGtidSet(server.purged) : '',
    binlogGtid: mariadb ? asPosition(binlogPos(server)) : '',
    isBinlogServer: server.isBinlogServer,
    hasReplicationCredentials: server.hasAccount && replication !== null,
    replicationCredentialsAvailable: server.hasAccount,
    replication,
    semiSync: {
      ...instanceOf('none:1').semiSync,
      available: server.flavour !== 'mysql-5.6',
      sourceEnabled: server.semiSync.source,
      replicaEnabled: server.semiSync.replica,
    },
    attachedReplicas: attached.map(({ key }) => key),
    lagSeconds: replication === null ? null : lagOf(server, nowMs),
    classification: { ...NO_CLASSIFICATION, dataCenter: server.dataCenter },
  });
}

/** Seconds since what it executes next was committed. */
const lagOf = ({ replication }: SimServer, nowMs: number): number =>
  Math.floor((nowMs - (replication?.relay[0]?.committedAtMs ?? nowMs)) / 1000);

function readReplication(
  server: SimServer,
  replication: SimReplication,
  all: ReadonlyMap<number, SimServer>,
  nowMs: number,
): ReplicationStatus {
  const source = all.get(replication.source);
  const mariadb = isMariadb(server);
  const retrieved = [...replication.retrieved.values()];
  const listsPartial = server.flavour === 'mysql-5.6' && replication.partial !== null;
  return replicationOf(formatKey(replication.sourceKey), {
    configuredSource: replication.sourceKey,
    source: replication.sourceKey,
    sourceUuid: mariadb || source === undefined ? null : uuidOf(source.number),
    sourceServerId: replication.source,
    receiver: receiverOf(replication),
    applier: thread(replication.applierStarted ? 'running' : 'stopped', replication.applierError),
    applierHasReadAll: replication.applierStarted && replication.relay.length === 0,
    positioning: replication.positioning,
    readCoordinates: shown(replication.readAt),
    executedCoordinates: shown(executedOf(server, replication)),
    receivedGtid: mariadb
      ? usesMariadbGtid(replication)
        ? asPosition(replication.ioPosition)
        : ''
      : server.isGtidOn && !server.isBinlogServer
        ? asGtidSet(listsPartial && replication.partial !== null ? [...retrieved, replication.partial] : retrieved)
        : '',
    delaySeconds: replication.delaySeconds,
    hasFilters: replication.hasFilters,
    secondsBehind: replication.receiverConnected && replication.applierStarted ? lagOf(server, nowMs) : null,
  });
}

/** A binlog server tells at once where it is: it applies nothing. */
function executedOf(server: SimServer, replication: SimReplication): BinlogCoordinates {
  if (server.isBinlogServer) return server.passesOnHalves ? replication.readAt : replication.executedAt;
  return isRecent(server) ? replication.checkpoint : replication.executedAt;
}

const shown = (at: BinlogCoordinates): BinlogCoordinates => ({ ...at });

function receiverOf({ receiverStarted, receiverConnected, receiverError }: SimReplication): ReplicationThread {
  if (!receiverStarted) return thread('stopped', receiverError);
  return receiverConnected ? thread('running', 0) : thread('other', receiverError);
}

const thread = (state: ReplicationThread['state'], errorNumber: number): ReplicationThread => ({
  state,
  errorNumber,
  errorText: errorNumber === 0 ? '' : `error ${errorNumber}`,
});
