import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { type Flavour, LAB_USERS, type LabServer, waitFor } from '../../lab/index.ts';

/** A session of root on one server, of its own. */
export async function openSession(server: LabServer) {
  const session = await createConnection({ ...LAB_USERS.root, host: server.host, port: server.directPort });
  session.on('error', () => undefined);
  return session;
}

/** Holds app.t locked for reading, so that an applier cannot go on; returns the release. */
export async function holdApplier(server: LabServer): Promise<() => void> {
  const session = await openSession(server);
  await session.query('LOCK TABLES app.t READ');
  return () => session.destroy();
}

/** MySQL lets nobody in for a moment while it is being fenced. */
const OFFLINE_MODE = 3032;

/** Whether the application's user is refused by read_only (error 1290); other failures throw. */
export async function isRefusedToWrite(server: LabServer): Promise<boolean> {
  const session = await waitFor(() => letIn(server), { what: `server ${server.number} to let the application in` });
  try {
    await session.query("INSERT INTO app.t VALUES (-77, 'intruder', '')");
    return false;
  } catch (thrown) {
    if ((thrown as { errno?: number }).errno === 1290) return true;
    throw thrown;
  } finally {
    session.destroy();
  }
}

/** A session of the application; null while the server is in offline mode. */
async function letIn(server: LabServer) {
  try {
    return await createConnection({ ...LAB_USERS.application, host: server.host, port: server.directPort });
  } catch (thrown) {
    if ((thrown as { errno?: number }).errno === OFFLINE_MODE) return null;
    throw thrown;
  }
}

/** Makes a replica wait this long before it applies anything. */
export async function delayApplier(flavour: Flavour, server: LabServer, seconds: number): Promise<void> {
  const modern = flavour === 'mysql-9.7';
  const statements = modern
    ? ['STOP REPLICA SQL_THREAD', `CHANGE REPLICATION SOURCE TO SOURCE_DELAY=${seconds}`, 'START REPLICA SQL_THREAD']
    : ['STOP SLAVE', `CHANGE MASTER TO MASTER_DELAY=${seconds}`, 'START SLAVE'];
  for (const sql of statements) await server.query(sql);
}

/** Waits until a replica has received everything its source has logged (executed or not). */
export async function waitReceived(server: LabServer, source: LabServer, showBinlogStatus: string): Promise<void> {
  const [row] = await source.query(showBinlogStatus);
  await waitFor(
    async () => {
      const status = await server.replicaStatus();
      const file = status?.Source_Log_File ?? status?.Master_Log_File;
      const position = status?.Read_Source_Log_Pos ?? status?.Read_Master_Log_Pos;
      return file === row?.File && Number(position) >= Number(row?.Position);
    },
    { what: `server ${server.number} to receive everything` },
  );
}

const BIG_ROWS = 80_000;

/**
 * One transaction of about 20 MB (80 000 rows of `who` = 'big'), and SIGKILL of its server in the moment in which `witness` has
 * received a part of it. Gives whether the client was told of its commit.
 */
export async function killInBigTransaction(
  server: LabServer,
  witness: LabServer,
): Promise<{ readonly isCommitted: boolean }> {
  const session = await openSession(server);
  await session.query('BEGIN');
  const perStatement = 4_000;
  for (let id = 0; id < BIG_ROWS; id += perStatement) {
    const values = Array.from({ length: perStatement }, (_, n) => `(${-1000 - id - n},'big','${'x'.repeat(230)}')`);
    await session.query(`INSERT INTO app.t VALUES ${values.join(',')}`);
  }
  const before = relayBytes(witness);
  let isCommitted = false;
  const committed = session.query('COMMIT').then(
    () => {
      isCommitted = true;
    },
    () => undefined,
  );
  const giveUpAtMs = performance.now() + 20_000;
  while (relayBytes(witness) < before + 1_000_000) {
    if (performance.now() > giveUpAtMs) throw new Error('no part of the big transaction came');
    await sleep(1);
  }
  await server.kill();
  await committed;
  session.destroy();
  return { isCommitted };
}

export const BIG_TRANSACTION_ROWS = BIG_ROWS;

/** Bytes in the relay logs of a server. */
function relayBytes(server: LabServer): number {
  return readdirSync(server.dataDir)
    .filter((name) => /^relay-bin\.\d+$/.test(name))
    .reduce((sum, name) => {
      try {
        return sum + statSync(join(server.dataDir, name)).size;
      } catch {
        return sum;
      }
    }, 0);
}
