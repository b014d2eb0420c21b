import { setTimeout as sleep } from 'node:timers/promises';
import { openConnection } from '../../lab/connection.ts';
import { LAB_USERS, type LabServer } from '../../lab/index.ts';

/** Writes of several kinds on one server, as fast as asked for. */
export interface Load {
  /** Rounds committed so far. */
  readonly rounds: () => number;
  /** Ends it; throws what a write failed with, if one did: none may fail while its server is not touched. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  /** Pause between two rounds, milliseconds; default 5. */
  readonly intervalMs?: number;
  /** Connections that write side by side; default 2. */
  readonly connections?: number;
}

const MANY_ROWS = 200;

/**
 * Single inserts, transactions over two tables with updates and deletes, transactions of many rows (of which a receiver may be
 * stopped in the middle), and now and then a table is made and dropped.
 */
export async function startLoad(server: LabServer, options: LoadOptions = {}): Promise<Load> {
  const { intervalMs = 5, connections = 2 } = options;
  const stopping = new AbortController();
  let round = 0;
  const setup = await openConnection({ user: LAB_USERS.application, host: server.host, port: server.port });
  await setup.query(
    'CREATE TABLE IF NOT EXISTS app.u (id BIGINT NOT NULL PRIMARY KEY, v VARCHAR(300) NOT NULL) ENGINE=InnoDB',
  );
  const [[last]] = (await setup.query('SELECT COALESCE(MAX(id), 0) AS id FROM app.t')) as unknown as [
    { id: unknown }[],
  ];
  setup.destroy();

  async function work(worker: number): Promise<void> {
    const connection = await openConnection({ user: LAB_USERS.application, host: server.host, port: server.port });
    connection.on('error', () => undefined);
    // Statements that wait for the log's order would mix the rows of two connections up: each has rows of its own.
    const base = Number(last?.id ?? 0) + (worker + 1) * 1_000_000_000;
    try {
      for (let own = 1; !stopping.signal.aborted; own += 1) {
        const id = base + own * MANY_ROWS;
        const write = (sql: string): Promise<unknown> => connection.query(sql);
        await write(`INSERT INTO app.t VALUES (${id}, 'load', 'round ${own}')`);
        await write('BEGIN');
        await write(`INSERT INTO app.u VALUES (${id}, REPEAT('y', ${own % 300}))`);
        await write(`UPDATE app.t SET payload = CONCAT('changed ', payload) WHERE id = ${id}`);
        if (own % 4 === 0) await write(`DELETE FROM app.u WHERE id = ${id - 2 * MANY_ROWS}`);
        if (own % 10 === 0) {
          const rows = Array.from({ length: MANY_ROWS - 1 }, (_, index) => `(${id + index + 1}, REPEAT('z', 250))`);
          await write(`INSERT INTO app.u VALUES ${rows.join(',')}`);
        }
        await write('COMMIT');
        if (own % 25 === 0) {
          const name = `app.extra_${id}`;
          await write(`CREATE TABLE ${name} (id INT NOT NULL PRIMARY KEY) ENGINE=InnoDB`);
          await write(`INSERT INTO ${name} VALUES (1), (2)`);
          if (own % 50 === 0) await write(`DROP TABLE ${name}`);
        }
        round += 1;
        if (intervalMs > 0) await sleep(intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    } finally {
      connection.destroy();
    }
  }

  const workers = Promise.all(Array.from({ length: connections }, (_, worker) => work(worker)));
  // Told by stop(); until then it is nobody's unhandled rejection.
  workers.catch(() => undefined);
  return {
    rounds: () => round,
    async stop() {
      stopping.abort();
      await workers;
    },
  };
}
