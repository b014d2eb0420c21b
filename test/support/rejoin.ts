import { vocabularyOf } from '../../lab/flavour.ts';
import { type LabServer, type LabTopology, waitFor } from '../../lab/index.ts';
import { connectReplica } from '../../lab/replication.ts';
import { executedOf, instanceOf, rowIds, waitFollows } from './checks.ts';
import type { Program } from './program.ts';
import { acknowledgersOf, wordsOf } from './semi-sync.ts';

/**
 * Brings a killed primary back below its successor, as its operator would: started closed, rid of the rows that nobody else has
 * (their clients were never told OK) and of their GTIDs, acknowledging, following, its downtime ended. Its data folder is kept.
 * Returns the rows it was rid of.
 */
export async function rejoin(
  program: Program,
  topology: LabTopology,
  former: LabServer,
  primary: LabServer,
): Promise<readonly number[]> {
  const { flavour } = topology;
  const words = vocabularyOf(flavour);
  const { source, replica } = wordsOf(flavour);
  await former.restart({ readOnly: true });
  // A replica of somebody from here on: nobody fences it any more.
  await former.query(
    words.changeSource({
      host: primary.host,
      port: primary.port,
      ...topology.users.replication,
      start: { kind: 'gtid' },
    }),
  );
  await program.waitFor(
    `server ${former.number} to be nobody's deposed primary`,
    async () => (await program.api<unknown[]>('deposed-primaries')).length === 0,
  );
  const own = await ridOfItsOwn(topology, former, primary);
  await former.query(`SET GLOBAL rpl_semi_sync_${source}_enabled=0`);
  await former.query(`SET GLOBAL rpl_semi_sync_${replica}_enabled=1`);
  await connectReplica(flavour, former, primary, true);
  await waitFollows(flavour, former, primary);
  await waitFor(async () => (await acknowledgersOf(flavour, primary)) === topology.servers.size - 1, {
    what: 'all replicas to acknowledge',
  });
  await program.api(`end-downtime/127.0.0.1/${former.port}`);
  await program.api('ack-all-recoveries?comment=rejoined');
  await program.waitFor(`server ${former.number} to be known as a replica again`, async () => {
    const { IsLastCheckValid, IsDowntimed, MasterKey } = await instanceOf(program, former);
    return IsLastCheckValid && !IsDowntimed && MasterKey.Port === primary.port;
  });
  return own;
}

/** Rows and GTIDs that only the former primary has are gone, its log is empty and it goes on from where the two parted. */
async function ridOfItsOwn(topology: LabTopology, former: LabServer, primary: LabServer): Promise<readonly number[]> {
  const { flavour } = topology;
  const isMysql = flavour === 'mysql-9.7';
  const parted = isMysql ? await commonGtids(former, primary) : await lastReplicated(former, primary);
  const rows = await rowIds(primary);
  const own = [...(await rowIds(former))].filter((id) => !rows.has(id));
  await former.query(vocabularyOf(flavour).resetReplica);
  if (isMysql) await former.query('SET GLOBAL super_read_only=0');
  await former.query('SET SESSION sql_log_bin=0');
  for (const id of own) await former.query('DELETE FROM app.t WHERE id=?', [id]);
  await former.query('SET SESSION sql_log_bin=1');
  for (const sql of vocabularyOf(flavour).emptyBinlog) {
    await waitFor(() => former.query(sql), { what: `server ${former.number}: ${sql}` });
  }
  await former.query(`SET GLOBAL ${isMysql ? 'gtid_purged' : 'gtid_slave_pos'}='${parted}'`);
  if (isMysql) await former.query('SET GLOBAL super_read_only=1');
  return own;
}

async function commonGtids(former: LabServer, primary: LabServer): Promise<string> {
  const [mine, others] = await Promise.all([executedOf('mysql-9.7', former), executedOf('mysql-9.7', primary)]);
  const [row] = await primary.query('SELECT GTID_SUBTRACT(?, GTID_SUBTRACT(?, ?)) AS common', [mine, mine, others]);
  return String(row?.common).replace(/\s/g, '');
}

/** MariaDB: the last transaction of the former primary that its successor has in its log. */
async function lastReplicated(former: LabServer, primary: LabServer): Promise<string> {
  const [row] = await former.query('SELECT @@global.server_id AS id');
  const [state] = await primary.query('SELECT @@global.gtid_binlog_state AS state');
  const last = String(state?.state)
    .split(',')
    .find((gtid) => gtid.split('-')[1] === String(row?.id));
  if (last === undefined) throw new Error(`server ${primary.number} has nothing of server ${former.number}`);
  return last;
}
