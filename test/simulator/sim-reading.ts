import type { Instance, ReplicationStatus, ReplicationThread } from '../../src/model/instance.ts';
import { formatKey } from '../../src/model/instance-key.ts';
import { instanceOf, NO_CLASSIFICATION, replicationOf, uuidOf } from '../../src/model/testing/instances.ts';
import { parseVersion } from '../../src/model/version.ts';
import { isMariadb, type SimFlavour, type SimReplication, type SimServer } from './sim-server.ts';
import { asGtidSet, asPosition, nameOf } from './transactions.ts';

const VERSIONS: Readonly<Record<SimFlavour, readonly [string, string]>> = {
  'mysql-9.7': ['9.7.4', 'MySQL Community Server - GPL'],
  'mysql-5.6': ['5.6.24-log', 'MySQL Community Server (GPL)'],
  'mariadb-10.11': ['10.11.19-MariaDB-log', 'Debian 12'],
};

/** One reading of a simulated server, as the probe would give it. */
export function read(server: SimServer, all: ReadonlyMap<number, SimServer>): Instance {
  const [version, comment] = VERSIONS[server.flavour];
  const mariadb = isMariadb(server);
  const attached = [...all.values()].filter(
    ({ replication, isUp }) => isUp && replication?.source === server.number && replication.receiverConnected,
  );
  return instanceOf(formatKey(server.key), {
    serverId: server.number,
    serverUuid: mariadb ? null : uuidOf(server.number),
    version: parseVersion(version, comment),
    isReadOnly: server.isReadOnly,
    isSuperReadOnly: server.flavour === 'mysql-9.7' ? server.isSuperReadOnly : null,
    isOfflineMode: server.flavour === 'mysql-9.7' ? server.isOffline : null,
    ownCoordinates: { kind: 'binlog', file: 'bin.000001', position: 100 * server.binlog.length },
    gtidMode: mariadb ? '' : 'ON',
    supportsOracleGtid: !mariadb,
    executedGtid: mariadb ? asPosition(server.binlog.at(-1)) : asGtidSet(server.binlog),
    binlogGtid: mariadb ? asPosition(server.binlog.at(-1)) : '',
    hasReplicationCredentials: true,
    replicationCredentialsAvailable: true,
    replication: server.replication === null ? null : readReplication(server, server.replication, all),
    attachedReplicas: attached.map(({ key }) => key),
    lagSeconds: server.replication === null ? null : server.replication.relay.length > 0 ? 1 : 0,
    classification: { ...NO_CLASSIFICATION, dataCenter: server.dataCenter },
  });
}

function readReplication(
  server: SimServer,
  replication: SimReplication,
  all: ReadonlyMap<number, SimServer>,
): ReplicationStatus {
  const source = all.get(replication.source);
  const mariadb = isMariadb(server);
  const retrieved = [...replication.retrieved.values()];
  const listsPartial = server.flavour === 'mysql-5.6' && replication.partial !== null;
  const executedHere = source?.binlog.filter((transaction) => server.executed.has(nameOf(transaction))).length ?? 0;
  const readHere = executedHere + replication.relay.length;
  const at = (count: number) => ({ kind: 'binlog', file: 'bin.000001', position: 100 * count }) as const;
  return replicationOf(source === undefined ? '127.0.0.1:1' : formatKey(source.key), {
    sourceUuid: mariadb || source === undefined ? null : uuidOf(source.number),
    sourceServerId: replication.source,
    receiver: receiverOf(replication),
    applier: thread(replication.applierStarted ? 'running' : 'stopped', replication.applierError),
    applierHasReadAll: replication.applierStarted && replication.relay.length === 0,
    positioning: mariadb ? 'mariadb-slave-pos' : 'oracle-auto',
    readCoordinates: at(readHere),
    executedCoordinates: at(executedHere),
    receivedGtid: mariadb
      ? asPosition(replication.ioPosition)
      : asGtidSet(listsPartial && replication.partial !== null ? [...retrieved, replication.partial] : retrieved),
    delaySeconds: replication.delaySeconds,
    secondsBehind: replication.receiverConnected && replication.applierStarted ? 0 : null,
  });
}

function receiverOf({ receiverStarted, receiverConnected, receiverError }: SimReplication): ReplicationThread {
  if (!receiverStarted) return thread('stopped', receiverError);
  return receiverConnected ? thread('running', 0) : thread('other', receiverError);
}

const thread = (state: ReplicationThread['state'], errorNumber: number): ReplicationThread => ({
  state,
  errorNumber,
  errorText: errorNumber === 0 ? '' : `error ${errorNumber}`,
});
