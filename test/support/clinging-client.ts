import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import { LAB_USERS, type LabServer, waitFor } from '../../lab/index.ts';

export interface ClingingClient {
  close(): Promise<void>;
}

/** A client that keeps a table locked, upon which neither read_only nor a global read lock comes about, and comes again whenever its session is ended. */
export async function startClingingClient(server: LabServer): Promise<ClingingClient> {
  await server.query('CREATE TABLE IF NOT EXISTS app.clung (id BIGINT NOT NULL PRIMARY KEY) ENGINE=InnoDB');
  const stopping = new AbortController();
  const stopped = new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }));
  let client: Connection | null = null;
  let hasLocked = false;

  async function cling(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const session = await createConnection({ ...LAB_USERS.application, host: server.host, port: server.port });
        client = session;
        const gone = new Promise((resolve) => session.on('error', resolve).on('end', resolve));
        await session.query('LOCK TABLES app.clung WRITE');
        hasLocked = true;
        await Promise.race([gone, stopped]);
      } catch {
        // Refused where the server takes no writes, or ended while it waits: then once more.
      }
      client?.destroy();
      if (!stopping.signal.aborted) await sleep(5);
    }
  }

  const clinging = cling();
  await waitFor(async () => hasLocked, { what: 'a client with a locked table' });
  return {
    async close() {
      stopping.abort();
      await clinging;
    },
  };
}
