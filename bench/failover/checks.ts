import { setTimeout as sleep } from 'node:timers/promises';
import type { Flavour, LabServer } from '../../lab/index.ts';
import { nowMs } from '../clock.ts';

const CAUGHT_UP_WITHIN_MS = 90_000;
const LOOK_EVERY_MS = 5;

/** Time at which the last of the siblings receives and applies from the promoted server; null after the deadline. */
export async function allFollow(
  siblings: readonly LabServer[],
  promoted: LabServer,
  deadlineMs: number,
): Promise<number | null> {
  const giveUpAtMs = nowMs() + deadlineMs;
  const waitFor = async (sibling: LabServer): Promise<number | null> => {
    for (;;) {
      if (await follows(sibling, promoted)) return nowMs();
      if (nowMs() > giveUpAtMs) return null;
      await sleep(LOOK_EVERY_MS);
    }
  };
  const times = await Promise.all(siblings.map(waitFor));
  return times.reduce<number | null>((last, at) => (last === null || at === null ? null : Math.max(last, at)), 0);
}

async function follows(sibling: LabServer, promoted: LabServer): Promise<boolean> {
  const status = await sibling.replicaStatus();
  if (status === null) return false;
  const of = (modern: string, classic: string): unknown => status[modern] ?? status[classic];
  return (
    Number(of('Source_Port', 'Master_Port')) === promoted.port &&
    of('Replica_IO_Running', 'Slave_IO_Running') === 'Yes' &&
    of('Replica_SQL_Running', 'Slave_SQL_Running') === 'Yes'
  );
}

/** What each replica has received, as its own text; to be read once the failed primary is gone. */
export async function readReceived(flavour: Flavour, servers: readonly LabServer[]): Promise<readonly string[]> {
  return Promise.all(
    servers.map(async (server) => {
      const status = await server.replicaStatus();
      return String((flavour === 'mariadb-10.11' ? status?.Gtid_IO_Pos : status?.Retrieved_Gtid_Set) ?? '').replaceAll(
        '\n',
        '',
      );
    }),
  );
}

/**
 * What is wrong with the data after a failover, one sentence each; the writer must have stopped. Every transaction that any
 * replica had received is on the promoted server; all rows are equal everywhere; no sibling has a GTID the promoted one lacks.
 */
export async function findFaults(
  flavour: Flavour,
  promoted: LabServer,
  siblings: readonly LabServer[],
  received: readonly string[],
): Promise<readonly string[]> {
  const faults: string[] = [];
  const wanted = await contents(promoted);
  for (const sibling of siblings) {
    const seen = await awaitContents(sibling, wanted);
    if (seen !== wanted) faults.push(`server ${sibling.number} holds ${seen}, server ${promoted.number} ${wanted}`);
  }
  for (const sibling of siblings) {
    const surplus = await surplusOf(flavour, await executedOf(flavour, sibling), promoted);
    if (surplus !== '') faults.push(`errant on server ${sibling.number}: ${surplus}`);
  }
  for (const text of received) {
    const lost = await surplusOf(flavour, text, promoted);
    if (lost !== '' && !isHalfTransaction(flavour, lost)) faults.push(`received before, now missing: ${lost}`);
  }
  return faults;
}

/** MySQL 5.6 lists a transaction as received as soon as it begins to arrive; the source's last one may never be whole. */
const isHalfTransaction = (flavour: Flavour, gtids: string): boolean =>
  flavour === 'mysql-5.6' && /^[0-9a-f-]{36}:\d+$/.test(gtids);

async function contents(server: LabServer): Promise<string> {
  const texts: string[] = [];
  for (const { name } of await server.query(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema='app' ORDER BY table_name",
  )) {
    const [row] = await server.query(
      `SELECT COUNT(*) AS n, COALESCE(BIT_XOR(CAST(CRC32(CONCAT_WS('#', id, payload)) AS UNSIGNED) * (id % 65521)), 0) AS sum FROM app.\`${String(name)}\``,
      [],
      { timeoutMs: 60_000 },
    );
    texts.push(`${String(name)}: ${String(row?.n)} rows, checksum ${String(row?.sum)}`);
  }
  return texts.join('; ');
}

async function awaitContents(server: LabServer, wanted: string): Promise<string> {
  const giveUpAtMs = nowMs() + CAUGHT_UP_WITHIN_MS;
  for (;;) {
    const seen = await contents(server);
    if (seen === wanted || nowMs() > giveUpAtMs) return seen;
    await sleep(100);
  }
}

async function executedOf(flavour: Flavour, server: LabServer): Promise<string> {
  const variable = flavour === 'mariadb-10.11' ? 'gtid_current_pos' : 'gtid_executed';
  const [row] = await server.query(`SELECT @@global.${variable} AS executed`);
  return String(row?.executed ?? '').replaceAll('\n', '');
}

/** What of `gtids` the promoted server lacks; ''. MariaDB: one domain here, compared by sequence. */
async function surplusOf(flavour: Flavour, gtids: string, promoted: LabServer): Promise<string> {
  const executed = await executedOf(flavour, promoted);
  if (flavour !== 'mariadb-10.11') {
    const [row] = await promoted.query('SELECT GTID_SUBTRACT(?, ?) AS rest', [gtids, executed]);
    return String(row?.rest ?? '').replaceAll('\n', '');
  }
  const sequence = (text: string): number => Number(text.split('-')[2] ?? 0);
  return sequence(gtids) > sequence(executed) ? `${gtids} (the promoted server is at ${executed})` : '';
}
