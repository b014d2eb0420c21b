import { createConnection } from 'mysql2/promise';
import { type Flavour, LAB_USERS, type LabServer, type LabTopology, waitFor } from '../../lab/index.ts';

/** The flavours whose packages bring semi-synchronous replication. */
export const SEMI_SYNC_FLAVOURS = ['mysql-9.7', 'mariadb-10.11'] as const satisfies readonly Flavour[];

export const wordsOf = (flavour: Flavour) =>
  flavour === 'mysql-9.7'
    ? ({ source: 'source', replica: 'replica', receiver: 'REPLICA IO_THREAD' } as const)
    : ({ source: 'master', replica: 'slave', receiver: 'SLAVE IO_THREAD' } as const);

/** How many replicas acknowledge what a server commits. */
export async function acknowledgersOf(flavour: Flavour, server: LabServer): Promise<number> {
  const [row] = await server.query(`SHOW STATUS LIKE 'Rpl_semi_sync_${wordsOf(flavour).source}_clients'`);
  return Number(row?.Value);
}

/** Of the primary's replicas only these acknowledge; the others go on replicating. */
export async function acknowledgeOnly(topology: LabTopology, numbers: readonly number[]): Promise<void> {
  const { flavour, primary } = topology;
  const { replica, receiver } = wordsOf(flavour);
  for (const server of topology.servers.values()) {
    if (server === primary || numbers.includes(server.number)) continue;
    await server.query(`SET GLOBAL rpl_semi_sync_${replica}_enabled=0`);
    await server.query(`STOP ${receiver}`);
    await server.query(`START ${receiver}`);
    await topology.waitReplicating(server.number);
  }
  await waitFor(async () => (await acknowledgersOf(flavour, primary)) === numbers.length, {
    what: `${numbers.length} to acknowledge`,
  });
}

/** A client whose commit waits for an acknowledgement. */
export interface Waiter {
  /** "OK", or the error; null while it waits. */
  told(): string | null;
  close(): void;
}

/** Inserts this row into app.t as the application does; comes back when the commit waits. */
export async function startWaiter(server: LabServer, id: number): Promise<Waiter> {
  const client = await createConnection({ ...LAB_USERS.application, host: server.host, port: server.port });
  client.on('error', () => undefined);
  let told: string | null = null;
  client.query(`INSERT INTO app.t VALUES (${id}, 'waiter', 'x')`).then(
    () => {
      told = 'OK';
    },
    (thrown: Error) => {
      told = thrown.message;
    },
  );
  await waitFor(
    async () => {
      const rows = await server.query(
        "SELECT STATE AS s FROM information_schema.processlist WHERE INFO LIKE 'INSERT INTO app.t%'",
      );
      return rows.some(({ s }) => String(s).startsWith('Waiting for semi-sync ACK'));
    },
    { what: `the commit of row ${id} to wait`, explain: () => `it was told ${told}` },
  );
  return { told: () => told, close: () => client.destroy() };
}
