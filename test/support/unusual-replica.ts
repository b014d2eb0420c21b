import { type Flavour, type LabServer, type LabTopology, waitFor } from '../../lab/index.ts';
import { replicaState } from './checks.ts';

/** Server arguments that give a replica filters of its own; on MySQL 5.6 there is no other way. */
export const FILTER_ARGS: readonly string[] = [
  '--replicate-ignore-table=app.ignored',
  '--replicate-wild-ignore-table=app.no%',
];

/**
 * Gives a running replica settings that differ from the defaults in everything that can differ without a certificate of its own:
 * what a move must leave alone. `gtid` where it positions itself so.
 */
export async function makeUnusual(topology: LabTopology, server: LabServer, gtid: boolean): Promise<void> {
  const [stop, change, start] = unusualSql(topology.flavour, gtid);
  await server.query(stop);
  await server.query(change);
  await server.query(start);
  await waitFor(
    async () => {
      const state = await replicaState(topology.flavour, server);
      return state?.receiver === 'Yes' && state.applier === 'Yes';
    },
    {
      what: `server ${server.number} to replicate with its unusual settings`,
      explain: async () => JSON.stringify(await server.replicaStatus()),
    },
  );
}

function unusualSql(flavour: Flavour, gtid: boolean): readonly [string, string, string] {
  if (flavour === 'mysql-9.7') {
    // By coordinates the delay would have to be waited for.
    const own = gtid ? ', GTID_ONLY=1, SOURCE_DELAY=1' : ', IGNORE_SERVER_IDS=(9999)';
    return [
      'STOP REPLICA',
      `CHANGE REPLICATION SOURCE TO SOURCE_CONNECT_RETRY=7, SOURCE_RETRY_COUNT=77, SOURCE_HEARTBEAT_PERIOD=2.5, SOURCE_SSL=1, SOURCE_TLS_VERSION='TLSv1.3', SOURCE_TLS_CIPHERSUITES='TLS_AES_256_GCM_SHA384', REQUIRE_ROW_FORMAT=1, SOURCE_COMPRESSION_ALGORITHMS='zstd'${own}`,
      'START REPLICA',
    ];
  }
  const retries = flavour === 'mysql-5.6' ? ', MASTER_RETRY_COUNT=77' : '';
  // The certificate is not used, since TLS is not; it is stored all the same.
  return [
    'STOP SLAVE',
    `CHANGE MASTER TO MASTER_CONNECT_RETRY=7, MASTER_HEARTBEAT_PERIOD=2.5, MASTER_SSL_CA='/nowhere/ca.pem', MASTER_SSL_CIPHER='none', IGNORE_SERVER_IDS=(9999)${retries}`,
    'START SLAVE',
  ];
}
